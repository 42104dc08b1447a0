//! The signs of flipout, and an input with them.

use super::geometry::width;
use super::noise::Noise;
use super::rows::{expect, part, ranges, word};
use crate::buffer::Slice;
use crate::cost::Cost;
use crate::error::{GpuError, misuse};
use crate::pipeline::Program;
use crate::recording::{Dispatch, Recording};

/// Random signs, +1 or −1, for the channels of each row; padding is 0. Number `example·channels + channel` of the
/// stream is uniform, and gives +1 from ½ on.
#[derive(Debug, Clone, Copy)]
pub struct Signs<'k> {
    /// Channels.
    pub channels: u32,
    /// Rows.
    pub rows: u64,
    /// What is drawn.
    pub noise: Noise,
    /// `[row][width]`
    pub result: &'k Slice,
}

/// A value `[row][place][channel]` times signs `[row][width]`.
#[derive(Debug, Clone, Copy)]
pub struct Flip<'k> {
    /// Channels.
    pub channels: u32,
    /// Places.
    pub positions: u32,
    /// Rows.
    pub rows: u64,
    /// What is flipped.
    pub values: &'k Slice,
    /// The signs.
    pub signs: &'k Slice,
    /// As the values.
    pub result: &'k Slice,
}

const SOURCES: &[&str] = &[include_str!("../wgsl/random.wgsl"), include_str!("../wgsl/signs.wgsl")];

impl Signs<'_> {
    /// Adds it to a recording.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if an operand has not the length that it should have, and those of [`Recording::dispatch`].
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        let Self { channels, rows, noise, result } = self;
        let row = u64::from(width(*channels));
        expect("signs", "signs", result, rows * row)?;
        if noise.examples == 0 {
            return Err(misuse("noise for no examples"));
        }
        let program = Program { name: "signs", sources: SOURCES, flags: Vec::new(), values: Vec::new() };
        for range in ranges(recording.device(), "signs", *rows, &[row])? {
            let numbers = (range.end - range.start) * row;
            let fixed = [
                word("signs", numbers)?,
                word("rows", range.start)?,
                noise.key[0],
                noise.key[1],
                noise.sample,
                word("examples", noise.examples)?,
                *channels,
                width(*channels),
                width(*channels),
            ];
            recording.dispatch(&Dispatch {
                program: &program,
                fixed: &fixed,
                reads: &[],
                writes: &[&part(result, &range, row)?],
                workgroups: numbers.div_ceil(64),
            })?;
        }
        Ok(())
    }

    /// What it does.
    pub fn cost(&self) -> Cost {
        let numbers = self.rows as f64 * f64::from(width(self.channels));
        Cost { flops: numbers, bytes: 4.0 * numbers }
    }
}

impl Flip<'_> {
    /// Adds it to a recording.
    ///
    /// # Errors
    /// As [`Signs::record`].
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        let Self { channels, positions, rows, values, signs, result } = self;
        let line = u64::from(width(*channels));
        let row = line * u64::from(*positions);
        for (operand, row) in [(values, row), (signs, line), (result, row)] {
            expect("flip", "an operand", operand, rows * row)?;
        }
        let program = Program { name: "flip", sources: SOURCES, flags: vec!["FLIP"], values: Vec::new() };
        for range in ranges(recording.device(), "flip", *rows, &[row, line])? {
            let numbers = (range.end - range.start) * row;
            let mut fixed = [0; 9];
            fixed[0] = word("numbers", numbers)?;
            fixed[7] = width(*channels);
            fixed[8] = word("numbers of a row", row)?;
            recording.dispatch(&Dispatch {
                program: &program,
                fixed: &fixed,
                reads: &[&part(values, &range, row)?, &part(signs, &range, line)?],
                writes: &[&part(result, &range, row)?],
                workgroups: numbers.div_ceil(64),
            })?;
        }
        Ok(())
    }

    /// What it does.
    pub fn cost(&self) -> Cost {
        let numbers = self.rows as f64 * f64::from(width(self.channels)) * f64::from(self.positions);
        Cost { flops: numbers, bytes: 8.0 * numbers }
    }
}
