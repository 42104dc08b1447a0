//! The Kullback–Leibler divergence of one Gaussian weight q(w) = N(μ, σ²) from each kind of prior, in nats: the one
//! home of these formulas, for analyses before a run and for every backend.
//!
//! The posterior always comes first: KL(q‖p), not KL(p‖q).

use super::quadrature::integrate;
use crate::ir::Prior;
use std::f64::consts::{FRAC_1_SQRT_2, LN_2, PI};

/// ½·ln(2π)
const HALF_LN_TWO_PI: f64 = 0.918_938_533_204_672_7;

/// How far from its mean, in standard deviations, a posterior is integrated; what lies beyond weighs 10⁻²³.
const REACH: f64 = 10.0;

/// The difference of two rules at which an integral is good enough; its error is far smaller.
const TOLERANCE: f64 = 1e-10;

/// The same where there may be millions of weights to integrate.
const TOLERANCE_OF_MANY: f64 = 1e-6;

/// KL(q‖p) = ln(σ_p/σ_q) + (σ_q² + (μ_q − μ_p)²)/(2σ_p²) − ½ of one Gaussian from another (Kingma & Welling 2014,
/// appendix B, for any prior). Deviations are positive.
pub fn gaussian_divergence(q_mean: f64, q_deviation: f64, p_mean: f64, p_deviation: f64) -> f64 {
    let ratio = q_deviation / p_deviation;
    let distance = (q_mean - p_mean) / p_deviation;
    // One form for all: with r = σ_q/σ_p it is −ln r + (r² − 1)/2 + d²/2.
    -ratio.ln() + 0.5 * ((ratio - 1.0) * (ratio + 1.0) + distance * distance)
}

/// KL(q‖p) of a Gaussian from a Laplace prior of mean m and scale b, in closed form:
/// −½·ln(2πeσ²) + ln(2b) + E|w − m|/b, where with d = μ − m the mean of the folded normal distribution is E|w − m| =
/// σ·√(2/π)·e^(−d²/2σ²) + d·erf(d/(σ√2)) (Leone, Nelson & Nottingham 1961). Deviation and scale are positive.
pub fn laplace_divergence(q_mean: f64, q_deviation: f64, p_mean: f64, p_scale: f64) -> f64 {
    // In units of the scale: KL does not change, and nothing overflows before it must.
    let (deviation, distance) = (q_deviation / p_scale, (q_mean - p_mean) / p_scale);
    let z = distance / deviation;
    let absolute = deviation * (2.0 / PI).sqrt() * (-0.5 * z * z).exp() + distance * libm::erf(z * FRAC_1_SQRT_2);
    LN_2 - deviation.ln() - HALF_LN_TWO_PI - 0.5 + absolute
}

/// The derivatives of [`laplace_divergence`] along μ and σ: erf(d/(σ√2))/b, and √(2/π)·e^(−d²/2σ²)/b − 1/σ.
pub fn laplace_divergence_gradient(q_mean: f64, q_deviation: f64, p_mean: f64, p_scale: f64) -> [f64; 2] {
    let z = (q_mean - p_mean) / q_deviation;
    let along_mean = libm::erf(z * FRAC_1_SQRT_2) / p_scale;
    [along_mean, (2.0 / PI).sqrt() * (-0.5 * z * z).exp() / p_scale - 1.0 / q_deviation]
}

/// A scale mixture prior, p(w) = π·N(w; 0, σ₁²) + (1 − π)·N(w; 0, σ₂²) (Blundell et al. 2015, equation 7), with the
/// constants of its logarithm worked out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScaleMixture {
    /// ln of each component's share over its deviation.
    pub heights: [f64; 2],
    /// 1/σ² of each component.
    pub precisions: [f64; 2],
}

impl ScaleMixture {
    /// With the share π of the first component, in (0, 1), and the components' positive standard deviations.
    pub fn new(pi: f64, std1: f64, std2: f64) -> Self {
        let precision = |std: f64| 1.0 / (std * std);
        Self {
            heights: [pi.ln() - std1.ln(), (-pi).ln_1p() - std2.ln()],
            precisions: [precision(std1), precision(std2)],
        }
    }

    /// The logarithm of each component's part of the density, but for −½·ln(2π).
    fn parts(&self, w: f64) -> [f64; 2] {
        [0, 1].map(|at| self.heights[at] - 0.5 * self.precisions[at] * w * w)
    }

    /// ln p(w), by the larger part and the ratio of the other to it: neither part underflows.
    pub fn log_density(&self, w: f64) -> f64 {
        let [first, second] = self.parts(w);
        first.max(second) + (-(first - second).abs()).exp().ln_1p() - HALF_LN_TWO_PI
    }

    /// d ln p/dw = −w·(r/σ₁² + (1 − r)/σ₂²), r being the first component's share of the density at w.
    pub fn log_density_slope(&self, w: f64) -> f64 {
        let [first, second] = self.parts(w);
        let share = 1.0 / (1.0 + (second - first).exp());
        -w * (share * self.precisions[0] + (1.0 - share) * self.precisions[1])
    }

    /// Where, for w > 0, the components change places, or else how far the narrower one reaches.
    fn transition(&self) -> f64 {
        let [first, second] = self.parts(0.0);
        let difference = 0.5 * (self.precisions[0] - self.precisions[1]).abs();
        let height = if self.precisions[0] > self.precisions[1] { first - second } else { second - first };
        (height.max(1.0) / difference).sqrt()
    }
}

/// Mean and variance of ln q(w) − ln p(w) over draws w from q.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DrawMoments {
    /// KL(q‖p).
    pub mean: f64,
    /// Of one draw of one weight: the square of the standard error of a Monte Carlo estimate by it.
    pub variance: f64,
}

/// Mean and variance of ln q(w) − ln p(w) for a scale mixture prior, whose KL has no closed form: what a training
/// step adds up over weights is a single draw of it. By adaptive quadrature, to some ten digits.
pub fn mixture_draw_moments(q_mean: f64, q_deviation: f64, prior: &ScaleMixture) -> DrawMoments {
    let difference = log_ratio_from_centre(q_mean, q_deviation, prior);
    let [first, second] = integrate(&mixture_divisions(q_mean, q_deviation, prior), TOLERANCE, &|z| {
        let difference = difference(z);
        let weighted = standard_density(z) * difference;
        [weighted, weighted * difference]
    });
    let mean = log_ratio_at_centre(q_mean, q_deviation, prior) + first;
    DrawMoments { mean, variance: (second - first * first).max(0.0) }
}

/// KL(q‖p) of a Gaussian from a scale mixture alone: cheaper than [`mixture_draw_moments`], to some seven digits.
pub fn mixture_divergence(q_mean: f64, q_deviation: f64, prior: &ScaleMixture) -> f64 {
    let difference = log_ratio_from_centre(q_mean, q_deviation, prior);
    let divisions = mixture_divisions(q_mean, q_deviation, prior);
    let [mean, _] = integrate(&divisions, TOLERANCE_OF_MANY, &|z| [standard_density(z) * difference(z), 0.0]);
    log_ratio_at_centre(q_mean, q_deviation, prior) + mean
}

/// ln q − ln p at w = μ.
fn log_ratio_at_centre(q_mean: f64, q_deviation: f64, prior: &ScaleMixture) -> f64 {
    -HALF_LN_TWO_PI - q_deviation.ln() - prior.log_density(q_mean)
}

/// How much larger ln q − ln p is at w = μ + σz than at w = μ, as a function of z: differences from a typical value
/// keep the digits of a small variance.
fn log_ratio_from_centre(q_mean: f64, q_deviation: f64, prior: &ScaleMixture) -> impl Fn(f64) -> f64 {
    let at_centre = prior.log_density(q_mean);
    move |z| at_centre - 0.5 * z * z - prior.log_density(q_mean + q_deviation * z)
}

/// The density of N(0, 1).
fn standard_density(z: f64) -> f64 {
    (-0.5 * z * z - HALF_LN_TWO_PI).exp()
}

/// The range of z, divided around where the prior's components change places.
fn mixture_divisions(q_mean: f64, q_deviation: f64, prior: &ScaleMixture) -> Vec<f64> {
    let transition = prior.transition();
    let mut points = vec![-REACH, 0.0, REACH];
    for factor in [-4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0] {
        let point = (factor * transition - q_mean) / q_deviation;
        if point.abs() < REACH {
            points.push(point);
        }
    }
    points.sort_by(f64::total_cmp);
    points
}

/// KL(q‖p) for any prior: the closed form where there is one ([`Prior::has_closed_form`]), else the expectation by
/// quadrature.
pub fn divergence(q_mean: f64, q_deviation: f64, prior: &Prior) -> f64 {
    match *prior {
        Prior::Normal { mean, std } => gaussian_divergence(q_mean, q_deviation, mean, std),
        Prior::Laplace { mean, scale } => laplace_divergence(q_mean, q_deviation, mean, scale),
        Prior::ScaleMixture { pi, std1, std2 } => {
            mixture_divergence(q_mean, q_deviation, &ScaleMixture::new(pi, std1, std2))
        }
    }
}

#[cfg(test)]
mod tests;
