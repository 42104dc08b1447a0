//! The divergence from priors that have no closed form, on the draw that made the forward pass.

use super::logarithms::LOGARITHMS;
use super::records::Records;
use super::windows::{blocks, window, windows};
use crate::buffer::Slice;
use crate::cost::Cost;
use crate::error::GpuError;
use crate::kernels::activation::FUNCTIONS;
use crate::kernels::rows::{expect, word};
use crate::pipeline::Program;
use crate::recording::{Dispatch, Recording};

/// What errors and tools call it.
const NAME: &str = "drawn divergence";

/// The density of a prior whose divergence is estimated on draws.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Density {
    /// share·N(0, deviation₁²) + (1 − share)·N(0, deviation₂²) (Blundell et al. 2015, equation 7).
    ScaleMixture {
        /// The share of the first component, in (0, 1).
        share: f64,
        /// The standard deviations of both, positive.
        deviations: [f64; 2],
    },
    /// Student's t distribution.
    StudentT {
        /// Degrees of freedom, positive.
        df: f64,
        /// Scale, positive.
        scale: f64,
        /// Where its centre lies.
        mean: f64,
        /// The logarithm of the density at the centre.
        height: f64,
    },
}

impl Density {
    /// The flag of the template, and the fixed numbers.
    fn fixed(self) -> (&'static str, [f64; 4]) {
        match self {
            Self::ScaleMixture { share, deviations: [first, second] } => {
                let heights = [share.ln() - first.ln(), (-share).ln_1p() - second.ln()];
                ("MIXTURE", [heights[0], heights[1], 1.0 / (first * first), 1.0 / (second * second)])
            }
            Self::StudentT { df, scale, mean, height } => ("STUDENT_T", [df, 1.0 / scale, mean, height]),
        }
    }
}

/// Adds the gradient of [`crate::Varying::divergence_weight`]·share·(ln q(w) − ln p(w)) at the draw w = μ + σ·ε of a
/// tensor (Blundell et al. 2015, equation 2) to the gradients along μ and along σ, and writes a record of every block
/// with share·(ln q − ln p). Operands have one length, the tensor's.
#[derive(Debug, Clone, Copy)]
pub struct DrawnDivergence<'d> {
    /// p
    pub density: Density,
    /// The share of the sample in the objective.
    pub share: f64,
    /// Whether records hold those of earlier samples, to which this one's are added.
    pub add: bool,
    /// μ
    pub means: &'d Slice,
    /// ρ
    pub rhos: &'d Slice,
    /// ε, as the parameters lie.
    pub noise: &'d Slice,
    /// The gradient along μ, changed in place.
    pub mean_gradient: &'d Slice,
    /// The gradient along σ, changed in place.
    pub second_gradient: &'d Slice,
    /// Where records go, [`blocks`] of the tensor's numbers.
    pub records: Records<'d>,
}

impl DrawnDivergence<'_> {
    /// Adds the kernel.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if an operand does not fit; see [`Recording::dispatch`].
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        let numbers = self.means.numbers();
        let operands = [self.means, self.rhos, self.noise, self.mean_gradient, self.second_gradient];
        operands.into_iter().try_for_each(|slice| expect(NAME, "an operand", slice, numbers))?;
        let (blocks, first_record) = (blocks(numbers), self.records.first_of(blocks(numbers))?);
        let (flag, density) = self.density.fixed();
        let program = Program {
            name: NAME,
            sources: &[
                FUNCTIONS,
                LOGARITHMS,
                include_str!("../../wgsl/absent.wgsl"),
                include_str!("../../wgsl/records.wgsl"),
                include_str!("../../wgsl/drawn_divergence.wgsl"),
            ],
            flags: vec![flag],
            values: Vec::new(),
        };
        let [a, b, c, d] = density.map(|number| (number as f32).to_bits());
        for range in windows(recording, program.name, blocks)? {
            let count = range.end - range.start;
            let [means, rhos, noise, along_mean, along_second] = operands;
            recording.dispatch(&Dispatch {
                program: &program,
                fixed: &[
                    word("blocks", range.start)?,
                    word("blocks", count)?,
                    word("numbers", numbers)?,
                    first_record,
                    (self.share as f32).to_bits(),
                    u32::from(self.add),
                    a,
                    b,
                    c,
                    d,
                ],
                reads: &[&window(means, &range)?, &window(rhos, &range)?, &window(noise, &range)?],
                writes: &[&window(along_mean, &range)?, &window(along_second, &range)?, self.records.all],
                workgroups: count,
            })?;
        }
        Ok(())
    }

    /// What it does, an elementary function counted as 20 operations.
    pub fn cost(&self) -> Cost {
        let numbers = self.means.numbers() as f64;
        Cost { flops: 100.0 * numbers, bytes: 28.0 * numbers }
    }
}
