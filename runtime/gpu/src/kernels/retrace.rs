//! The way back from values to the products they were made of.

use super::geometry::width;
use super::noise::{NORMAL, Noise};
use super::rows::{expect, part, ranges, word};
use super::sample::Lines;
use crate::buffer::Slice;
use crate::cost::Cost;
use crate::error::GpuError;
use crate::pipeline::Program;
use crate::recording::{Dispatch, Recording};

/// What made values random.
#[derive(Debug, Clone, Copy)]
pub enum Randomly<'k> {
    /// Nothing: there is one product.
    Not,
    /// Local reparameterisation: the gradient of the variances is that of the values times ε/(2·deviation).
    Local {
        /// Of the way forward.
        deviations: &'k Slice,
        /// The same as on the way forward; the numbers are drawn again.
        noise: Noise,
        /// The gradient of the variances is written here.
        second: &'k Slice,
    },
    /// Flipout: the gradient of the second product is that of the values times their signs.
    Flipout {
        /// Signs of the outputs, `[rows][width]`.
        signs: &'k Slice,
        /// The gradient of the second product is written here.
        second: &'k Slice,
    },
}

/// From the gradient of values, `[row][place][channel]`, to those of their products. A point layer without activation
/// needs no such step.
#[derive(Debug, Clone, Copy)]
pub struct Retrace<'k> {
    /// Channels of the value.
    pub channels: u32,
    /// Places of the value.
    pub positions: u32,
    /// Rows.
    pub rows: u64,
    /// The gradient of the values.
    pub gradient: &'k Slice,
    /// The values, if negative ones became 0.
    pub relu: Option<&'k Slice>,
    /// What made them random.
    pub random: Randomly<'k>,
    /// The gradient of the first product is written here.
    pub first: &'k Slice,
}

impl Retrace<'_> {
    /// Adds it to a recording.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if an operand has not the length that it should have, and those of [`Recording::dispatch`].
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        let Self { channels, positions, rows, gradient, relu, random, first } = self;
        let lines = Lines::new(*channels, *positions)?;
        let (row, fours) = (lines.row(), width(*channels) / 4);
        let mut reads = vec![(*gradient, row)];
        let mut writes = vec![(*first, row)];
        let mut flags = Vec::new();
        let noise = match random {
            Randomly::Not => None,
            Randomly::Local { deviations, noise, second } => {
                reads.push((deviations, row));
                writes.push((second, row));
                flags.push("RETRACE");
                Some(noise)
            }
            Randomly::Flipout { signs, second } => {
                reads.push((signs, width(*channels).into()));
                writes.push((second, row));
                flags.push("SIGNED");
                None
            }
        };
        if let Some(values) = relu {
            reads.push((values, row));
            flags.push("RELU");
        }
        for (operand, row) in reads.iter().chain(&writes) {
            expect("retrace", "an operand", operand, rows * row)?;
        }
        let first = 2 + reads.len() as i64;
        let values = vec![("FIRST", first), ("VALUES", first - 1)];
        let sources: &[&str] = match noise {
            Some(_) => &[include_str!("../wgsl/random.wgsl"), include_str!("../wgsl/noise.wgsl")],
            None => &[include_str!("../wgsl/retrace.wgsl")],
        };
        let program = Program { name: "retrace", sources, flags, values };
        let numbers: Vec<u64> = reads.iter().chain(&writes).map(|(_, row)| *row).collect();
        for range in ranges(recording.device(), "retrace", *rows, &numbers)? {
            let count = range.end - range.start;
            let cut = |operands: &[(&Slice, u64)]| {
                operands.iter().map(|(operand, row)| part(operand, &range, *row)).collect::<Result<Vec<_>, _>>()
            };
            let [reads, writes] = [cut(&reads)?, cut(&writes)?];
            let (fixed, workgroups) = match noise {
                Some(noise) => (lines.fixed(noise, range.start, count)?.to_vec(), lines.workgroups(count)),
                None => {
                    let all = count * row / 4;
                    (vec![word("numbers", all)?, word("numbers", row / 4)?, fours], all.div_ceil(64))
                }
            };
            recording.dispatch(&Dispatch {
                program: &program,
                fixed: &fixed,
                reads: &reads.iter().collect::<Vec<_>>(),
                writes: &writes.iter().collect::<Vec<_>>(),
                workgroups,
            })?;
        }
        Ok(())
    }

    /// What it does.
    pub fn cost(&self) -> Cost {
        let numbers = self.rows as f64 * f64::from(width(self.channels)) * f64::from(self.positions);
        let (flops, operands) = match self.random {
            Randomly::Not => (1.0, 2.0),
            Randomly::Local { .. } => (NORMAL + 4.0, 4.0),
            Randomly::Flipout { .. } => (2.0, 3.0),
        };
        let operands = operands + if self.relu.is_some() { 1.0 } else { 0.0 };
        Cost { flops: flops * numbers, bytes: 4.0 * operands * numbers }
    }
}
