//! Sums of values. The gradient along each is that along the sum: a [`super::copy::CopyRows`].

use super::copy::{CopyRows, record};
use super::operands::bytes;
use super::value::Value;
use crate::Slice;
use crate::cost::Cost;
use crate::error::{GpuError, misuse};
use crate::recording::Recording;

/// The sum of values, added up in their order.
#[derive(Debug)]
pub struct Add<'k> {
    /// The shape of an example of each.
    pub value: Value,
    /// Rows of all.
    pub rows: usize,
    /// `[rows][positions][channels]` each, at least one.
    pub from: &'k [&'k Slice],
    /// The same.
    pub to: &'k Slice,
}

impl Add<'_> {
    /// Records it.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] for operands that do not fit, and what [`Recording::dispatch`] has.
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        self.value.check()?;
        let part = |from, add| CopyRows {
            numbers: self.value.numbers(),
            from_rows: self.rows,
            rows: self.rows,
            from,
            to: self.to,
            add,
        };
        let (first, rest) = self.from.split_first().ok_or_else(|| misuse("a sum of nothing"))?;
        let (second, rest) = rest.split_first().map_or((None, rest), |(second, rest)| (Some(*second), rest));
        record(recording, &part(*first, false), second)?;
        rest.iter().try_for_each(|from| part(*from, true).record(recording))
    }

    /// What it takes.
    pub fn cost(&self) -> Cost {
        let numbers = self.rows * self.value.numbers();
        let terms = self.from.len();
        // The first two are read and written at once, each of the others reads the sum so far.
        let moved = terms + 1 + 2 * terms.saturating_sub(2);
        Cost { flops: (terms.saturating_sub(1) * numbers) as f64, bytes: bytes(moved * numbers) }
    }
}
