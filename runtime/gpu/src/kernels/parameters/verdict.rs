//! Whether a step may be taken, and how gradients are clipped: decided on the device, so that a step stays one
//! submission.

use super::logarithms::LOGARITHMS;
use super::records::Finding;
use crate::buffer::Slice;
use crate::cost::Cost;
use crate::error::{GpuError, misuse};
use crate::kernels::activation::FUNCTIONS;
use crate::kernels::rows::{expect, word};
use crate::pipeline::Program;
use crate::recording::{Dispatch, Recording};

/// What errors and tools call it.
const NAME: &str = "verdict";

/// Numbers of a verdict. The first, a word, is 0 where all is finite; the others are the [`Decision`]'s.
pub const VERDICT: u64 = 576;

/// Sums of the divergence, and after them of squares, begin here.
const SUMS: usize = 64;
/// How many sums there are of each; threads of the kernel.
const PARTS: usize = 256;

/// Reads all records of a step, in their order, and writes the verdict.
#[derive(Debug, Clone, Copy)]
pub struct Verdict<'v> {
    /// The records, all of which have been written: four numbers each, nothing else.
    pub records: &'v Slice,
    /// The largest Euclidean norm of all gradients together that is let through: they are scaled by
    /// min(1, maximum/(norm + 10⁻⁶)) (Pascanu et al. 2013, as PyTorch's `clip_grad_norm_`). Beyond a norm of 10²⁵ the
    /// scale is 0.
    pub clip: Option<f64>,
    /// Where the verdict goes: [`VERDICT`] numbers.
    pub verdict: &'v Slice,
}

impl Verdict<'_> {
    /// Adds the kernel.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if an operand does not fit; see [`Recording::dispatch`].
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        expect(NAME, "the verdict", self.verdict, VERDICT)?;
        if !self.records.numbers().is_multiple_of(4) {
            return Err(misuse("a record has four numbers"));
        }
        if self.clip.is_some_and(|maximum| maximum.is_nan() || maximum <= 0.0) {
            return Err(misuse("the largest norm is no positive number"));
        }
        let program = Program {
            name: NAME,
            sources: &[
                FUNCTIONS,
                LOGARITHMS,
                include_str!("../../wgsl/records.wgsl"),
                include_str!("../../wgsl/verdict.wgsl"),
            ],
            flags: Vec::new(),
            values: Vec::new(),
        };
        let maximum = self.clip.unwrap_or(0.0) as f32;
        recording.dispatch(&Dispatch {
            program: &program,
            fixed: &[word("records", self.records.numbers() / 4)?, maximum.to_bits()],
            reads: &[self.records],
            writes: &[self.verdict],
            workgroups: 1,
        })
    }

    /// What it does.
    pub fn cost(&self) -> Cost {
        let numbers = self.records.numbers() as f64;
        Cost { flops: numbers, bytes: 4.0 * numbers }
    }
}

/// A verdict on the host.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// What was not finite anywhere, what explains others first. Empty: the step was taken. The records say which
    /// blocks ([`Finding::of_record`]).
    pub findings: Vec<Finding>,
    /// The scale of the gradients.
    pub scale: f32,
    /// The Euclidean norm of all gradients together.
    pub norm: f32,
    /// The divergence: closed forms, and the mean over samples of those that are estimated, in nats.
    pub divergence: f64,
    /// The squared norm of the weights that the penalty is on.
    pub squares: f64,
}

impl Decision {
    /// From the numbers of a verdict.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if they are not [`VERDICT`].
    pub fn of(verdict: &[f32]) -> Result<Self, GpuError> {
        let sums = verdict.get(SUMS..SUMS + 2 * PARTS).filter(|_| verdict.len() as u64 == VERDICT);
        let (divergence, squares) = sums.ok_or_else(|| misuse("this is no verdict"))?.split_at(PARTS);
        let sum = |parts: &[f32]| parts.iter().map(|&part| f64::from(part)).sum();
        Ok(Self {
            findings: Finding::of_bits(verdict[0].to_bits()).collect(),
            scale: verdict[1],
            norm: verdict[2],
            divergence: sum(divergence),
            squares: sum(squares),
        })
    }
}
