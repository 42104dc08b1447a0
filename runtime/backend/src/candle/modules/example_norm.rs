//! Normalisations of each example by itself: over groups of channels (Wu & He 2018) and over all its numbers (Ba,
//! Kiros & Hinton 2016), as PyTorch computes them.

use crate::BackendError;
use crate::candle::error::contradiction;
use crate::candle::gradient::with_gradient3;
use crate::candle::module::{Call, Module};
use crate::candle::parameters::{Arrangement, Parameter, Role};
use crate::candle::site::{Received, Site};
use crate::candle::sums::{column_sums, row_sums};
use candle_core::{Result, Tensor};
use elbo_compiler::ir;

/// A normalisation within each example.
#[derive(Debug, Clone)]
pub(super) struct ExampleNorm {
    /// Groups with statistics of their own; 1 where all numbers share them.
    groups: usize,
    /// Added to the variance.
    epsilon: f64,
    /// Scale: one for each channel, or one for each number of an example.
    weight: Parameter,
    /// Shift.
    bias: Parameter,
}

/// Over groups of channels.
pub(super) fn groups(
    site: &Site<'_>,
    received: &Received<'_>,
    norm: &ir::GroupNorm,
) -> std::result::Result<ExampleNorm, BackendError> {
    let channels = received.layer.input.channels();
    received.gives(received.layer.input)?;
    if norm.groups == 0 || !channels.is_multiple_of(norm.groups) {
        return Err(contradiction(received.layer, format!("{} groups do not divide its channels", norm.groups)));
    }
    example_norm(site, received.layer, &Arrangement::Plain(vec![channels]), norm.groups, norm.epsilon)
}

/// Over all numbers.
pub(super) fn layer(
    site: &Site<'_>,
    received: &Received<'_>,
    norm: &ir::LayerNorm,
) -> std::result::Result<ExampleNorm, BackendError> {
    received.gives(received.layer.input)?;
    let arrangement = Arrangement::ChannelsLast(received.layer.input.sizes());
    example_norm(site, received.layer, &arrangement, 1, norm.epsilon)
}

fn example_norm(
    site: &Site<'_>,
    layer: &ir::Layer,
    arrangement: &Arrangement,
    groups: usize,
    epsilon: f64,
) -> std::result::Result<ExampleNorm, BackendError> {
    let filled = |suffix: &str, value: f32| {
        let name = format!("{}.{suffix}", layer.name);
        let values = vec![value; arrangement.elements()];
        site.parameter(layer, name, arrangement.clone(), Role::Normalization, values)
    };
    let (weight, bias) = (filled("weight", 1.0)?, filled("bias", 0.0)?);
    Ok(ExampleNorm { groups, epsilon, weight, bias })
}

/// How the numbers of a batch are divided.
#[derive(Debug, Clone, Copy)]
struct Division {
    examples: usize,
    /// Places that share one vector of scales.
    positions: usize,
    groups: usize,
    /// Scales in a group.
    width: usize,
}

impl Division {
    /// From `[examples · positions, groups · width]` to `[examples · groups, positions · width]`, a row for each mean.
    fn rows(self, x: &Tensor) -> Result<Tensor> {
        let Self { examples, positions, groups, width } = self;
        let x = x.contiguous()?.reshape((examples, positions, groups, width))?;
        // With one group or one position the numbers are in order as they are.
        let x = if groups > 1 && positions > 1 { x.transpose(1, 2)?.contiguous()? } else { x };
        x.reshape((examples * groups, positions * width))
    }

    /// The way back.
    fn places(self, rows: &Tensor) -> Result<Tensor> {
        let Self { examples, positions, groups, width } = self;
        let rows = rows.contiguous()?;
        let x = if groups > 1 && positions > 1 {
            rows.reshape((examples, groups, positions, width))?.transpose(1, 2)?.contiguous()?
        } else {
            rows
        };
        x.reshape((examples * positions, groups * width))
    }
}

impl Module for ExampleNorm {
    /// (x − mean)/√(variance + ε)·weight + bias with the biased variance of each example and group, alike in training
    /// and at prediction; `x` is `[examples, …]` with channels last.
    fn apply(&self, inputs: &[&Tensor], call: &mut Call<'_>) -> Result<Tensor> {
        let (kernels, x, gradients) = (call.kernels, inputs[0], call.gradients);
        let shape = x.dims().to_vec();
        let scales = self.weight.arrangement.elements();
        let numbers: usize = shape[1..].iter().product();
        let division = Division {
            examples: shape[0],
            positions: numbers / scales,
            groups: self.groups,
            width: scales / self.groups,
        };
        let places = x.contiguous()?.reshape((division.examples * division.positions, scales))?;
        let rows = division.rows(&places.detach())?;
        let count = rows.dim(1)? as f64;
        let mean = row_sums(kernels, &rows)?.affine(1.0 / count, 0.0)?;
        let centred = rows.broadcast_sub(&mean)?;
        let squares = row_sums(kernels, &centred.sqr()?)?;
        let inverse = squares.affine(1.0 / count, self.epsilon)?.sqrt()?.recip()?;
        let normal = division.places(&centred.broadcast_mul(&inverse)?)?;

        let (weight, bias) = (self.weight.value(gradients), self.bias.value(gradients));
        let y = normal.broadcast_mul(&weight.detach())?.broadcast_add(&bias.detach())?;
        // With x̂ the normalised values, g the gradient and h = g·weight: dbias = Σ g, dweight = Σ g·x̂, and within
        // each row dx = inverse·(h − mean(h) − x̂·mean(h·x̂)).
        let needs_input_gradient = x.track_op();
        let y = with_gradient3("example-norm", [&places, &weight, &bias], y, move |[_, weight, _], _, g| {
            let bias_gradient = column_sums(kernels, g)?;
            let weight_gradient = column_sums(kernels, &(g * &normal)?)?;
            let input_gradient = if needs_input_gradient {
                let scaled = division.rows(&g.broadcast_mul(weight)?)?;
                let normal = division.rows(&normal)?;
                let direct = row_sums(kernels, &scaled)?.affine(1.0 / count, 0.0)?;
                let along = row_sums(kernels, &(&scaled * &normal)?)?.affine(1.0 / count, 0.0)?;
                let rest = (scaled.broadcast_sub(&direct)? - normal.broadcast_mul(&along)?)?;
                Some(division.places(&rest.broadcast_mul(&inverse)?)?)
            } else {
                None
            };
            Ok([input_gradient, Some(weight_gradient), Some(bias_gradient)])
        })?;
        y.reshape(shape)
    }

    fn parameters(&self) -> Vec<&Parameter> {
        vec![&self.weight, &self.bias]
    }
}
