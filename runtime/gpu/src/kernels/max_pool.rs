//! Maxima over windows. The gradient goes to the first of equal maxima in row-major order of the window, as PyTorch
//! has it.

use super::division::ranges;
use super::operands::{Rows, bytes, words, workgroups};
use super::value::Value;
use crate::Slice;
use crate::cost::Cost;
use crate::error::{GpuError, misuse};
use crate::pipeline::Program;
use crate::recording::{Dispatch, Recording};

const SOURCES: &[&str] = &[include_str!("../wgsl/max_pool.wgsl")];

/// Windows over places; all pairs are rows and columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// Places of the input.
    pub input: [usize; 2],
    /// Windows.
    pub output: [usize; 2],
    /// Places of a window.
    pub kernel: [usize; 2],
    /// From one window to the next.
    pub stride: [usize; 2],
    /// What the first window begins before the first place.
    pub padding: [usize; 2],
    /// From one place of a window to the next.
    pub dilation: [usize; 2],
}

/// More than this of anything along an axis is refused, so that places of taps stay far from what 32 bits count to.
const MOST: usize = 1 << 15;

impl Windows {
    fn check(&self) -> Result<(), GpuError> {
        let Self { input, output, kernel, stride, padding, dilation } = self;
        let lengths = [input, output, kernel, stride, dilation].into_iter().flatten();
        if lengths.into_iter().any(|&length| length == 0 || length > MOST) || padding.iter().any(|&most| most > MOST) {
            return Err(misuse(format!("{self:?} are no windows of a pool")));
        }
        Ok(())
    }

    fn value(&self, size: [usize; 2], channels: usize) -> Value {
        Value { size, channels }
    }

    fn fixed(&self, count: usize, quads: usize, add: bool) -> Result<Vec<u32>, GpuError> {
        let Self { input, output, kernel, stride, padding, dilation } = *self;
        let mut fixed = words([count, quads, add.into()])?.to_vec();
        for pair in [input, output, kernel, stride, padding, dilation] {
            fixed.extend(words(pair)?);
        }
        Ok(fixed)
    }
}

/// Maxima over windows. A window that sees no place has −∞.
#[derive(Debug)]
pub struct MaxPool<'k> {
    /// The windows.
    pub windows: Windows,
    /// Channels without padding.
    pub channels: usize,
    /// Rows of both.
    pub rows: usize,
    /// `[rows][input places][channels]`
    pub from: &'k Slice,
    /// `[rows][windows][channels]`
    pub to: &'k Slice,
}

impl MaxPool<'_> {
    /// Records it.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] for operands that do not fit, and what [`Recording::dispatch`] has.
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        self.windows.check()?;
        let [from_value, to_value] =
            [self.windows.input, self.windows.output].map(|size| self.windows.value(size, self.channels));
        to_value.check()?;
        let from = Rows::new("a pool's input", self.from, self.rows, from_value.numbers())?;
        let to = Rows::new("a pool's maxima", self.to, self.rows, to_value.numbers())?;
        let program = Program { name: "max_pool", sources: SOURCES, flags: vec!["FORWARD"], values: Vec::new() };
        for rows in ranges(recording.device(), "a pool", self.rows, 1, &[&from, &to])? {
            let count = rows.len() * to_value.numbers() / 4;
            recording.dispatch(&Dispatch {
                program: &program,
                fixed: &self.windows.fixed(count, to_value.quads(), false)?,
                reads: &[&from.part(&rows)?],
                writes: &[&to.part(&rows)?],
                workgroups: workgroups(count),
            })?;
        }
        Ok(())
    }

    /// What it takes.
    pub fn cost(&self) -> Cost {
        let [from, to] = [self.windows.input, self.windows.output]
            .map(|size| self.rows * self.windows.value(size, self.channels).numbers());
        let taps = self.windows.kernel[0] * self.windows.kernel[1];
        Cost { flops: (to * taps) as f64, bytes: bytes(from + to) }
    }
}

/// The gradient along the input of [`MaxPool`], which finds the first of equal maxima again.
#[derive(Debug)]
pub struct MaxPoolGradient<'k> {
    /// The windows.
    pub windows: Windows,
    /// Channels without padding.
    pub channels: usize,
    /// Rows of all.
    pub rows: usize,
    /// `[rows][input places][channels]`, what the maxima were taken of.
    pub from: &'k Slice,
    /// `[rows][windows][channels]`, what [`MaxPool`] gave.
    pub maxima: &'k Slice,
    /// `[rows][windows][channels]`, the gradient along the maxima.
    pub gradient: &'k Slice,
    /// `[rows][input places][channels]`
    pub to: &'k Slice,
    /// Whether gradients are added to what is there.
    pub add: bool,
}

impl MaxPoolGradient<'_> {
    /// Records it.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] for operands that do not fit, and what [`Recording::dispatch`] has.
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        self.windows.check()?;
        let [from_value, to_value] =
            [self.windows.input, self.windows.output].map(|size| self.windows.value(size, self.channels));
        to_value.check()?;
        let from = Rows::new("a pool's input", self.from, self.rows, from_value.numbers())?;
        let maxima = Rows::new("a pool's maxima", self.maxima, self.rows, to_value.numbers())?;
        let gradient = Rows::new("a pool's gradient", self.gradient, self.rows, to_value.numbers())?;
        let to = Rows::new("a pool's gradient along its input", self.to, self.rows, from_value.numbers())?;
        let program = Program { name: "max_pool_gradient", sources: SOURCES, flags: Vec::new(), values: Vec::new() };
        for rows in ranges(recording.device(), "a pool", self.rows, 1, &[&from, &maxima, &gradient, &to])? {
            let count = rows.len() * from_value.numbers() / 4;
            recording.dispatch(&Dispatch {
                program: &program,
                fixed: &self.windows.fixed(count, to_value.quads(), self.add)?,
                reads: &[&from.part(&rows)?, &maxima.part(&rows)?, &gradient.part(&rows)?],
                writes: &[&to.part(&rows)?],
                workgroups: workgroups(count),
            })?;
        }
        Ok(())
    }

    /// What it takes.
    pub fn cost(&self) -> Cost {
        let [from, to] = [self.windows.input, self.windows.output]
            .map(|size| self.rows * self.windows.value(size, self.channels).numbers());
        let taps = self.windows.kernel[0] * self.windows.kernel[1];
        let written = if self.add { 2 } else { 1 };
        Cost { flops: (to * (taps + 1)) as f64, bytes: bytes((1 + written) * from + 2 * to) }
    }
}
