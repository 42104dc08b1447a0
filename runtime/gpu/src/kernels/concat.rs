//! Channels of several values, one after the other.

use super::division::ranges;
use super::operands::{Rows, bytes, words, workgroups};
use super::value::Value;
use crate::Slice;
use crate::cost::Cost;
use crate::error::{GpuError, misuse};
use crate::pipeline::Program;
use crate::recording::{Dispatch, Recording};

const SOURCES: &[&str] = &[include_str!("../wgsl/concat.wgsl")];

/// A value whose channels are put beside others.
#[derive(Debug, Clone, Copy)]
pub struct Joined<'k> {
    /// Its channels without padding.
    pub channels: usize,
    /// `[rows][positions][channels]`
    pub from: &'k Slice,
}

/// Puts the channels of values one after the other.
#[derive(Debug)]
pub struct Concat<'k> {
    /// Places of an example, of all values.
    pub positions: usize,
    /// Rows of all.
    pub rows: usize,
    /// The values in the order of their channels, at least one.
    pub parts: &'k [Joined<'k>],
    /// `[rows][positions][all channels]`
    pub to: &'k Slice,
}

/// Copies a range of channels.
struct Range<'r> {
    positions: usize,
    rows: usize,
    from: (Rows<'r>, Value, usize),
    to: (Rows<'r>, Value, usize),
    copied: usize,
    /// Channels after them that become 0.
    emptied: usize,
    add: bool,
}

impl Range<'_> {
    fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        let program = Program { name: "concat", sources: SOURCES, flags: Vec::new(), values: Vec::new() };
        let ((from, from_value, from_channel), (to, to_value, to_channel)) = (&self.from, &self.to);
        for rows in ranges(recording.device(), "a concatenation", self.rows, 1, &[from, to])? {
            let channels = self.copied + self.emptied;
            let count = rows.len() * self.positions * channels;
            let fixed = words([
                count,
                channels,
                self.copied,
                from_value.width(),
                *from_channel,
                to_value.width(),
                *to_channel,
                self.add.into(),
            ])?;
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
}

impl Concat<'_> {
    fn value(&self, channels: usize) -> Value {
        Value { size: [self.positions, 1], channels }
    }

    fn channels(&self) -> usize {
        self.parts.iter().map(|part| part.channels).sum()
    }

    /// Records it.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] for operands that do not fit, and what [`Recording::dispatch`] has.
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        let all = self.value(self.channels());
        all.check()?;
        let mut start = 0;
        for (number, part) in self.parts.iter().enumerate() {
            let own = self.value(part.channels);
            own.check()?;
            let range = Range {
                positions: self.positions,
                rows: self.rows,
                from: (Rows::new("a value that is joined", part.from, self.rows, own.numbers())?, own, 0),
                to: (Rows::new("joined values", self.to, self.rows, all.numbers())?, all, start),
                copied: part.channels,
                emptied: if number + 1 == self.parts.len() { all.width() - all.channels } else { 0 },
                add: false,
            };
            range.record(recording)?;
            start += part.channels;
        }
        Ok(())
    }

    /// What it takes.
    pub fn cost(&self) -> Cost {
        Cost { flops: 0.0, bytes: bytes(2 * self.rows * self.value(self.channels()).numbers()) }
    }
}

/// The gradient along one of the values that [`Concat`] has joined.
#[derive(Debug)]
pub struct ConcatGradient<'k> {
    /// Places of an example.
    pub positions: usize,
    /// Rows of both.
    pub rows: usize,
    /// All channels of the joined value, without padding.
    pub joined: usize,
    /// Where the channels of the one value begin.
    pub start: usize,
    /// How many it has.
    pub channels: usize,
    /// `[rows][positions][joined]`
    pub gradient: &'k Slice,
    /// `[rows][positions][channels]`
    pub to: &'k Slice,
    /// Whether gradients are added to what is there.
    pub add: bool,
}

impl ConcatGradient<'_> {
    fn value(&self, channels: usize) -> Value {
        Value { size: [self.positions, 1], channels }
    }

    /// Records it.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] for operands that do not fit, and what [`Recording::dispatch`] has.
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        let (all, own) = (self.value(self.joined), self.value(self.channels));
        own.check()?;
        if self.start.saturating_add(self.channels) > self.joined {
            let end = self.start.saturating_add(self.channels);
            return Err(misuse(format!("{} channels do not have those up to {end}", self.joined)));
        }
        let range = Range {
            positions: self.positions,
            rows: self.rows,
            from: (Rows::new("a joined gradient", self.gradient, self.rows, all.numbers())?, all, self.start),
            to: (Rows::new("a gradient", self.to, self.rows, own.numbers())?, own, 0),
            copied: self.channels,
            emptied: own.width() - own.channels,
            add: self.add,
        };
        range.record(recording)
    }

    /// What it takes.
    pub fn cost(&self) -> Cost {
        let numbers = self.rows * self.value(self.channels).numbers();
        let (flops, moved) = if self.add { (numbers as f64, 3) } else { (0.0, 2) };
        Cost { flops, bytes: bytes(moved * numbers) }
    }
}
