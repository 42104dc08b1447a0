//! The gradient along what an output learns beside the layers.

use super::family::{Family, padded};
use crate::buffer::Slice;
use crate::cost::Cost;
use crate::error::{GpuError, misuse};
use crate::kernels::rows::{expect, word};
use crate::recording::{Dispatch, Recording};

/// Share·[`crate::Varying::loss_weight`] times the gradient along a learned vector, such as the log-variances of the
/// noise: sums over rows in a fixed order. The operands of one sample, as [`super::Loss`] has them, must each fit
/// into one of the device's.
#[derive(Debug, Clone, Copy)]
pub struct LearnedGradient<'l> {
    /// What outputs mean.
    pub family: &'l Family,
    /// Examples there is room for.
    pub rows: u64,
    /// The share of the sample in the objective.
    pub share: f64,
    /// Whether the gradient is added to what is there.
    pub add: bool,
    /// `[row][outputs padded]`
    pub outputs: &'l Slice,
    /// Words of targets.
    pub targets: &'l Slice,
    /// The vector, [`Family::learned`] numbers, or padded.
    pub learned: &'l Slice,
    /// Where its gradient goes, of the same length; its padding stays.
    pub gradient: &'l Slice,
}

impl LearnedGradient<'_> {
    /// Adds the kernel.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if an operand does not fit; see [`Recording::dispatch`].
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        let Self { family, rows, share, add, outputs, targets, learned, gradient } = *self;
        let Family::Real(real) = family else {
            return Err(misuse("classes have no noise that is learned"));
        };
        let width = padded(family.outputs());
        expect("learned gradient", "outputs", outputs, rows.saturating_mul(width))?;
        expect("learned gradient", "targets", targets, rows.saturating_mul(family.words_of_example()))?;
        let wanted = family.learned();
        if wanted == 0 || learned.numbers() < wanted || gradient.numbers() != learned.numbers() {
            return Err(misuse(format!("the output learns {wanted} numbers")));
        }
        recording.dispatch(&Dispatch {
            program: &real.learned_gradient(),
            fixed: &[
                0,
                word("rows", rows)?,
                word("targets", real.targets())?,
                word("outputs", width)?,
                u32::from(add),
                (share as f32).to_bits(),
                (real.df() as f32).to_bits(),
            ],
            reads: &[outputs, targets, learned],
            writes: &[gradient],
            workgroups: real.targets(),
        })
    }

    /// What it does, an elementary function counted as 20 operations.
    pub fn cost(&self) -> Cost {
        let numbers = self.rows as f64 * self.family.learned() as f64;
        Cost { flops: 60.0 * numbers, bytes: 20.0 * numbers }
    }
}
