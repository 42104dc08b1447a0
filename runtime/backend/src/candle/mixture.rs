//! The divergence from a scale mixture prior, which has no closed form: a Monte Carlo estimate on the draw that made
//! the forward pass (Blundell et al. 2015, equation 2), and its expectation.

use super::elementwise::{Map1, Map3, map1, map3};
use super::gradient::with_gradient2;
use super::kernels::Kernels;
use super::objective::{Term, constant};
use super::real::Real;
use super::sums::{scalar, sum_map};
use super::variational::Posterior;
use candle_core::{Device, Result, Tensor};
use elbo_compiler::analysis::{ScaleMixture, mixture_divergence};
use std::f64::consts::PI;

/// Σ ln q(w) − ln p(w) at the draw w = μ + σ ⊙ ε, with its gradient through w: −s along μ and −1/σ − ε·s along σ,
/// where s = d ln p/dw.
pub(super) fn drawn(kernels: Kernels, posterior: &Posterior, prior: ScaleMixture, noise: Tensor) -> Result<Term> {
    let Posterior { mean, deviation } = posterior;
    let (q_mean, q_deviation) = (mean.detach(), deviation.detach());
    let draw = (&q_mean + (&q_deviation * &noise)?)?;
    let (sum, value) = match kernels {
        Kernels::Fused => {
            let posterior =
                sum_map(&q_deviation, &noise, |deviation, noise| -deviation.ln() - 0.5 * (noise * noise + TWO_PI_LN))?;
            let value = posterior - sum_map(&draw, &draw, |w, _| prior.log_density(w))?;
            (constant(value, mean)?, value)
        }
        Kernels::Portable => {
            let posterior = (noise.sqr()?.affine(-0.5, -0.5 * TWO_PI_LN)? - q_deviation.log()?)?;
            let sum = (posterior - log_density(&prior, &draw)?)?.sum_all()?;
            (sum.clone(), scalar(&sum)?)
        }
    };
    let tensor = with_gradient2("drawn-divergence", [mean, deviation], sum, move |[mean, deviation], _, g| {
        let draw = (mean + (deviation * &noise)?)?;
        match kernels {
            Kernels::Fused => {
                let scale = scalar(g)?;
                let slope = map1(Slope { prior, scale }, &draw)?;
                Ok([Some(slope.neg()?), Some(map3(AlongDeviation { scale }, deviation, &noise, &slope)?)])
            }
            Kernels::Portable => {
                let slope = slope(&prior, &draw)?;
                let along_deviation = ((&noise * &slope)? + deviation.recip()?)?.neg()?;
                Ok([Some(slope.neg()?.broadcast_mul(g)?), Some(along_deviation.broadcast_mul(g)?)])
            }
        }
    })?;
    Ok(Term { tensor, value })
}

/// KL(q‖p), the expectation of [`drawn`], by quadrature on the host.
pub(super) fn expected(posterior: &Posterior, prior: &ScaleMixture) -> Result<f64> {
    let on_host = |tensor: &Tensor| tensor.detach().to_device(&Device::Cpu);
    let (mean, deviation) = (on_host(&posterior.mean)?, on_host(&posterior.deviation)?);
    sum_map(&mean, &deviation, |mean, deviation| mixture_divergence(mean, deviation, prior))
}

/// ln(2π)
const TWO_PI_LN: f64 = 1.837_877_066_409_345_3;

/// The logarithms of the components' parts of the density, but for −½·ln(2π).
fn parts(prior: &ScaleMixture, draw: &Tensor) -> Result<[Tensor; 2]> {
    let squares = draw.sqr()?;
    let part = |at: usize| squares.affine(-0.5 * prior.precisions[at], prior.heights[at]);
    Ok([part(0)?, part(1)?])
}

/// As [`ScaleMixture::log_density`].
fn log_density(prior: &ScaleMixture, draw: &Tensor) -> Result<Tensor> {
    let [first, second] = parts(prior, draw)?;
    let ratio = (&first - &second)?.abs()?.neg()?.exp()?;
    first.maximum(&second)? + (ratio + 1.0)?.log()?.affine(1.0, -0.5 * (2.0 * PI).ln())?
}

/// As [`ScaleMixture::log_density_slope`].
fn slope(prior: &ScaleMixture, draw: &Tensor) -> Result<Tensor> {
    let [first, second] = parts(prior, draw)?;
    let share = ((second - first)?.exp()? + 1.0)?.recip()?;
    let precision = share.affine(prior.precisions[0] - prior.precisions[1], prior.precisions[1])?;
    (draw * precision)?.neg()
}

struct Slope {
    prior: ScaleMixture,
    scale: f64,
}

impl Map1 for Slope {
    fn apply<R: Real>(&self, draw: R) -> R {
        R::from_f64(self.scale * self.prior.log_density_slope(draw.to_f64()))
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
