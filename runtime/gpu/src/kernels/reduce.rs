//! Parts of sums, added in their order.

use super::rows::{expect, part, ranges, word};
use crate::buffer::Slice;
use crate::cost::Cost;
use crate::error::{GpuError, misuse};
use crate::pipeline::Program;
use crate::recording::{Dispatch, Recording};

/// `sum = Σ parts`, and where they are the gradient of drawn weights, `along_deviation = sum ⊙ ε`: of weights μ + σ·ε
/// both, of σ·ε beside means (flipout) the latter alone.
#[derive(Debug, Clone, Copy)]
pub struct Reduce<'k> {
    /// `[part][number]`
    pub parts: &'k Slice,
    /// How many parts.
    pub count: u64,
    /// Where the sum goes.
    pub sum: Option<&'k Slice>,
    /// ε, and where the gradient along σ goes.
    pub along_deviation: Option<[&'k Slice; 2]>,
    /// Whether both are added to what is there.
    pub add: bool,
}

impl Reduce<'_> {
    /// Numbers of a part.
    fn length(&self) -> u64 {
        let Self { sum, along_deviation, .. } = self;
        sum.or(along_deviation.map(|[noise, _]| noise)).map_or(0, Slice::numbers)
    }

    /// Adds it to a recording. Parts must be no larger together than a kernel may see at once, or be one.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if an operand has not the length that it should have, and those of [`Recording::dispatch`].
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        let Self { parts, count, sum, along_deviation, add } = *self;
        let length = self.length();
        if length == 0 || count == 0 || !length.is_multiple_of(4) {
            return Err(misuse("reduce: there is nothing to add up"));
        }
        expect("reduce", "parts", parts, length * count)?;
        for operand in sum.into_iter().chain(along_deviation.into_iter().flatten()) {
            expect("reduce", "an operand", operand, length)?;
        }
        let mut flags: Vec<&str> = sum.map(|_| "SUM").into_iter().collect();
        flags.extend(along_deviation.map(|_| "NOISE"));
        let reads: Vec<&Slice> = along_deviation.map(|[noise, _]| noise).into_iter().collect();
        let writes: Vec<&Slice> = sum.into_iter().chain(along_deviation.map(|[_, to]| to)).collect();
        let values = vec![("RESULT", 3 + reads.len() as i64), ("CENTRE", sum.map_or(0, |_| 1))];
        let program = Program { name: "reduce", sources: &[include_str!("../wgsl/reduce.wgsl")], flags, values };
        // One part can be divided; of several all are seen from the first number to the last.
        let divided = ranges(recording.device(), "reduce", length, &[1])?;
        for range in if count == 1 { divided } else { std::iter::once(0..length).collect() } {
            let numbers = range.end - range.start;
            let cut = |operands: &[&Slice]| {
                operands.iter().map(|operand| part(operand, &range, 1)).collect::<Result<Vec<_>, _>>()
            };
            let (noise, writes) = (cut(&reads)?, cut(&writes)?);
            let parts = if count == 1 { part(parts, &range, 1)? } else { parts.clone() };
            let fixed = [
                word("numbers", numbers.div_ceil(4))?,
                word("parts", count)?,
                word("numbers of a part", length / 4)?,
                u32::from(add),
            ];
            recording.dispatch(&Dispatch {
                program: &program,
                fixed: &fixed,
                reads: &std::iter::once(&parts).chain(&noise).collect::<Vec<_>>(),
                writes: &writes.iter().collect::<Vec<_>>(),
                workgroups: numbers.div_ceil(256),
            })?;
        }
        Ok(())
    }

    /// What it does.
    pub fn cost(&self) -> Cost {
        let (length, parts) = (self.length() as f64, self.parts.numbers() as f64);
        let outputs = if self.add { 2.0 } else { 1.0 } * if self.sum.is_some() { length } else { 0.0 };
        let drawn = if self.along_deviation.is_some() { 2.0 * length } else { 0.0 };
        Cost { flops: parts + drawn, bytes: 4.0 * (parts + outputs + drawn) }
    }
}
