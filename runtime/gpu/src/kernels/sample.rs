//! Values drawn from their means and deviations.

use super::geometry::width;
use super::noise::{NORMAL, Noise};
use super::rows::{expect, part, ranges, word};
use crate::buffer::Slice;
use crate::cost::Cost;
use crate::error::{GpuError, misuse};
use crate::pipeline::Program;
use crate::recording::{Dispatch, Recording};

/// `values = f(mean + deviation·ε)`, for all samples of rows that share means and deviations, or in place.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'k> {
    /// Channels of the value.
    pub channels: u32,
    /// Places of the value.
    pub positions: u32,
    /// Rows of `values`: [`Noise::examples`] for each sample, the last sample may have fewer.
    pub rows: u64,
    /// The means, [`Noise::examples`] rows that all samples share; `None`: `values` holds them, one for each row.
    pub means: Option<&'k Slice>,
    /// The deviations, as many as means.
    pub deviations: &'k Slice,
    /// What is drawn.
    pub noise: Noise,
    /// `[row][place][channel]`
    pub values: &'k Slice,
    /// Whether negative values become 0.
    pub relu: bool,
}

/// How a value's numbers are divided into lines of canonical order; see `wgsl/noise.wgsl`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lines {
    channels: u32,
    positions: u32,
    blocks: u32,
}

impl Lines {
    pub(crate) fn new(channels: u32, positions: u32) -> Result<Self, GpuError> {
        let size = u64::from(width(channels)) * u64::from(positions);
        if size == 0 || size >= 1 << 31 {
            return Err(misuse(format!("there is no value of {channels} channels at {positions} places")));
        }
        let length = if positions == 1 { channels } else { positions };
        let blocks = if length.is_multiple_of(4) { length / 4 } else { length.div_ceil(4) + 1 };
        Ok(Self { channels, positions, blocks })
    }

    /// Numbers of a row.
    pub(crate) fn row(self) -> u64 {
        u64::from(width(self.channels)) * u64::from(self.positions)
    }

    fn threads(self) -> u32 {
        if self.positions == 1 { 1 } else { width(self.channels) }
    }

    pub(crate) fn workgroups(self, rows: u64) -> u64 {
        (rows * u64::from(self.threads()) * u64::from(self.blocks)).div_ceil(64)
    }

    /// The words of `struct Fixed` for rows from `first` on.
    pub(crate) fn fixed(self, noise: &Noise, first: u64, rows: u64) -> Result<[u32; 14], GpuError> {
        let Self { channels, positions, blocks } = self;
        if noise.examples == 0 {
            return Err(misuse("noise for no examples"));
        }
        let [lines, length, stride] =
            if positions == 1 { [1, channels, 1] } else { [channels, positions, width(channels)] };
        Ok([
            word("rows", rows)?,
            word("rows", first)?,
            noise.key[0],
            noise.key[1],
            noise.sample,
            word("examples", noise.examples)?,
            channels * positions,
            positions,
            width(channels),
            lines,
            self.threads(),
            length,
            stride,
            blocks,
        ])
    }
}

impl Sample<'_> {
    /// Adds it to a recording. Means that are shared must be no larger than a kernel may see at once.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if an operand has not the length that it should have, and those of [`Recording::dispatch`].
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        let Self { channels, positions, rows, means, deviations, noise, values, relu } = self;
        let lines = Lines::new(*channels, *positions)?;
        let shared = if means.is_some() { noise.examples } else { *rows };
        expect("sample", "values", values, rows * lines.row())?;
        for operand in means.iter().copied().chain([*deviations]) {
            expect("sample", "means and deviations", operand, shared * lines.row())?;
        }
        let mut flags: Vec<&str> = if *relu { vec!["RELU"] } else { Vec::new() };
        flags.extend(means.map(|_| "SHARED"));
        let sources = &[include_str!("../wgsl/random.wgsl"), include_str!("../wgsl/noise.wgsl")];
        let program = Program { name: "sample", sources, flags, values: Vec::new() };
        for range in ranges(recording.device(), "sample", *rows, &[lines.row()])? {
            let count = range.end - range.start;
            let cut = |operand: &Slice| {
                if means.is_some() { Ok(operand.clone()) } else { part(operand, &range, lines.row()) }
            };
            let mut reads = vec![cut(deviations)?];
            reads.extend(means.cloned());
            recording.dispatch(&Dispatch {
                program: &program,
                fixed: &lines.fixed(noise, range.start, count)?,
                reads: &reads.iter().collect::<Vec<_>>(),
                writes: &[&part(values, &range, lines.row())?],
                workgroups: lines.workgroups(count),
            })?;
        }
        Ok(())
    }

    /// What it does.
    pub fn cost(&self) -> Cost {
        let numbers = self.rows as f64 * f64::from(width(self.channels)) * f64::from(self.positions);
        let reads = self.means.map_or(2.0 * numbers, |means| means.numbers() as f64 + self.deviations.numbers() as f64);
        Cost { flops: NORMAL * numbers, bytes: 4.0 * (numbers + reads) }
    }
}
