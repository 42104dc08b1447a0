//! The divergence from a prior that has no closed form: a Monte Carlo estimate on the draw that made the forward pass
//! (Blundell et al. 2015, equation 2), and its expectation.
//!
//! The density is that of [`elbo_compiler::priors`] on the host. A device beside the CPU computes a scale mixture on
//! tensors of its own; of other priors the draws go to the host and the slopes come back.

use super::elementwise::{Map1, Map3, map1, map3};
use super::gradient::with_gradient2;
use super::kernels::Kernels;
use super::objective::{Term, constant};
use super::real::Real;
use super::sums::{scalar, sum_map};
use super::variational::Posterior;
use candle_core::{Device, Result, Tensor};
use elbo_compiler::priors::{DivergenceForm, LogDensity, MixtureDensity, Prior, expected_divergence};
use std::f64::consts::PI;
use std::sync::Arc;

/// A prior whose divergence is estimated on draws.
#[derive(Debug, Clone)]
pub(super) struct DrawnPrior {
    /// ln p
    pub(super) density: Arc<dyn LogDensity>,
    /// The same on tensors, where there is such a form.
    tensors: Option<MixtureDensity>,
}

impl DrawnPrior {
    /// The prior, if it has no closed form.
    pub(super) fn of(prior: &Prior) -> Option<Self> {
        let tensors = match prior.family().form() {
            DivergenceForm::Normal { .. } | DivergenceForm::Laplace { .. } => return None,
            DivergenceForm::ScaleMixture { pi, std1, std2 } => Some(MixtureDensity::new(pi, std1, std2)),
            DivergenceForm::Drawn => None,
        };
        Some(Self { density: prior.family().density(), tensors })
    }

    /// Σ ln p(w), in double precision.
    fn sum(&self, draw: &Tensor) -> Result<f64> {
        let draw = on_host(draw)?;
        sum_map(&draw, &draw, |w, _| self.density.at(w))
    }

    /// `scale` times d ln p/dw.
    fn slope(&self, draw: &Tensor, scale: f64) -> Result<Tensor> {
        map1(Slope { density: Arc::clone(&self.density), scale }, &on_host(draw)?)?.to_device(draw.device())
    }
}

/// Σ ln q(w) − ln p(w) at the draw w = μ + σ ⊙ ε, with its gradient through w: −s along μ and −1/σ − ε·s along σ,
/// where s = d ln p/dw.
pub(super) fn divergence(kernels: Kernels, posterior: &Posterior, prior: &DrawnPrior, noise: Tensor) -> Result<Term> {
    let Posterior { mean, deviation } = posterior;
    let (q_mean, q_deviation) = (mean.detach(), deviation.detach());
    let draw = (&q_mean + (&q_deviation * &noise)?)?;
    let (sum, value) = match kernels {
        Kernels::Fused => {
            let posterior =
                sum_map(&q_deviation, &noise, |deviation, noise| -deviation.ln() - 0.5 * (noise * noise + TWO_PI_LN))?;
            let value = posterior - prior.sum(&draw)?;
            (constant(value, mean)?, value)
        }
        Kernels::Portable => {
            let posterior = (noise.sqr()?.affine(-0.5, -0.5 * TWO_PI_LN)? - q_deviation.log()?)?;
            match &prior.tensors {
                Some(mixture) => {
                    let sum = (posterior - log_density(mixture, &draw)?)?.sum_all()?;
                    (sum.clone(), scalar(&sum)?)
                }
                None => {
                    let value = scalar(&posterior.sum_all()?)? - prior.sum(&draw)?;
                    (constant(value, mean)?, value)
                }
            }
        }
    };
    let prior = prior.clone();
    let tensor = with_gradient2("drawn-divergence", [mean, deviation], sum, move |[mean, deviation], _, g| {
        let draw = (mean + (deviation * &noise)?)?;
        match kernels {
            Kernels::Fused => {
                let scale = scalar(g)?;
                let slope = prior.slope(&draw, scale)?;
                Ok([Some(slope.neg()?), Some(map3(AlongDeviation { scale }, deviation, &noise, &slope)?)])
            }
            Kernels::Portable => {
                let slope = match &prior.tensors {
                    Some(mixture) => slope(mixture, &draw)?,
                    None => prior.slope(&draw, 1.0)?,
                };
                let along_deviation = ((&noise * &slope)? + deviation.recip()?)?.neg()?;
                Ok([Some(slope.neg()?.broadcast_mul(g)?), Some(along_deviation.broadcast_mul(g)?)])
            }
        }
    })?;
    Ok(Term { tensor, value })
}

/// KL(q‖p), the expectation of [`divergence`], by quadrature on the host.
pub(super) fn expected(posterior: &Posterior, prior: &dyn LogDensity) -> Result<f64> {
    let (mean, deviation) = (on_host(&posterior.mean)?, on_host(&posterior.deviation)?);
    sum_map(&mean, &deviation, |mean, deviation| expected_divergence(mean, deviation, prior))
}

fn on_host(tensor: &Tensor) -> Result<Tensor> {
    tensor.detach().to_device(&Device::Cpu)
}

/// ln(2π)
const TWO_PI_LN: f64 = 1.837_877_066_409_345_3;

/// The logarithms of the components' parts of the density, but for −½·ln(2π).
fn parts(prior: &MixtureDensity, draw: &Tensor) -> Result<[Tensor; 2]> {
    let squares = draw.sqr()?;
    let part = |at: usize| squares.affine(-0.5 * prior.precisions[at], prior.heights[at]);
    Ok([part(0)?, part(1)?])
}

/// As [`MixtureDensity`].
fn log_density(prior: &MixtureDensity, draw: &Tensor) -> Result<Tensor> {
    let [first, second] = parts(prior, draw)?;
    let ratio = (&first - &second)?.abs()?.neg()?.exp()?;
    first.maximum(&second)? + (ratio + 1.0)?.log()?.affine(1.0, -0.5 * (2.0 * PI).ln())?
}

/// Its slope, as [`MixtureDensity`].
fn slope(prior: &MixtureDensity, draw: &Tensor) -> Result<Tensor> {
    let [first, second] = parts(prior, draw)?;
    let share = ((second - first)?.exp()? + 1.0)?.recip()?;
    let precision = share.affine(prior.precisions[0] - prior.precisions[1], prior.precisions[1])?;
    (draw * precision)?.neg()
}

struct Slope {
    density: Arc<dyn LogDensity>,
    scale: f64,
}

impl Map1 for Slope {
    fn apply<R: Real>(&self, draw: R) -> R {
        R::from_f64(self.scale * self.density.slope(draw.to_f64()))
    }
}

struct AlongDeviation {
    scale: f64,
}

impl Map3 for AlongDeviation {
    fn apply<R: Real>(&self, deviation: R, noise: R, slope: R) -> R {
        -(R::from_f64(self.scale) / deviation) - noise * slope
    }
}
