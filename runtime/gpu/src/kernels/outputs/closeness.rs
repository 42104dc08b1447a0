//! How close predictions come to targets.

use super::family::{Family, padded};
use crate::buffer::Slice;
use crate::cost::Cost;
use crate::error::{GpuError, misuse};
use crate::kernels::activation::FUNCTIONS;
use crate::kernels::rows::{expect, part, ranges, word};
use crate::pipeline::Program;
use crate::recording::{Dispatch, Recording};

/// For each row, from the sums of predictions over samples: of classes 1 where the largest sum, the first of equals,
/// is the label's and 0 elsewhere; of real targets the sum over them of squared distances from the mean over samples.
/// Rows from [`crate::Varying::examples`] on give 0.
#[derive(Debug, Clone, Copy)]
pub struct Closeness<'c> {
    /// What outputs mean.
    pub family: &'c Family,
    /// Examples there is room for.
    pub rows: u64,
    /// Samples that predictions are sums over.
    pub samples: u64,
    /// As [`super::Loss`] has written them.
    pub predictions: &'c Slice,
    /// Words of targets.
    pub targets: &'c Slice,
    /// Where the results go, `[row]`.
    pub closeness: &'c Slice,
}

impl Closeness<'_> {
    /// Adds the kernel.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if an operand does not fit; see [`Recording::dispatch`].
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        let Self { family, rows, samples, predictions, targets, closeness } = *self;
        let (width, words) = (padded(family.predictions()), family.words_of_example());
        expect("closeness", "predictions", predictions, rows.saturating_mul(width))?;
        expect("closeness", "targets", targets, rows.saturating_mul(words))?;
        expect("closeness", "closeness", closeness, rows)?;
        if samples == 0 {
            return Err(misuse("there are no samples"));
        }
        let program = match family {
            Family::Categorical(_) => Program {
                name: "correct",
                sources: &[FUNCTIONS, include_str!("../../wgsl/largest.wgsl"), include_str!("../../wgsl/correct.wgsl")],
                flags: Vec::new(),
                values: Vec::new(),
            },
            Family::Real(family) => family.squared_error(),
        };
        for range in ranges(recording.device(), program.name, rows, &[width, words, 1])? {
            let count = range.end - range.start;
            let [first, count_word] = [word("rows", range.start)?, word("rows", count)?];
            let (fixed, workgroups) = match family {
                Family::Categorical(family) => (vec![first, count_word, word("classes", family.classes())?], count),
                Family::Real(family) => {
                    let share = (1.0 / samples as f32).to_bits();
                    let targets = word("targets", family.targets())?;
                    (vec![first, count_word, targets, word("outputs", width)?, 0, share, 0], count.div_ceil(64))
                }
            };
            recording.dispatch(&Dispatch {
                program: &program,
                fixed: &fixed,
                reads: &[&part(predictions, &range, width)?, &part(targets, &range, words)?],
                writes: &[&part(closeness, &range, 1)?],
                workgroups,
            })?;
        }
        Ok(())
    }

    /// What it does.
    pub fn cost(&self) -> Cost {
        let numbers = self.rows as f64 * self.family.predictions() as f64;
        Cost { flops: 3.0 * numbers, bytes: 4.0 * numbers }
    }
}
