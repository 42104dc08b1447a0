//! The Kullback–Leibler divergence of the posterior from the prior: its closed forms. Without
//! one, see [`super::drawn`].

use super::elementwise::{Map1, Map2, map1, map2};
use super::gradient::with_gradient2;
use super::kernels::Kernels;
use super::objective::{Term, constant};
use super::real::Real;
use super::sums::{scalar, sum_map};
use super::variational::{LayerPosterior, Posterior};
use candle_core::{Result, Tensor};
use elbo_compiler::ir::Prior;
use elbo_compiler::priors::{DivergenceForm, gaussian_divergence, laplace_divergence, laplace_divergence_gradient};
use std::f64::consts::{FRAC_1_SQRT_2, PI};

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
    match prior.family().form() {
        DivergenceForm::Normal { mean, std } => normal(kernels, posterior, mean, std),
        DivergenceForm::Laplace { mean, scale } => laplace(kernels, posterior, mean, scale),
        DivergenceForm::ScaleMixture { .. } | DivergenceForm::Drawn => {
            candle_core::bail!("this prior has no divergence in closed form")
        }
    }
}

/// From N(p_mean, p_deviation²): ∂/∂μ = (μ − μ_p)/σ_p², ∂/∂σ = σ/σ_p² − 1/σ.
fn normal(kernels: Kernels, posterior: &Posterior, p_mean: f64, p_deviation: f64) -> Result<Term> {
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

/// From the Laplace distribution of mean m and scale b; see [`laplace_divergence`].
fn laplace(kernels: Kernels, posterior: &Posterior, p_mean: f64, p_scale: f64) -> Result<Term> {
    let Posterior { mean, deviation } = posterior;
    let (q_mean, q_deviation) = (mean.detach(), deviation.detach());
    let (sum, value) = match kernels {
        Kernels::Fused => {
            let value = sum_map(&q_mean, &q_deviation, |q_mean, q_deviation| {
                laplace_divergence(q_mean, q_deviation, p_mean, p_scale)
            })?;
            (constant(value, mean)?, value)
        }
        Kernels::Portable => {
            let distance = q_mean.affine(1.0 / p_scale, -p_mean / p_scale)?;
            let width = q_deviation.affine(1.0 / p_scale, 0.0)?;
            let folded = (&width * folded_density(&distance, &width)?)?;
            let absolute = (folded + (&distance * shares(&distance, &width)?)?)?;
            let entropy = width.log()?.affine(-1.0, 2f64.ln() - 0.5 * (2.0 * PI).ln() - 0.5)?;
            let sum = (absolute + entropy)?.sum_all()?;
            (sum.clone(), scalar(&sum)?)
        }
    };
    let tensor =
        with_gradient2("laplace-divergence", [mean, deviation], sum, move |[mean, deviation], _, g| match kernels {
            Kernels::Fused => {
                let along = |at| LaplaceGradient { p_mean, p_scale, at };
                let scale = scalar(g)?;
                let along_mean = map2(along(0), mean, deviation)?.affine(scale, 0.0)?;
                Ok([Some(along_mean), Some(map2(along(1), mean, deviation)?.affine(scale, 0.0)?)])
            }
            Kernels::Portable => {
                let distance = (mean - p_mean)?;
                let along_mean = shares(&distance, deviation)?.affine(1.0 / p_scale, 0.0)?;
                let folded = folded_density(&distance, deviation)?.affine(1.0 / p_scale, 0.0)?;
                let along_deviation = (folded - deviation.recip()?)?;
                Ok([Some(along_mean.broadcast_mul(g)?), Some(along_deviation.broadcast_mul(g)?)])
            }
        })?;
    Ok(Term { tensor, value })
}

/// √(2/π)·e^(−d²/2σ²)
fn folded_density(distance: &Tensor, deviation: &Tensor) -> Result<Tensor> {
    (distance / deviation)?.sqr()?.affine(-0.5, 0.0)?.exp()?.affine((2.0 / PI).sqrt(), 0.0)
}

/// erf(d/(σ√2)): how much more of the posterior lies above the prior's mean than below.
fn shares(distance: &Tensor, deviation: &Tensor) -> Result<Tensor> {
    (distance / deviation)?.affine(FRAC_1_SQRT_2, 0.0)?.erf()
}

/// The derivative along μ (0) or σ (1).
struct LaplaceGradient {
    p_mean: f64,
    p_scale: f64,
    at: usize,
}

impl Map2 for LaplaceGradient {
    fn apply<R: Real>(&self, mean: R, deviation: R) -> R {
        let gradient = laplace_divergence_gradient(mean.to_f64(), deviation.to_f64(), self.p_mean, self.p_scale);
        R::from_f64(gradient[self.at])
    }
}
