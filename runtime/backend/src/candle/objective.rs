//! The terms of the objective beside the likelihood.

use super::gradient::with_gradient1;
use super::kernels::Kernels;
use super::sums::{scalar, sum_map};
use candle_core::{Result, Tensor};

/// A term of the objective.
#[derive(Debug, Clone)]
pub(super) struct Term {
    /// For the gradient: a scalar of the network's type.
    pub(super) tensor: Tensor,
    /// For the record; on the CPU summed in `f64`.
    pub(super) value: f64,
}

impl Term {
    /// The sum of two terms.
    pub(super) fn plus(&self, other: &Self) -> Result<Self> {
        Ok(Self { tensor: (&self.tensor + &other.tensor)?, value: self.value + other.value })
    }

    /// The term times a constant.
    pub(super) fn times(&self, factor: f64) -> Result<Self> {
        Ok(Self { tensor: self.tensor.affine(factor, 0.0)?, value: self.value * factor })
    }
}

/// A scalar of the type and on the device of `like`.
pub(super) fn constant(value: f64, like: &Tensor) -> Result<Tensor> {
    // Made on the host, because not every device has `f64`.
    Tensor::new(value, &candle_core::Device::Cpu)?.to_dtype(like.dtype())?.to_device(like.device())
}

/// ‖w‖² of weights with one value each; derivative 2w.
pub(super) fn squared_norm(kernels: Kernels, weights: &Tensor) -> Result<Term> {
    let values = weights.detach();
    let (tensor, value) = match kernels {
        Kernels::Fused => {
            let value = sum_map(&values, &values, |w, _| w * w)?;
            (constant(value, &values)?, value)
        }
        Kernels::Portable => {
            let sum = values.sqr()?.sum_all()?;
            (sum.clone(), scalar(&sum)?)
        }
    };
    let tensor =
        with_gradient1("squared-norm", weights, tensor, |weights, _, g| weights.broadcast_mul(&g.affine(2.0, 0.0)?))?;
    Ok(Term { tensor, value })
}
