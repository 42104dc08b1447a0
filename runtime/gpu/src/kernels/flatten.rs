//! Between places with channels innermost and features in canonical order: channel, row, column.

use super::division::ranges;
use super::operands::{Rows, bytes, words, workgroups};
use super::value::Value;
use crate::Slice;
use crate::cost::Cost;
use crate::error::GpuError;
use crate::pipeline::Program;
use crate::recording::{Dispatch, Recording};

const SOURCES: &[&str] = &[include_str!("../wgsl/flatten.wgsl")];

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// `[positions][channels]` becomes features, as a flattening layer has it.
    ToFeatures,
    /// Features become `[positions][channels]`: the way back of that layer, and the way of examples in canonical order
    /// from the host into a network.
    ToPlaces,
}

/// Turns examples. A row of features is positions × channels numbers, padded to a multiple of four.
#[derive(Debug)]
pub struct Flatten<'k> {
    /// Which way.
    pub direction: Direction,
    /// The shape of an example as places.
    pub value: Value,
    /// Rows of both.
    pub rows: usize,
    /// What is read.
    pub from: &'k Slice,
    /// What is written.
    pub to: &'k Slice,
    /// Whether numbers are added to what is there.
    pub add: bool,
}

impl Flatten<'_> {
    /// Records it.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] for operands that do not fit, and what [`Recording::dispatch`] has.
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        self.value.check()?;
        let features = (self.value.positions() * self.value.channels).next_multiple_of(4);
        let (numbers, flags) = match self.direction {
            Direction::ToFeatures => ([self.value.numbers(), features], vec!["TO_FEATURES"]),
            Direction::ToPlaces => ([features, self.value.numbers()], Vec::new()),
        };
        let from = Rows::new("what is turned", self.from, self.rows, numbers[0])?;
        let to = Rows::new("what turning gives", self.to, self.rows, numbers[1])?;
        let program = Program { name: "flatten", sources: SOURCES, flags, values: Vec::new() };
        for rows in ranges(recording.device(), "a flattening", self.rows, 1, &[&from, &to])? {
            let count = rows.len() * numbers[1];
            let Value { channels, .. } = self.value;
            let fixed =
                words([count, self.value.positions(), channels, self.value.width(), features, self.add.into()])?;
            recording.dispatch(&Dispatch {
                program: &program,
                fixed: &fixed,
                reads: &[&from.part(&rows)?],
                writes: &[&to.part(&rows)?],
                workgroups: workgroups(count),
            })?;
        }
        Ok(())
    }

    /// What it takes.
    pub fn cost(&self) -> Cost {
        let numbers = self.rows * self.value.positions() * self.value.channels;
        let (flops, moved) = if self.add { (numbers as f64, 3) } else { (0.0, 2) };
        Cost { flops, bytes: bytes(moved * numbers) }
    }
}
