//! Normalisations of each example by itself: over groups of channels (Wu & He 2018) and over all its numbers (Ba,
//! Kiros & Hinton 2016), as PyTorch computes them.

use super::column_sums::{Columns, Normal};
use super::division::ranges;
use super::operands::{Rows, bytes, expect, words};
use super::value::Value;
use crate::Slice;
use crate::cost::Cost;
use crate::error::{GpuError, misuse};
use crate::pipeline::Program;
use crate::recording::{Dispatch, Recording};

const SOURCES: &[&str] = &[include_str!("../wgsl/example_norm.wgsl")];

/// What is normalised together, and what has a scale and a shift of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Together {
    /// Groups of neighbouring channels, so many, which divides the channels; scale and shift by channel, padded.
    Groups(usize),
    /// All numbers of an example; scale and shift by number, `[positions][channels]`.
    All,
}

impl Together {
    fn groups(self) -> usize {
        match self {
            Self::Groups(groups) => groups,
            Self::All => 1,
        }
    }

    /// Numbers of the scale, and of the shift.
    pub fn scale_numbers(self, value: Value) -> usize {
        match self {
            Self::Groups(_) => value.width(),
            Self::All => value.numbers(),
        }
    }

    /// Numbers of the statistics of so many rows: mean and inverse deviation of each group.
    pub fn statistics_numbers(self, rows: usize) -> usize {
        2 * rows * self.groups()
    }

    /// Numbers that [`ExampleNormGradient`] needs while it runs.
    pub fn partial_numbers(self, value: Value, examples: usize) -> usize {
        self.columns(value, examples).partial_numbers()
    }

    fn columns(self, value: Value, examples: usize) -> Columns {
        let Value { channels, .. } = value;
        let (columns, places) = match self {
            Self::Groups(_) => (value.quads(), value.positions()),
            Self::All => (value.numbers() / 4, 1),
        };
        Columns { columns, examples, places, channels, width: value.width(), groups: self.groups() }
    }

    fn check(self, value: Value) -> Result<(), GpuError> {
        value.check()?;
        if self.groups() == 0 || !value.channels.is_multiple_of(self.groups()) {
            return Err(misuse(format!("{} channels have no {} equal groups", value.channels, self.groups())));
        }
        Ok(())
    }

    fn fixed(self, value: Value, rows: &std::ops::Range<usize>, epsilon: f64, add: bool) -> Result<[u32; 9], GpuError> {
        let groups = self.groups();
        let [count, positions, channels, width, groups_word, each, first, add] = words([
            rows.len() * groups,
            value.positions(),
            value.channels,
            value.width(),
            groups,
            (self == Self::All).into(),
            rows.start * groups,
            add.into(),
        ])?;
        Ok([count, positions, channels, width, groups_word, each, (epsilon as f32).to_bits(), first, add])
    }
}

/// (x − mean)/√(variance + ε)·weight + bias with the biased variance of each example and group.
#[derive(Debug)]
pub struct ExampleNorm<'k> {
    /// What is normalised together.
    pub together: Together,
    /// The shape of an example.
    pub value: Value,
    /// Rows of both.
    pub rows: usize,
    /// Added to the variance.
    pub epsilon: f64,
    /// [`Together::scale_numbers`]
    pub weight: &'k Slice,
    /// The same.
    pub bias: &'k Slice,
    /// `[rows][positions][channels]`
    pub from: &'k Slice,
    /// [`Together::statistics_numbers`], which the way back reads.
    pub statistics: &'k Slice,
    /// `[rows][positions][channels]`
    pub to: &'k Slice,
}

impl ExampleNorm<'_> {
    /// Records it.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] for operands that do not fit, and what [`Recording::dispatch`] has.
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        self.together.check(self.value)?;
        for operand in [self.weight, self.bias] {
            expect("a norm's scale and shift", operand, self.together.scale_numbers(self.value))?;
        }
        expect("statistics", self.statistics, self.together.statistics_numbers(self.rows))?;
        let from = Rows::new("a norm's input", self.from, self.rows, self.value.numbers())?;
        let to = Rows::new("a norm's result", self.to, self.rows, self.value.numbers())?;
        let program = Program { name: "example_norm", sources: SOURCES, flags: vec!["FORWARD"], values: Vec::new() };
        for rows in ranges(recording.device(), "a norm", self.rows, 1, &[&from, &to])? {
            recording.dispatch(&Dispatch {
                program: &program,
                fixed: &self.together.fixed(self.value, &rows, self.epsilon, false)?,
                reads: &[&from.part(&rows)?, self.weight, self.bias],
                writes: &[self.statistics, &to.part(&rows)?],
                workgroups: (rows.len() * self.together.groups()) as u64,
            })?;
        }
        Ok(())
    }

    /// What it takes.
    pub fn cost(&self) -> Cost {
        let numbers = self.rows * self.value.numbers();
        Cost { flops: 10.0 * numbers as f64, bytes: bytes(2 * numbers) }
    }
}

/// The gradients of [`ExampleNorm`]: with x̂ the normalised numbers, g the gradient along the result and h =
/// g·weight, Σ g·x̂ along the scale, Σ g along the shift, and inverse·(h − mean(h) − x̂·mean(h·x̂)) along the input,
/// the means over an example's group.
#[derive(Debug)]
pub struct ExampleNormGradient<'k> {
    /// What is normalised together.
    pub together: Together,
    /// The shape of an example.
    pub value: Value,
    /// Examples that there is room for.
    pub examples: usize,
    /// [`Together::scale_numbers`]
    pub weight: &'k Slice,
    /// `[examples][positions][channels]`, what was normalised.
    pub from: &'k Slice,
    /// [`Together::statistics_numbers`], what [`ExampleNorm`] left.
    pub statistics: &'k Slice,
    /// `[examples][positions][channels]`, the gradient along the result.
    pub gradient: &'k Slice,
    /// [`Together::partial_numbers`], of no use later.
    pub partial: &'k Slice,
    /// The gradients along scale and shift, [`Together::scale_numbers`] each.
    pub along: [&'k Slice; 2],
    /// Whether those are added to what is there.
    pub add_along: bool,
    /// `[examples][positions][channels]`, the gradient along the input, if it is wanted, and whether it is added to
    /// what is there.
    pub to: Option<(&'k Slice, bool)>,
}

impl ExampleNormGradient<'_> {
    /// Records it.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] for operands that do not fit, and what [`Recording::dispatch`] has.
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        self.together.check(self.value)?;
        let columns = self.together.columns(self.value, self.examples);
        expect("partial gradients", self.partial, columns.partial_numbers())?;
        expect("statistics", self.statistics, self.together.statistics_numbers(self.examples))?;
        for operand in [self.weight, self.along[0], self.along[1]] {
            expect("a norm's scale and shift", operand, self.together.scale_numbers(self.value))?;
        }
        let operands = (self.from, self.gradient, self.statistics);
        columns.gradients(recording, Normal::Example, operands, self.partial, (self.along, self.add_along))?;
        let Some((to, add)) = self.to else { return Ok(()) };
        let numbers = self.value.numbers();
        let from = Rows::new("a norm's input", self.from, self.examples, numbers)?;
        let gradient = Rows::new("a norm's gradient", self.gradient, self.examples, numbers)?;
        let to = Rows::new("the gradient along a norm's input", to, self.examples, numbers)?;
        let program =
            Program { name: "example_norm_gradient", sources: SOURCES, flags: Vec::new(), values: Vec::new() };
        for rows in ranges(recording.device(), "a norm", self.examples, 1, &[&from, &gradient, &to])? {
            recording.dispatch(&Dispatch {
                program: &program,
                fixed: &self.together.fixed(self.value, &rows, 0.0, add)?,
                reads: &[&from.part(&rows)?, self.weight, &gradient.part(&rows)?, self.statistics],
                writes: &[&to.part(&rows)?],
                workgroups: (rows.len() * self.together.groups()) as u64,
            })?;
        }
        Ok(())
    }

    /// What it takes.
    pub fn cost(&self) -> Cost {
        let numbers = self.examples * self.value.numbers();
        let partial = 2 * self.together.partial_numbers(self.value, self.examples);
        let (flops, moved) = match self.to {
            Some((_, add)) => (20, if add { 6 } else { 5 }),
            None => (5, 2),
        };
        Cost { flops: (flops * numbers) as f64, bytes: bytes(moved * numbers + partial) }
    }
}
