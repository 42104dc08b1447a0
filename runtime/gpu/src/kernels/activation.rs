//! Element-wise functions of a network, and their ways back.

use super::division::ranges;
use super::operands::{Rows, bytes, words, workgroups};
use super::value::Value;
use crate::Slice;
use crate::cost::Cost;
use crate::error::GpuError;
use crate::pipeline::Program;
use crate::recording::{Dispatch, Recording};

/// `activate`, `slope` and `slope_at_value` of a function's code and parameter, and what they are made of. A template
/// for the kernels that apply functions themselves.
pub(crate) const FUNCTIONS: &str = include_str!("../wgsl/functions.wgsl");

const SOURCES: &[&str] = &[FUNCTIONS, include_str!("../wgsl/activation.wgsl")];

/// An element-wise function.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Function {
    /// x
    Identity,
    /// max(x, 0)
    Relu,
    /// x where positive, else slope · x
    LeakyRelu {
        /// The slope below zero.
        slope: f32,
    },
    /// ln(1 + eˣ)
    Softplus,
    /// x where positive, else alpha · (eˣ − 1)
    Elu {
        /// The limit below zero, negated.
        alpha: f32,
    },
    /// Hyperbolic tangent
    Tanh,
    /// 1 / (1 + e⁻ˣ)
    Sigmoid,
    /// x · Φ(x)
    Gelu,
    /// x · sigmoid(x)
    Silu,
}

impl Function {
    /// What kernels call it.
    pub(crate) const fn code(self) -> u32 {
        match self {
            Self::Identity => 0,
            Self::Relu => 1,
            Self::LeakyRelu { .. } => 2,
            Self::Softplus => 3,
            Self::Elu { .. } => 4,
            Self::Tanh => 5,
            Self::Sigmoid => 6,
            Self::Gelu => 7,
            Self::Silu => 8,
        }
    }

    /// Its number, 0 where it has none.
    pub(crate) const fn parameter(self) -> f32 {
        match self {
            Self::LeakyRelu { slope } => slope,
            Self::Elu { alpha } => alpha,
            Self::Identity | Self::Relu | Self::Softplus | Self::Tanh | Self::Sigmoid | Self::Gelu | Self::Silu => 0.0,
        }
    }

    /// Whether it never falls and its slope follows from its value: `slope_at_value` then knows it, and it can be
    /// applied after a maximum.
    pub fn is_invertible(self) -> bool {
        match self {
            Self::Identity | Self::Relu | Self::Softplus | Self::Tanh | Self::Sigmoid => true,
            Self::LeakyRelu { slope } => slope >= 0.0,
            Self::Elu { alpha } => alpha > 0.0,
            Self::Gelu | Self::Silu => false,
        }
    }

    /// About how many operations a number takes.
    fn operations(self) -> f64 {
        match self {
            Self::Identity | Self::Relu | Self::LeakyRelu { .. } => 1.0,
            Self::Softplus | Self::Elu { .. } | Self::Tanh | Self::Sigmoid | Self::Gelu | Self::Silu => 40.0,
        }
    }

    fn fixed(self, value: Value, count: usize, add: bool) -> Result<[u32; 6], GpuError> {
        let [count, quads, channels, add] = words([count, value.quads(), value.channels, add.into()])?;
        Ok([count, quads, channels, self.code(), self.parameter().to_bits(), add])
    }
}

/// A function of each number.
#[derive(Debug)]
pub struct Activation<'k> {
    /// Which.
    pub function: Function,
    /// The shape of an example.
    pub value: Value,
    /// Rows of both.
    pub rows: usize,
    /// `[rows][positions][channels]`
    pub from: &'k Slice,
    /// The same.
    pub to: &'k Slice,
}

impl Activation<'_> {
    /// Records it.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] for operands that do not fit, and what [`Recording::dispatch`] has.
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        self.value.check()?;
        let from = Rows::new("a function's argument", self.from, self.rows, self.value.numbers())?;
        let to = Rows::new("a function's value", self.to, self.rows, self.value.numbers())?;
        let program = Program { name: "activation", sources: SOURCES, flags: vec!["FORWARD"], values: Vec::new() };
        for rows in ranges(recording.device(), "a function", self.rows, 1, &[&from, &to])? {
            let count = rows.len() * self.value.numbers() / 4;
            recording.dispatch(&Dispatch {
                program: &program,
                fixed: &self.function.fixed(self.value, count, false)?,
                reads: &[&from.part(&rows)?],
                writes: &[&to.part(&rows)?],
                workgroups: workgroups(count),
            })?;
        }
        Ok(())
    }

    /// What it takes.
    pub fn cost(&self) -> Cost {
        let numbers = self.rows * self.value.numbers();
        Cost { flops: self.function.operations() * numbers as f64, bytes: bytes(2 * numbers) }
    }
}

/// The gradient along the argument: the slope there times the gradient along the value.
#[derive(Debug)]
pub struct ActivationGradient<'k> {
    /// Which function.
    pub function: Function,
    /// The shape of an example.
    pub value: Value,
    /// Rows of all.
    pub rows: usize,
    /// `[rows][positions][channels]`, the argument.
    pub from: &'k Slice,
    /// The same, the gradient along the value.
    pub gradient: &'k Slice,
    /// The same, the gradient along the argument.
    pub to: &'k Slice,
    /// Whether gradients are added to what is there.
    pub add: bool,
}

impl ActivationGradient<'_> {
    /// Records it.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] for operands that do not fit, and what [`Recording::dispatch`] has.
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        self.value.check()?;
        let from = Rows::new("a function's argument", self.from, self.rows, self.value.numbers())?;
        let gradient = Rows::new("a function's gradient", self.gradient, self.rows, self.value.numbers())?;
        let to = Rows::new("the gradient along an argument", self.to, self.rows, self.value.numbers())?;
        let program = Program { name: "activation_gradient", sources: SOURCES, flags: Vec::new(), values: Vec::new() };
        for rows in ranges(recording.device(), "a function", self.rows, 1, &[&from, &gradient, &to])? {
            let count = rows.len() * self.value.numbers() / 4;
            recording.dispatch(&Dispatch {
                program: &program,
                fixed: &self.function.fixed(self.value, count, self.add)?,
                reads: &[&from.part(&rows)?, &gradient.part(&rows)?],
                writes: &[&to.part(&rows)?],
                workgroups: workgroups(count),
            })?;
        }
        Ok(())
    }

    /// What it takes.
    pub fn cost(&self) -> Cost {
        let numbers = self.rows * self.value.numbers();
        let moved = if self.add { 4 } else { 3 };
        Cost { flops: (self.function.operations() + 1.0) * numbers as f64, bytes: bytes(moved * numbers) }
    }
}
