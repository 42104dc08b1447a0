//! The predictive distribution of one real target.

use crate::backend::target_cost;
use std::f64::consts::FRAC_1_SQRT_2;

/// Iterations that a quantile takes at most; bisection alone halves its bracket in each.
const MOST_ITERATIONS: usize = 200;

/// T normal distributions with equal weights.
#[derive(Debug, Clone, PartialEq)]
pub struct GaussianMixture {
    /// μ of each.
    pub means: Vec<f64>,
    /// s = ln σ² of each.
    pub log_variances: Vec<f64>,
}

/// The distribution function of the standard normal distribution.
fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z * FRAC_1_SQRT_2)
}

impl GaussianMixture {
    /// How many draws it is made of.
    pub fn samples(&self) -> usize {
        self.means.len()
    }

    fn deviations(&self) -> impl Iterator<Item = f64> {
        self.log_variances.iter().map(|s| (0.5 * s).exp())
    }

    /// μ̄
    pub fn mean(&self) -> f64 {
        self.means.iter().sum::<f64>() / self.samples() as f64
    }

    /// `E[σ²]`, what the data leave uncertain.
    pub fn aleatoric(&self) -> f64 {
        self.log_variances.iter().map(|s| s.exp()).sum::<f64>() / self.samples() as f64
    }

    /// `Var[μ]` in the 1/T form, what the network does not know.
    pub fn epistemic(&self) -> f64 {
        let mean = self.mean();
        self.means.iter().map(|mu| (mu - mean) * (mu - mean)).sum::<f64>() / self.samples() as f64
    }

    /// −ln N(y; μ_t, σ_t²) of each draw, in nats.
    pub fn costs(&self, value: f64) -> impl Iterator<Item = f64> {
        self.means.iter().zip(&self.log_variances).map(move |(mu, s)| target_cost(value - mu, *s))
    }

    /// The probability of no more than `value`.
    pub fn cdf(&self, value: f64) -> f64 {
        let parts = self.means.iter().zip(self.deviations()).map(|(mu, sigma)| normal_cdf((value - mu) / sigma));
        parts.sum::<f64>() / self.samples() as f64
    }

    fn density(&self, value: f64) -> f64 {
        self.costs(value).map(|cost| (-cost).exp()).sum::<f64>() / self.samples() as f64
    }

    /// The value that is not exceeded with probability `share`, which is the probability that the standard normal
    /// distribution does not exceed `z`. By Newton's method inside a bracket that the draws' own quantiles give.
    pub fn quantile(&self, share: f64, z: f64) -> f64 {
        let own = self.means.iter().zip(self.deviations()).map(|(mu, sigma)| mu + z * sigma);
        let (mut low, mut high) =
            own.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), q| (low.min(q), high.max(q)));
        let mut value = 0.5 * (low + high);
        for _ in 0..MOST_ITERATIONS {
            if high - low <= f64::EPSILON * low.abs().max(high.abs()) {
                break;
            }
            let excess = self.cdf(value) - share;
            if excess > 0.0 {
                high = value;
            } else {
                low = value;
            }
            let next = value - excess / self.density(value);
            let next = if next > low && next < high { next } else { 0.5 * (low + high) };
            if (next - value).abs() <= 0.5 * f64::EPSILON * next.abs() {
                value = next;
                break;
            }
            value = next;
        }
        value
    }
}
