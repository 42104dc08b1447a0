//! Batch normalisation (Ioffe & Szegedy 2015), as PyTorch computes it.

use crate::BackendError;
use crate::candle::gradient::with_gradient3;
use crate::candle::kernels::Kernels;
use crate::candle::module::{Call, Module, NewStatistics};
use crate::candle::parameters::{Arrangement, Parameter, Role};
use crate::candle::site::{Received, Site};
use crate::candle::sums::column_sums;
use candle_core::{Result, Tensor, Var};
use elbo_compiler::ir;

/// A normalisation by channel.
#[derive(Debug, Clone)]
pub(super) struct BatchNorm {
    /// Added to the variance.
    epsilon: f64,
    /// Weight of the new batch in the running statistics.
    momentum: f64,
    /// Scale.
    weight: Parameter,
    /// Shift.
    bias: Parameter,
    /// Mean over the batches so far.
    running_mean: Parameter,
    /// Unbiased variance over the batches so far.
    running_var: Parameter,
}

pub(super) fn build(
    site: &Site<'_>,
    received: &Received<'_>,
    norm: &ir::BatchNorm,
) -> std::result::Result<BatchNorm, BackendError> {
    let layer = received.layer;
    received.gives(layer.input)?;
    let channels = layer.input.channels();
    let filled = |suffix: &str, role: Role, value: f32| {
        let name = format!("{}.{suffix}", layer.name);
        site.parameter(layer, name, Arrangement::Plain(vec![channels]), role, vec![value; channels])
    };
    Ok(BatchNorm {
        epsilon: norm.epsilon,
        momentum: norm.momentum,
        weight: filled("weight", Role::Normalization, 1.0)?,
        bias: filled("bias", Role::Normalization, 0.0)?,
        running_mean: filled("running_mean", Role::Statistic, 0.0)?,
        running_var: filled("running_var", Role::Statistic, 1.0)?,
    })
}

impl Module for BatchNorm {
    fn apply(&self, inputs: &[&Tensor], call: &mut Call<'_>) -> Result<Tensor> {
        if !call.randomness.draw.trains() {
            return self.predict(inputs[0]);
        }
        let latest = |variable: &Var| {
            let newest = call.statistics.iter().rev().find(|(known, _)| known.id() == variable.id());
            newest.map_or_else(|| variable.as_detached_tensor(), |(_, value)| value.clone())
        };
        let (y, new) = self.train(call.kernels, inputs[0], latest)?;
        call.statistics.extend(new);
        Ok(y)
    }

    fn parameters(&self) -> Vec<&Parameter> {
        vec![&self.weight, &self.bias, &self.running_mean, &self.running_var]
    }
}

impl BatchNorm {
    /// With the statistics of the batch: (x − mean)/√(variance + ε)·weight + bias, with the biased
    /// variance; and the new running statistics, which take the unbiased one. A batch of one value a
    /// channel has no unbiased variance and leaves the running variance as it is.
    ///
    /// `latest` gives the newest value of a running statistic, which an earlier sample of the same step may
    /// have changed.
    fn train(&self, kernels: Kernels, x: &Tensor, latest: impl Fn(&Var) -> Tensor) -> Result<(Tensor, NewStatistics)> {
        let shape = x.dims().to_vec();
        let rows = x.contiguous()?.reshape(((), shape[shape.len() - 1]))?;
        let count = rows.dim(0)? as f64;
        let values = rows.detach();
        let mean = column_sums(kernels, &values)?.affine(1.0 / count, 0.0)?;
        let centred = values.broadcast_sub(&mean)?;
        let squares = column_sums(kernels, &centred.sqr()?)?;
        let inverse = squares.affine(1.0 / count, self.epsilon)?.sqrt()?.recip()?;
        let normal = centred.broadcast_mul(&inverse)?;

        let (weight, bias) = (self.weight.value(true), self.bias.value(true));
        let y = normal.broadcast_mul(&weight.detach())?.broadcast_add(&bias.detach())?;
        // With x̂ the normalised values and g the gradient (Ioffe & Szegedy 2015, section 3): dbias = Σ g,
        // dweight = Σ g·x̂, dx = weight·inverse·(g − dbias/count − x̂·dweight/count).
        let needs_input_gradient = x.track_op();
        let y = with_gradient3("batch-norm", [&rows, &weight, &bias], y, move |[_, weight, _], _, g| {
            let bias_gradient = column_sums(kernels, g)?;
            let weight_gradient = column_sums(kernels, &(g * &normal)?)?;
            let input_gradient = if needs_input_gradient {
                let along = normal.broadcast_mul(&weight_gradient.affine(1.0 / count, 0.0)?)?;
                let rest = (g.broadcast_sub(&bias_gradient.affine(1.0 / count, 0.0)?)? - along)?;
                Some(rest.broadcast_mul(&(weight * &inverse)?)?)
            } else {
                None
            };
            Ok([input_gradient, Some(weight_gradient), Some(bias_gradient)])
        })?;

        let blend = |parameter: &Parameter, new: &Tensor, factor: f64| -> Result<(Var, Tensor)> {
            let old = latest(&parameter.variable).affine(1.0 - self.momentum, 0.0)?;
            Ok((parameter.variable.clone(), (old + new.affine(self.momentum * factor, 0.0)?)?))
        };
        let mut statistics = vec![blend(&self.running_mean, &mean, 1.0)?];
        if count > 1.0 {
            statistics.push(blend(&self.running_var, &squares, 1.0 / (count - 1.0))?);
        }
        Ok((y.reshape(shape)?, statistics))
    }

    /// With the running statistics.
    fn predict(&self, x: &Tensor) -> Result<Tensor> {
        let inverse = self.running_var.value(false).affine(1.0, self.epsilon)?.sqrt()?.recip()?;
        let scale = (self.weight.value(false) * inverse)?;
        let centred = x.broadcast_sub(&self.running_mean.value(false))?;
        centred.broadcast_mul(&scale)?.broadcast_add(&self.bias.value(false))
    }
}
