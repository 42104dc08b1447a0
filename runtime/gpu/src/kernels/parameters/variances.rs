//! Variances of Gaussians whose parameters were set.

use super::segments::Segments;
use super::windows::{window, windows};
use crate::buffer::Slice;
use crate::cost::Cost;
use crate::error::GpuError;
use crate::kernels::activation::FUNCTIONS;
use crate::kernels::rows::{expect, word};
use crate::pipeline::Program;
use crate::recording::{Dispatch, Recording};

/// What errors and tools call it.
const NAME: &str = "variances";

/// σ² = softplus(ρ)²; 0 where a number does not exist. [`super::Update`] does the same for numbers that it moves.
/// Operands have [`Segments::numbers`] numbers.
#[derive(Debug, Clone, Copy)]
pub struct Variances<'v> {
    /// How the tensors lie.
    pub segments: &'v Segments,
    /// ρ
    pub rhos: &'v Slice,
    /// Where σ² goes.
    pub variances: &'v Slice,
}

impl Variances<'_> {
    /// Adds the kernel.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if an operand does not fit; see [`Recording::dispatch`].
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        self.segments.are_gaussian(true)?;
        [self.rhos, self.variances]
            .into_iter()
            .try_for_each(|slice| expect(NAME, "an operand", slice, self.segments.numbers()))?;
        let program = Program {
            name: NAME,
            sources: &[
                FUNCTIONS,
                include_str!("../../wgsl/absent.wgsl"),
                include_str!("../../wgsl/segments.wgsl"),
                include_str!("../../wgsl/variances.wgsl"),
            ],
            flags: Vec::new(),
            values: Vec::new(),
        };
        for range in windows(recording, program.name, self.segments.blocks())? {
            let count = range.end - range.start;
            recording.dispatch(&Dispatch {
                program: &program,
                fixed: &[word("blocks", range.start)?, word("blocks", count)?, word("blocks", self.segments.blocks())?],
                reads: &[&self.segments.table(), &window(self.rhos, &range)?],
                writes: &[&window(self.variances, &range)?],
                workgroups: count,
            })?;
        }
        Ok(())
    }

    /// What it does, an elementary function counted as 20 operations.
    pub fn cost(&self) -> Cost {
        let numbers = self.segments.numbers() as f64;
        Cost { flops: 42.0 * numbers, bytes: 8.0 * numbers }
    }
}
