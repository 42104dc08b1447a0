//! The Kullback–Leibler divergence of the posterior from the prior.

use super::elementwise::{Map1, map1};
use super::gradient::with_gradient2;
use super::kernels::Kernels;
use super::objective::{Term, constant};
use super::real::Real;
use super::sums::{scalar, sum_map};
use super::variational::{LayerPosterior, Posterior};
use candle_core::Result;
use elbo_compiler::analysis::gaussian_divergence;
use elbo_compiler::ir::Prior;

/// KL(q‖p) of a layer's weights and bias, summed, in nats.
pub(super) fn layer(kernels: Kernels, posterior: &LayerPosterior, prior: &Prior) -> Result<Term> {
    let weight = tensor(kernels, &posterior.weight, prior)?;
    match &posterior.bias {
        Some(bias) => weight.plus(&tensor(kernels, bias, prior)?),
        None => Ok(weight),
    }
}

/// KL(q‖p) of a tensor of Gaussians, summed, with its gradient along μ and σ.
pub(super) fn tensor(kernels: Kernels, posterior: &Posterior, prior: &Prior) -> Result<Term> {
    let Prior::Normal { mean: p_mean, std: p_deviation } = *prior else {
        candle_core::bail!("this prior has no divergence in closed form");
    };
    let Posterior { mean, deviation } = posterior;
    let (q_mean, q_deviation) = (mean.detach(), deviation.detach());
    let (sum, value) = match kernels {
        Kernels::Fused => {
            let value = sum_map(&q_mean, &q_deviation, |q_mean, q_deviation| {
                gaussian_divergence(q_mean, q_deviation, p_mean, p_deviation)
            })?;
            (constant(value, mean)?, value)
        }
        Kernels::Portable => {
            let ratio = q_deviation.affine(1.0 / p_deviation, 0.0)?;
            let distance = q_mean.affine(1.0 / p_deviation, -p_mean / p_deviation)?;
            let squares = (((&ratio - 1.0)? * (&ratio + 1.0)?)? + distance.sqr()?)?;
            let sum = (squares.affine(0.5, 0.0)? - ratio.log()?)?.sum_all()?;
            (sum.clone(), scalar(&sum)?)
        }
    };
    // ∂/∂μ = (μ − μ_p)/σ_p², ∂/∂σ = σ/σ_p² − 1/σ.
    let precision = 1.0 / (p_deviation * p_deviation);
    let tensor =
        with_gradient2("kl-divergence", [mean, deviation], sum, move |[mean, deviation], _, g| match kernels {
            Kernels::Fused => {
                let scale = scalar(g)?;
                Ok([
                    Some(mean.affine(precision * scale, -p_mean * precision * scale)?),
                    Some(map1(AlongDeviation { precision, scale }, deviation)?),
                ])
            }
            Kernels::Portable => {
                let along_deviation = (deviation.affine(precision, 0.0)? - deviation.recip()?)?;
                let along_mean = mean.affine(precision, -p_mean * precision)?;
                Ok([Some(along_mean.broadcast_mul(g)?), Some(along_deviation.broadcast_mul(g)?)])
            }
        })?;
    Ok(Term { tensor, value })
}

struct AlongDeviation {
    precision: f64,
    scale: f64,
}

impl Map1 for AlongDeviation {
    fn apply<R: Real>(&self, deviation: R) -> R {
        R::from_f64(self.scale) * (R::from_f64(self.precision) * deviation - R::from_f64(1.0) / deviation)
    }
}
