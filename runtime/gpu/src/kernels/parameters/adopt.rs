//! Numbers that a step leaves, such as running statistics.

use super::verdict::VERDICT;
use super::windows::{blocks, window, windows};
use crate::buffer::Slice;
use crate::cost::Cost;
use crate::error::GpuError;
use crate::kernels::rows::{expect, word};
use crate::pipeline::Program;
use crate::recording::{Dispatch, Recording};

/// What errors and tools call it.
const NAME: &str = "adopt";

/// Copies pending numbers to where they belong, unless the verdict is that something was not finite. Both are of one
/// length.
#[derive(Debug, Clone, Copy)]
pub struct Adopt<'a> {
    /// The step's verdict.
    pub verdict: &'a Slice,
    /// The pending numbers.
    pub from: &'a Slice,
    /// Where they belong.
    pub to: &'a Slice,
}

impl Adopt<'_> {
    /// Adds the kernel.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if an operand does not fit; see [`Recording::dispatch`].
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        expect(NAME, "the verdict", self.verdict, VERDICT)?;
        expect(NAME, "an operand", self.from, self.to.numbers())?;
        let program = Program {
            name: NAME,
            sources: &[include_str!("../../wgsl/adopt.wgsl")],
            flags: Vec::new(),
            values: Vec::new(),
        };
        for range in windows(recording, program.name, blocks(self.to.numbers()))? {
            let (from, to) = (window(self.from, &range)?, window(self.to, &range)?);
            recording.dispatch(&Dispatch {
                program: &program,
                fixed: &[word("blocks", range.end - range.start)?, word("numbers", to.numbers())?],
                reads: &[self.verdict, &from],
                writes: &[&to],
                workgroups: range.end - range.start,
            })?;
        }
        Ok(())
    }

    /// What it does.
    pub fn cost(&self) -> Cost {
        Cost { flops: 0.0, bytes: 8.0 * self.to.numbers() as f64 }
    }
}
