//! The Kullback–Leibler divergence of one Gaussian weight q(w) = N(μ, σ²) from a prior by the prior's log-density, in
//! nats. Training estimates it on draws of the weights; here is what to expect of them, by quadrature.
//!
//! The posterior always comes first: KL(q‖p), not KL(p‖q).

use super::quadrature::integrate;
use std::fmt::Debug;

/// ½·ln(2π)
pub(super) const HALF_LN_TWO_PI: f64 = 0.918_938_533_204_672_7;

/// How far from its mean, in standard deviations, a posterior is integrated; what lies beyond weighs 10⁻²³.
const REACH: f64 = 10.0;

/// The difference of two rules at which an integral is good enough; its error is far smaller.
const TOLERANCE: f64 = 1e-10;

/// The same where there may be millions of weights to integrate.
const TOLERANCE_OF_MANY: f64 = 1e-6;

/// ln p of a prior, with its constants worked out.
pub trait LogDensity: Debug + Send + Sync {
    /// ln p(w)
    fn at(&self, w: f64) -> f64;

    /// d ln p/dw
    fn slope(&self, w: f64) -> f64;

    /// Where it changes its character, so that integrals are divided there.
    fn divisions(&self) -> Vec<f64> {
        Vec::new()
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

/// Mean and variance of ln q(w) − ln p(w), for a prior whose KL has no closed form: what a training step adds up over
/// weights is a single draw of it. By adaptive quadrature, to some ten digits.
pub fn draw_moments(q_mean: f64, q_deviation: f64, prior: &dyn LogDensity) -> DrawMoments {
    let difference = log_ratio_from_centre(q_mean, q_deviation, prior);
    let [first, second] = integrate(&divisions(q_mean, q_deviation, prior), TOLERANCE, &|z| {
        let difference = difference(z);
        let weighted = standard_density(z) * difference;
        [weighted, weighted * difference]
    });
    let mean = log_ratio_at_centre(q_mean, q_deviation, prior) + first;
    DrawMoments { mean, variance: (second - first * first).max(0.0) }
}

/// KL(q‖p) alone: cheaper than [`draw_moments`], to some seven digits.
pub fn expected_divergence(q_mean: f64, q_deviation: f64, prior: &dyn LogDensity) -> f64 {
    let difference = log_ratio_from_centre(q_mean, q_deviation, prior);
    let divisions = divisions(q_mean, q_deviation, prior);
    let [mean, _] = integrate(&divisions, TOLERANCE_OF_MANY, &|z| [standard_density(z) * difference(z), 0.0]);
    log_ratio_at_centre(q_mean, q_deviation, prior) + mean
}

/// ln q − ln p at w = μ.
fn log_ratio_at_centre(q_mean: f64, q_deviation: f64, prior: &dyn LogDensity) -> f64 {
    -HALF_LN_TWO_PI - q_deviation.ln() - prior.at(q_mean)
}

/// How much larger ln q − ln p is at w = μ + σz than at w = μ, as a function of z: differences from a typical value
/// keep the digits of a small variance.
fn log_ratio_from_centre(q_mean: f64, q_deviation: f64, prior: &dyn LogDensity) -> impl Fn(f64) -> f64 {
    let at_centre = prior.at(q_mean);
    move |z| at_centre - 0.5 * z * z - prior.at(q_mean + q_deviation * z)
}

/// The density of N(0, 1).
fn standard_density(z: f64) -> f64 {
    (-0.5 * z * z - HALF_LN_TWO_PI).exp()
}

/// The range of z, divided where the prior changes its character.
fn divisions(q_mean: f64, q_deviation: f64, prior: &dyn LogDensity) -> Vec<f64> {
    let mut points = vec![-REACH, 0.0, REACH];
    let inside = |place: f64| (place - q_mean) / q_deviation;
    points.extend(prior.divisions().into_iter().map(inside).filter(|point| point.abs() < REACH));
    points.sort_by(f64::total_cmp);
    points
}
