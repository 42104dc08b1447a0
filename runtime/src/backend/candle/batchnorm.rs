//! Batch normalisation (Ioffe & Szegedy 2015), as PyTorch computes it.

use super::gradient::with_gradient3;
use super::kernels::Kernels;
use super::parameters::Parameter;
use super::sums::column_sums;
use candle_core::{Result, Tensor, Var};

/// A normalisation by channel.
#[derive(Debug, Clone)]
pub(super) struct BatchNorm {
    /// Added to the variance.
    pub(super) epsilon: f64,
    /// Weight of the new batch in the running statistics.
    pub(super) momentum: f64,
    /// Scale.
    pub(super) weight: Parameter,
    /// Shift.
    pub(super) bias: Parameter,
    /// Mean over the batches so far.
    pub(super) running_mean: Parameter,
    /// Unbiased variance over the batches so far.
    pub(super) running_var: Parameter,
}

/// The values that a training pass leaves for running statistics, to be set once the step has succeeded.
pub(super) type NewStatistics = Vec<(Var, Tensor)>;

impl BatchNorm {
    /// With the statistics of the batch: (x − mean)/√(variance + ε)·weight + bias, with the biased
    /// variance; and the new running statistics, which take the unbiased one. A batch of one value a
    /// channel has no unbiased variance and leaves the running variance as it is.
    ///
    /// `latest` gives the newest value of a running statistic, which an earlier sample of the same step may
    /// have changed.
    pub(super) fn train(
        &self,
        kernels: Kernels,
        x: &Tensor,
        latest: impl Fn(&Var) -> Tensor,
    ) -> Result<(Tensor, NewStatistics)> {
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
    pub(super) fn predict(&self, x: &Tensor) -> Result<Tensor> {
        let inverse = self.running_var.value(false).affine(1.0, self.epsilon)?.sqrt()?.recip()?;
        let scale = (self.weight.value(false) * inverse)?;
        let centred = x.broadcast_sub(&self.running_mean.value(false))?;
        centred.broadcast_mul(&scale)?.broadcast_add(&self.bias.value(false))
    }
}
