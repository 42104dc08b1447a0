//! The penalty on weights of one value each, and the check of their gradients.

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
const NAME: &str = "penalty";

/// Adds l2·w to the gradients of weights ([`super::Kind::Weight`]), and writes a record of every block: the squared
/// norm of the whole gradient, that of the weights, and whether all gradients and values are numbers.
///
/// Operands have [`Segments::numbers`] numbers. Half of l2 times the sum of squares ([`super::Decision::squares`]) is
/// the penalty.
#[derive(Debug, Clone, Copy)]
pub struct Penalty<'p> {
    /// How the tensors lie.
    pub segments: &'p Segments,
    /// The strength l2; with 0 gradients stay, and are only looked at.
    pub l2: f64,
    /// The values.
    pub values: &'p Slice,
    /// Their gradient, changed in place.
    pub gradient: &'p Slice,
    /// Where records go.
    pub records: Records<'p>,
}

impl Penalty<'_> {
    /// Adds the kernel.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if an operand does not fit; see [`Recording::dispatch`].
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        self.segments.are_gaussian(false)?;
        [self.values, self.gradient]
            .into_iter()
            .try_for_each(|slice| expect(NAME, "an operand", slice, self.segments.numbers()))?;
        let (blocks, first_record) = (self.segments.blocks(), self.records.first_of(self.segments.blocks())?);
        let program = Program {
            name: NAME,
            sources: &[
                FUNCTIONS,
                LOGARITHMS,
                include_str!("../../wgsl/segments.wgsl"),
                include_str!("../../wgsl/records.wgsl"),
                include_str!("../../wgsl/penalty.wgsl"),
            ],
            flags: Vec::new(),
            values: Vec::new(),
        };
        for range in windows(recording, program.name, blocks)? {
            let count = range.end - range.start;
            recording.dispatch(&Dispatch {
                program: &program,
                fixed: &[
                    word("blocks", range.start)?,
                    word("blocks", count)?,
                    word("blocks", blocks)?,
                    first_record,
                    (self.l2 as f32).to_bits(),
                ],
                reads: &[&self.segments.table(), &window(self.values, &range)?],
                writes: &[&window(self.gradient, &range)?, self.records.all],
                workgroups: count,
            })?;
        }
        Ok(())
    }

    /// What it does.
    pub fn cost(&self) -> Cost {
        let numbers = self.segments.numbers() as f64;
        Cost { flops: 6.0 * numbers, bytes: 4.0 * numbers * if self.l2 == 0.0 { 2.0 } else { 3.0 } }
    }
}
