//! Batch normalisation by channel (Ioffe & Szegedy 2015), as PyTorch computes it.
//!
//! In training [`BatchStatistics`] gives the channels' statistics of the batch, at prediction [`RecalledStatistics`]
//! those that training has left; [`BatchNorm`] normalises by either. [`RunningStatistics`] is what training leaves.

use super::column_sums::{Columns, Normal};
use super::division::ranges;
use super::operands::{Rows, bytes, expect, words, workgroups};
use super::value::Value;
use crate::Slice;
use crate::cost::Cost;
use crate::error::GpuError;
use crate::pipeline::Program;
use crate::recording::{Dispatch, Recording};

const SOURCES: &[&str] = &[include_str!("../wgsl/batch_norm.wgsl")];

fn program(name: &'static str, flag: &'static str) -> Program {
    Program { name, sources: SOURCES, flags: vec![flag], values: Vec::new() }
}

/// Numbers of the statistics of so many channels: mean, inverse deviation, and the sum of squared distances from the
/// mean.
pub fn statistics_numbers(channels: usize) -> usize {
    3 * channels.next_multiple_of(4)
}

/// Numbers that [`BatchStatistics`] and [`BatchNormGradient`] need while they run.
pub fn partial_numbers(value: Value, examples: usize) -> usize {
    columns(value, examples).partial_numbers()
}

fn columns(value: Value, examples: usize) -> Columns {
    let Value { channels, .. } = value;
    let (places, width) = (value.positions(), value.width());
    Columns { columns: value.quads(), examples, places, channels, width, groups: 1 }
}

/// The fixed numbers of all kernels here.
struct Fixed {
    count: usize,
    value: Value,
    first_row: usize,
    examples: usize,
    epsilon: f64,
    /// What the running statistics keep, and what they take of the batch.
    blend: [f64; 2],
    add: bool,
}

impl Fixed {
    fn new(value: Value) -> Self {
        Self { count: 0, value, first_row: 0, examples: 0, epsilon: 0.0, blend: [0.0; 2], add: false }
    }

    fn words(&self) -> Result<[u32; 10], GpuError> {
        let Self { count, value, first_row, examples, .. } = *self;
        let [count, quads, channels, places, first_row, examples] =
            words([count, value.quads(), value.channels, value.positions(), first_row, examples])?;
        let [epsilon, kept, taken] =
            [self.epsilon, self.blend[0], self.blend[1]].map(|number| (number as f32).to_bits());
        Ok([count, quads, channels, places, first_row, examples, epsilon, kept, taken, self.add.into()])
    }
}

/// The statistics of a batch, of the examples of it that count.
#[derive(Debug)]
pub struct BatchStatistics<'k> {
    /// The shape of an example.
    pub value: Value,
    /// Examples that there is room for.
    pub examples: usize,
    /// Added to the variance.
    pub epsilon: f64,
    /// `[examples][positions][channels]`
    pub from: &'k Slice,
    /// [`partial_numbers`], of no use later.
    pub partial: &'k Slice,
    /// [`statistics_numbers`]
    pub statistics: &'k Slice,
}

impl BatchStatistics<'_> {
    /// Records it.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] for operands that do not fit, and what [`Recording::dispatch`] has.
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        self.value.check()?;
        let columns = columns(self.value, self.examples);
        expect("partial statistics", self.partial, columns.partial_numbers())?;
        expect("statistics", self.statistics, statistics_numbers(self.value.channels))?;
        columns.moments(recording, (self.from, self.partial, self.statistics), self.epsilon)
    }

    /// What it takes.
    pub fn cost(&self) -> Cost {
        let numbers = self.examples * self.value.numbers();
        Cost { flops: 6.0 * numbers as f64, bytes: bytes(numbers + 2 * partial_numbers(self.value, self.examples)) }
    }
}

/// The running statistics after a batch, in place: `old·(1 − momentum) + batch·momentum`, the variance of the batch
/// in its unbiased form; a variance stays where a batch of one value a channel has none.
#[derive(Debug)]
pub struct RunningStatistics<'k> {
    /// The shape of an example.
    pub value: Value,
    /// Examples that there is room for.
    pub examples: usize,
    /// The weight of the batch.
    pub momentum: f64,
    /// [`statistics_numbers`], what [`BatchStatistics`] gave.
    pub statistics: &'k Slice,
    /// One a channel, padded.
    pub mean: &'k Slice,
    /// One a channel, padded.
    pub variance: &'k Slice,
}

impl RunningStatistics<'_> {
    /// Records it.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] for operands that do not fit, and what [`Recording::dispatch`] has.
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        self.value.check()?;
        expect("statistics", self.statistics, statistics_numbers(self.value.channels))?;
        for running in [self.mean, self.variance] {
            expect("running statistics", running, self.value.width())?;
        }
        let blend = [1.0 - self.momentum, self.momentum];
        let fixed = Fixed { examples: self.examples, blend, ..Fixed::new(self.value) };
        recording.dispatch(&Dispatch {
            program: &program("running_statistics", "UPDATE"),
            fixed: &fixed.words()?,
            reads: &[self.statistics],
            writes: &[self.mean, self.variance],
            workgroups: workgroups(self.value.quads()),
        })
    }

    /// What it takes.
    pub fn cost(&self) -> Cost {
        let width = self.value.width();
        Cost { flops: 6.0 * width as f64, bytes: bytes(6 * width) }
    }
}

/// The statistics of a prediction, from the running ones.
#[derive(Debug)]
pub struct RecalledStatistics<'k> {
    /// Channels without padding.
    pub channels: usize,
    /// Added to the variance.
    pub epsilon: f64,
    /// One a channel, padded.
    pub mean: &'k Slice,
    /// One a channel, padded.
    pub variance: &'k Slice,
    /// [`statistics_numbers`], of which the last third stays as it is.
    pub statistics: &'k Slice,
}

impl RecalledStatistics<'_> {
    /// Records it.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] for operands that do not fit, and what [`Recording::dispatch`] has.
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        let value = Value { size: [1, 1], channels: self.channels };
        value.check()?;
        expect("statistics", self.statistics, statistics_numbers(self.channels))?;
        for running in [self.mean, self.variance] {
            expect("running statistics", running, value.width())?;
        }
        recording.dispatch(&Dispatch {
            program: &program("recalled_statistics", "RUNNING"),
            fixed: &Fixed { epsilon: self.epsilon, ..Fixed::new(value) }.words()?,
            reads: &[self.mean, self.variance],
            writes: &[self.statistics],
            workgroups: workgroups(value.quads()),
        })
    }

    /// What it takes.
    pub fn cost(&self) -> Cost {
        let width = self.channels.next_multiple_of(4);
        Cost { flops: 3.0 * width as f64, bytes: bytes(4 * width) }
    }
}

/// (x − mean)·inverse·weight + bias.
#[derive(Debug)]
pub struct BatchNorm<'k> {
    /// The shape of an example.
    pub value: Value,
    /// Rows of both.
    pub rows: usize,
    /// [`statistics_numbers`]
    pub statistics: &'k Slice,
    /// One a channel, padded.
    pub weight: &'k Slice,
    /// One a channel, padded with zeros.
    pub bias: &'k Slice,
    /// `[rows][positions][channels]`
    pub from: &'k Slice,
    /// The same.
    pub to: &'k Slice,
}

impl BatchNorm<'_> {
    /// Records it.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] for operands that do not fit, and what [`Recording::dispatch`] has.
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        self.value.check()?;
        expect("statistics", self.statistics, statistics_numbers(self.value.channels))?;
        expect("a norm's scale", self.weight, self.value.width())?;
        expect("a norm's shift", self.bias, self.value.width())?;
        let from = Rows::new("a norm's input", self.from, self.rows, self.value.numbers())?;
        let to = Rows::new("a norm's result", self.to, self.rows, self.value.numbers())?;
        for rows in ranges(recording.device(), "a batch norm", self.rows, 1, &[&from, &to])? {
            let count = rows.len() * self.value.numbers() / 4;
            recording.dispatch(&Dispatch {
                program: &program("batch_norm", "NORMALISE"),
                fixed: &Fixed { count, ..Fixed::new(self.value) }.words()?,
                reads: &[&from.part(&rows)?, self.statistics, self.weight, self.bias],
                writes: &[&to.part(&rows)?],
                workgroups: workgroups(count),
            })?;
        }
        Ok(())
    }

    /// What it takes.
    pub fn cost(&self) -> Cost {
        let numbers = self.rows * self.value.numbers();
        Cost { flops: 4.0 * numbers as f64, bytes: bytes(2 * numbers) }
    }
}

/// The gradients of a batch norm in training: with x̂ the normalised numbers and g the gradient along the result, Σ
/// g·x̂ along the scale, Σ g along the shift, and weight·inverse·(g − mean of g − x̂·mean of g·x̂) along the input; 0
/// for rows that do not count.
#[derive(Debug)]
pub struct BatchNormGradient<'k> {
    /// The shape of an example.
    pub value: Value,
    /// Examples that there is room for.
    pub examples: usize,
    /// `[examples][positions][channels]`, what was normalised.
    pub from: &'k Slice,
    /// [`statistics_numbers`], what it was normalised by.
    pub statistics: &'k Slice,
    /// The scale, one a channel, padded.
    pub weight: &'k Slice,
    /// `[examples][positions][channels]`, the gradient along the result.
    pub gradient: &'k Slice,
    /// [`partial_numbers`], of no use later.
    pub partial: &'k Slice,
    /// The gradients along scale and shift, one a channel, padded.
    pub along: [&'k Slice; 2],
    /// Whether those are added to what is there.
    pub add_along: bool,
    /// `[examples][positions][channels]`, the gradient along the input, if it is wanted, and whether it is added to
    /// what is there.
    pub to: Option<(&'k Slice, bool)>,
}

impl BatchNormGradient<'_> {
    /// Records it.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] for operands that do not fit, and what [`Recording::dispatch`] has.
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        self.value.check()?;
        let columns = columns(self.value, self.examples);
        expect("partial gradients", self.partial, columns.partial_numbers())?;
        expect("statistics", self.statistics, statistics_numbers(self.value.channels))?;
        for operand in [self.weight, self.along[0], self.along[1]] {
            expect("a norm's scale and shift", operand, self.value.width())?;
        }
        let operands = (self.from, self.gradient, self.statistics);
        columns.gradients(recording, Normal::Channel, operands, self.partial, (self.along, self.add_along))?;
        let Some((to, add)) = self.to else { return Ok(()) };
        let places = self.examples * self.value.positions();
        let row = |what, slice| Rows::new(what, slice, places, self.value.width());
        let from = row("a norm's input", self.from)?;
        let gradient = row("a norm's gradient", self.gradient)?;
        let to = row("the gradient along a norm's input", to)?;
        let sums = columns.sums(self.partial)?;
        for rows in ranges(recording.device(), "a batch norm", places, 1, &[&from, &gradient, &to])? {
            let count = rows.len() * self.value.quads();
            let fixed = Fixed { count, first_row: rows.start, examples: self.examples, add, ..Fixed::new(self.value) };
            recording.dispatch(&Dispatch {
                program: &program("batch_norm_gradient", "RETRACE"),
                fixed: &fixed.words()?,
                reads: &[&from.part(&rows)?, self.statistics, self.weight, &sums, &gradient.part(&rows)?],
                writes: &[&to.part(&rows)?],
                workgroups: workgroups(count),
            })?;
        }
        Ok(())
    }

    /// What it takes.
    pub fn cost(&self) -> Cost {
        let numbers = self.examples * self.value.numbers();
        let partial = 2 * partial_numbers(self.value, self.examples);
        let (flops, moved) = match self.to {
            Some((_, add)) => (13, if add { 6 } else { 5 }),
            None => (5, 2),
        };
        Cost { flops: (flops * numbers) as f64, bytes: bytes(moved * numbers + partial) }
    }
}
