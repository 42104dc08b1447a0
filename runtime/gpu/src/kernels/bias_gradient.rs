//! The gradient of a bias.

use super::geometry::width;
use super::rows::{expect, part, part_ranges, rows_together, word};
use crate::buffer::Slice;
use crate::cost::Cost;
use crate::error::{GpuError, misuse};
use crate::pipeline::Program;
use crate::recording::{Dispatch, Recording};

/// Sums over places and rows of a gradient `[row][place][channel]`, or of two, in [`BiasGradient::parts`] parts;
/// where that is more than one, results are `[part][width]`, to be added by [`super::reduce::Reduce`].
#[derive(Debug, Clone, Copy)]
pub struct BiasGradient<'k> {
    /// Channels.
    pub channels: u32,
    /// Places.
    pub positions: u32,
    /// Rows.
    pub rows: u64,
    /// The gradient of the first product, and its sums.
    pub first: [&'k Slice; 2],
    /// The same of the second product, if there is one.
    pub second: Option<[&'k Slice; 2]>,
    /// Whether sums are added to what is there; only where there is one part.
    pub add: bool,
}

/// Places of a part, about, and parts, unless they become too large.
const PLACES: u64 = 1024;
const PARTS: u64 = 64;

fn part_rows(channels: u32, positions: u32, rows: u64) -> u64 {
    let least = PLACES.div_ceil(u64::from(positions.max(1))).max(rows.div_ceil(PARTS));
    rows_together(rows, least, &[u64::from(width(channels)) * u64::from(positions)])
}

impl BiasGradient<'_> {
    /// How many parts there are.
    pub fn parts(channels: u32, positions: u32, rows: u64) -> u64 {
        rows.div_ceil(part_rows(channels, positions, rows)).max(1)
    }

    /// Adds it to a recording.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if an operand has not the length that it should have, and those of [`Recording::dispatch`].
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        let Self { channels, positions, rows, first, second, add } = *self;
        let parts = Self::parts(channels, positions, rows);
        let line = u64::from(width(channels));
        let row = line * u64::from(positions);
        if rows == 0 || row == 0 || (add && parts > 1) {
            return Err(misuse("bias_gradient: there is nothing to add up, or parts that cannot be added to"));
        }
        let both: Vec<[&Slice; 2]> = [first].into_iter().chain(second).collect();
        for [gradient, sums] in &both {
            expect("bias_gradient", "the gradient", gradient, rows * row)?;
            expect("bias_gradient", "the sums", sums, parts * line)?;
        }
        let program = Program {
            name: "bias_gradient",
            sources: &[include_str!("../wgsl/bias_gradient.wgsl")],
            flags: second.map(|_| "SECOND").into_iter().collect(),
            values: vec![("PART", 2 + both.len() as i64)],
        };
        let part_rows = part_rows(channels, positions, rows);
        let (numbers, operands) = ([row * part_rows, line], both.concat());
        for range in part_ranges(recording.device(), "bias_gradient", parts, &numbers, &operands)? {
            let these = range.start * part_rows..rows.min(range.end * part_rows);
            let (count, tiles) = (range.end - range.start, (line / 4).div_ceil(4));
            let fixed = [
                word("parts", count)?,
                word("places", (these.end - these.start) * u64::from(positions))?,
                word("places", part_rows * u64::from(positions))?,
                width(channels) / 4,
                word("tiles", tiles)?,
                u32::from(add),
            ];
            let reads = both.iter().map(|[from, _]| part(from, &these, row)).collect::<Result<Vec<_>, _>>()?;
            let writes = both.iter().map(|[_, to]| part(to, &range, line)).collect::<Result<Vec<_>, _>>()?;
            recording.dispatch(&Dispatch {
                program: &program,
                fixed: &fixed,
                reads: &reads.iter().collect::<Vec<_>>(),
                writes: &writes.iter().collect::<Vec<_>>(),
                workgroups: tiles * count,
            })?;
        }
        Ok(())
    }

    /// What it does.
    pub fn cost(&self) -> Cost {
        let sums = if self.second.is_some() { 2.0 } else { 1.0 };
        let numbers = sums * self.rows as f64 * f64::from(width(self.channels)) * f64::from(self.positions);
        Cost { flops: numbers, bytes: 4.0 * (numbers + sums * self.first[1].numbers() as f64) }
    }
}
