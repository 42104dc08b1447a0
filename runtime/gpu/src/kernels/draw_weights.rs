//! Weights drawn once for all rows.

use super::rows::{expect, part, ranges, word};
use super::weights::Weights;
use crate::buffer::Slice;
use crate::cost::Cost;
use crate::error::GpuError;
use crate::pipeline::Program;
use crate::recording::{Dispatch, Recording};

/// `result = μ + σ·ε`, or `σ·ε`, with σ = ln(1 + e^ρ) and ε the number of the stream at the weight's place in PyTorch's
/// order; and ε itself, for the gradient along σ ([`super::reduce::Reduce`]). Padding is 0 in both.
#[derive(Debug, Clone, Copy)]
pub struct DrawWeights<'k> {
    /// How the tensor lies; at most 2³² numbers.
    pub weights: &'k Weights,
    /// The key of the stream, of `elbo_random::Stream::table`.
    pub key: [u32; 2],
    /// The sample, counted from [`crate::Varying::sample`].
    pub sample: u32,
    /// μ; `None`: only σ·ε is wanted.
    pub means: Option<&'k Slice>,
    /// ρ
    pub rhos: &'k Slice,
    /// The drawn weights.
    pub result: &'k Slice,
    /// ε
    pub noise: &'k Slice,
}

impl DrawWeights<'_> {
    /// Adds it to a recording.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if an operand has not the length that it should have, and those of [`Recording::dispatch`].
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        let Self { weights, key, sample, means, rhos, result, noise } = self;
        let length = weights.len();
        word("weights", length)?;
        let reads: Vec<&Slice> = [*rhos].into_iter().chain(*means).collect();
        let writes = [*result, *noise];
        for operand in reads.iter().chain(&writes) {
            expect("draw_weights", "an operand", operand, length)?;
        }
        let sources = &[include_str!("../wgsl/random.wgsl"), include_str!("../wgsl/draw_weights.wgsl")];
        // Whole tensors only: the numbers of a block lie far apart.
        let ranges = ranges(recording.device(), "draw_weights", length, &[1])?;
        let blocks = weights.blocks().filter(|_| ranges.len() == 1);
        let flags = [("CENTRED", means.is_some()), ("LINES", blocks.is_some())];
        let program = Program {
            name: "draw_weights",
            sources,
            flags: flags.into_iter().filter_map(|(flag, is_set)| is_set.then_some(flag)).collect(),
            values: vec![("WEIGHTS", 2 + reads.len() as i64)],
        };
        for range in ranges {
            let numbers = range.end - range.start;
            let mut fixed = vec![word("weights", numbers)?, word("weights", range.start)?, key[0], key[1], *sample];
            fixed.extend(weights.fixed());
            fixed.push(blocks.unwrap_or(0));
            let cut = |operands: &[&Slice]| {
                operands.iter().map(|operand| part(operand, &range, 1)).collect::<Result<Vec<_>, _>>()
            };
            let [reads, writes] = [cut(&reads)?, cut(&writes)?];
            let threads = blocks.map_or(numbers, |blocks| u64::from(blocks) * weights.lines());
            recording.dispatch(&Dispatch {
                program: &program,
                fixed: &fixed,
                reads: &reads.iter().collect::<Vec<_>>(),
                writes: &writes.iter().collect::<Vec<_>>(),
                workgroups: threads.div_ceil(64),
            })?;
        }
        Ok(())
    }

    /// What it does.
    pub fn cost(&self) -> Cost {
        let numbers = self.weights.len() as f64;
        let operands = if self.means.is_some() { 4.0 } else { 3.0 };
        Cost { flops: 100.0 * numbers, bytes: 4.0 * operands * numbers }
    }
}
