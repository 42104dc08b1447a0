//! Averages over windows and adaptive averages: both are Y = A X Bᵀ for every channel, with one small
//! constant matrix an axis.

use crate::BackendError;
use crate::candle::error::internal;
use crate::candle::gradient::with_gradient1;
use crate::candle::module::{Call, Module};
use crate::candle::site::{Received, Site};
use candle_core::{Result, Tensor};
use elbo_compiler::ir::{AdaptiveAvgPool, AvgPool};

/// The averaging matrices of a layer.
#[derive(Debug, Clone)]
pub(super) struct Averages {
    /// `[output rows, rows]`
    vertical: Tensor,
    /// `[output columns, columns]`
    horizontal: Tensor,
}

/// Over the windows of a pool.
pub(super) fn windows(
    site: &Site<'_>,
    received: &Received<'_>,
    pool: &AvgPool,
) -> std::result::Result<Averages, BackendError> {
    let (channels, size) = received.planes()?;
    let output = received.windows(channels, size, pool.window)?.output;
    received.gives(received.alike(channels, output)?)?;
    Averages::of(site, size, output, |axis, place| {
        let at = |tap: usize| {
            let padded = place * pool.window.stride[axis] + tap * pool.window.dilation[axis];
            padded.checked_sub(pool.window.padding[axis]).filter(|&at| at < size[axis])
        };
        let kernel = pool.window.kernel[axis];
        (0..kernel).filter_map(at).map(|at| (at, 1.0 / kernel as f64)).collect()
    })
    .map_err(internal(&received.layer.name))
}

/// Over windows `⌊i·s/n⌋ … ⌈(i+1)·s/n⌉`, so that the output has its size (PyTorch's `AdaptiveAvgPool2d`).
pub(super) fn adaptive(
    site: &Site<'_>,
    received: &Received<'_>,
    pool: &AdaptiveAvgPool,
) -> std::result::Result<Averages, BackendError> {
    let (channels, size) = received.planes()?;
    received.gives(received.alike(channels, pool.size)?)?;
    Averages::of(site, size, pool.size, |axis, place| {
        let (inputs, outputs) = (size[axis], pool.size[axis]);
        let (start, end) = (place * inputs / outputs, ((place + 1) * inputs).div_ceil(outputs));
        (start..end).map(|at| (at, 1.0 / (end - start) as f64)).collect()
    })
    .map_err(internal(&received.layer.name))
}

impl Averages {
    /// Sums of input places with weights that are products of shares along both axes: `shares` gives those of an output
    /// place along an axis. Padding has none.
    pub(super) fn of(
        site: &Site<'_>,
        size: [usize; 2],
        output: [usize; 2],
        shares: impl Fn(usize, usize) -> Vec<(usize, f64)>,
    ) -> Result<Self> {
        let matrix = |axis: usize| {
            let mut values = vec![0.0; output[axis] * size[axis]];
            for place in 0..output[axis] {
                for (at, share) in shares(axis, place) {
                    values[place * size[axis] + at] += share;
                }
            }
            Tensor::from_vec(values, (output[axis], size[axis]), site.device)?.to_dtype(site.dtype)
        };
        Ok(Self { vertical: matrix(0)?, horizontal: matrix(1)? })
    }
}

impl Module for Averages {
    /// `[examples, rows, columns, channels]` → the averages.
    fn apply(&self, inputs: &[&Tensor], _: &mut Call<'_>) -> Result<Tensor> {
        let x = inputs[0];
        let y = both_axes(&self.vertical, &self.horizontal, &x.detach())?;
        // The gradient is the product with the transposes.
        let (vertical, horizontal) = (self.vertical.t()?.contiguous()?, self.horizontal.t()?.contiguous()?);
        with_gradient1("average", x, y, move |_, _, g| both_axes(&vertical, &horizontal, g))
    }
}

fn both_axes(vertical: &Tensor, horizontal: &Tensor, x: &Tensor) -> Result<Tensor> {
    let (examples, rows, columns, channels) = x.dims4()?;
    let (new_rows, new_columns) = (vertical.dim(0)?, horizontal.dim(0)?);
    let x = x.contiguous()?.reshape((examples, rows, columns * channels))?;
    let x = repeat(vertical, examples)?.matmul(&x)?;
    let x = x.reshape((examples * new_rows, columns, channels))?;
    let x = repeat(horizontal, examples * new_rows)?.matmul(&x)?;
    x.reshape((examples, new_rows, new_columns, channels))
}

/// The matrix once for each of `count` products.
fn repeat(matrix: &Tensor, count: usize) -> Result<Tensor> {
    let (rows, columns) = matrix.dims2()?;
    matrix.reshape((1, rows, columns))?.broadcast_as((count, rows, columns))?.contiguous()
}
