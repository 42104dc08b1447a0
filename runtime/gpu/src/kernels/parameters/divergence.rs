//! The gradients of Gaussian weights, the divergence's included.

use super::logarithms::LOGARITHMS;
use super::records::Records;
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
const NAME: &str = "divergence";

/// Completes the gradients of Gaussians, σ = softplus(ρ): what is along σ² or σ ([`super::Along`]) becomes what is
/// along ρ, and [`crate::Varying::divergence_weight`] times the gradient of KL(q‖p) is added where that has a closed
/// form. Writes a record of every block: the divergence, the squared norm of both gradients, and whether all of them
/// are numbers.
///
/// The closed forms are those of Kingma & Welling 2014, appendix B, for normal priors, and of the mean of a folded
/// normal distribution (Leone, Nelson & Nottingham 1961) for Laplace's. Operands have [`Segments::numbers`] numbers.
#[derive(Debug, Clone, Copy)]
pub struct Divergence<'d> {
    /// How the tensors lie.
    pub segments: &'d Segments,
    /// Whether gradients are those of the whole objective, along μ and ρ, already: then they stay, and are only
    /// looked at.
    pub whole: bool,
    /// μ
    pub means: &'d Slice,
    /// ρ
    pub rhos: &'d Slice,
    /// The gradient along μ, changed in place.
    pub mean_gradient: &'d Slice,
    /// The gradient along σ² or σ, changed in place to that along ρ.
    pub second_gradient: &'d Slice,
    /// Where records go.
    pub records: Records<'d>,
}

impl Divergence<'_> {
    /// Adds the kernel.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if an operand does not fit; see [`Recording::dispatch`].
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        self.segments.are_gaussian(true)?;
        let operands = [self.means, self.rhos, self.mean_gradient, self.second_gradient];
        operands.into_iter().try_for_each(|slice| expect(NAME, "an operand", slice, self.segments.numbers()))?;
        let (blocks, first_record) = (self.segments.blocks(), self.records.first_of(self.segments.blocks())?);
        let program = Program {
            name: NAME,
            sources: &[
                FUNCTIONS,
                LOGARITHMS,
                include_str!("../../wgsl/absent.wgsl"),
                include_str!("../../wgsl/segments.wgsl"),
                include_str!("../../wgsl/records.wgsl"),
                include_str!("../../wgsl/divergence.wgsl"),
            ],
            flags: if self.whole { vec!["WHOLE"] } else { Vec::new() },
            values: Vec::new(),
        };
        for range in windows(recording, program.name, blocks)? {
            let count = range.end - range.start;
            let [means, rhos, along_mean, along_second] = operands;
            recording.dispatch(&Dispatch {
                program: &program,
                fixed: &[word("blocks", range.start)?, word("blocks", count)?, word("blocks", blocks)?, first_record],
                reads: &[&self.segments.table(), &window(means, &range)?, &window(rhos, &range)?],
                writes: &[&window(along_mean, &range)?, &window(along_second, &range)?, self.records.all],
                workgroups: count,
            })?;
        }
        Ok(())
    }

    /// What it does, an elementary function counted as 20 operations.
    pub fn cost(&self) -> Cost {
        let numbers = self.segments.numbers() as f64;
        Cost { flops: 100.0 * numbers, bytes: 4.0 * numbers * if self.whole { 4.0 } else { 6.0 } }
    }
}
