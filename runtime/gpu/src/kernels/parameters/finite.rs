//! Whether numbers are numbers.

use super::logarithms::LOGARITHMS;
use super::records::{Finding, Records};
use super::windows::{blocks, window, windows};
use crate::buffer::Slice;
use crate::cost::Cost;
use crate::error::GpuError;
use crate::kernels::activation::FUNCTIONS;
use crate::kernels::rows::word;
use crate::pipeline::Program;
use crate::recording::{Dispatch, Recording};

/// Writes a record of every block of a slice: whether all of it is finite.
#[derive(Debug, Clone, Copy)]
pub struct Finite<'f> {
    /// What is looked at.
    pub numbers: &'f Slice,
    /// What is found where one is not finite.
    pub finding: Finding,
    /// Where records go, [`blocks`] of the slice.
    pub records: Records<'f>,
}

impl Finite<'_> {
    /// Adds the kernel.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if an operand does not fit; see [`Recording::dispatch`].
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        let numbers = self.numbers.numbers();
        let (blocks, first_record) = (blocks(numbers), self.records.first_of(blocks(numbers))?);
        let program = Program {
            name: "finite",
            sources: &[
                FUNCTIONS,
                LOGARITHMS,
                include_str!("../../wgsl/records.wgsl"),
                include_str!("../../wgsl/finite.wgsl"),
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
                    word("numbers", numbers)?,
                    first_record,
                    self.finding.bit(),
                ],
                reads: &[&window(self.numbers, &range)?],
                writes: &[self.records.all],
                workgroups: count,
            })?;
        }
        Ok(())
    }

    /// What it does.
    pub fn cost(&self) -> Cost {
        Cost { flops: 0.0, bytes: 4.0 * self.numbers.numbers() as f64 }
    }
}
