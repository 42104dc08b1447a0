//! The predictive distribution of one real target.

use crate::backend::target_cost;
use crate::uncertainty::normal::{folded_mean, normal_cdf};

/// Iterations that a quantile takes at most; bisection alone halves its bracket in each.
const MOST_ITERATIONS: usize = 200;
/// Draws that are compared with each other.
const MOST_PAIRED: usize = 256;

/// T normal distributions with equal weights.
#[derive(Debug, Clone, PartialEq)]
pub struct GaussianMixture {
    /// μ of each.
    pub means: Vec<f64>,
    /// s = ln σ² of each.
    pub log_variances: Vec<f64>,
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

    /// `E[σ²]`, the variance within the draws.
    pub fn aleatoric(&self) -> f64 {
        self.log_variances.iter().map(|s| s.exp()).sum::<f64>() / self.samples() as f64
    }

    /// `Var[μ]` in the 1/T form, the variance between the draws.
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

    /// The mean of |y − x| over each draw's distribution of x.
    pub(super) fn distances(&self, value: f64) -> Vec<f64> {
        self.means.iter().zip(self.deviations()).map(|(mu, sigma)| folded_mean(value - mu, sigma)).collect()
    }

    /// The draws between which distances are taken: all of up to 256, else every n-th, so that time does not grow with T².
    pub(super) fn paired_draws(&self) -> Vec<usize> {
        (0..self.samples()).step_by(self.samples().div_ceil(MOST_PAIRED).max(1)).collect()
    }

    /// The mean of |x − x′| where x and x′ are of these two draws.
    pub(super) fn distance_between(&self, one: usize, other: usize) -> f64 {
        let variance = self.log_variances[one].exp() + self.log_variances[other].exp();
        folded_mean(self.means[one] - self.means[other], variance.sqrt())
    }

    /// The continuous ranked probability score E|y − x| − ½·E|x − x′| of the mixture, in the target's units; 0 is best
    /// (Gneiting & Raftery 2007, equation 21; in closed form Grimit, Gneiting, Berrocal & Johnson 2006, equation 5).
    pub fn continuous_ranked_probability_score(&self, value: f64) -> f64 {
        let draws = self.paired_draws();
        let mut spread = 0.0;
        for (place, &one) in draws.iter().enumerate() {
            spread += 0.5 * self.distance_between(one, one);
            spread += draws[..place].iter().map(|&other| self.distance_between(one, other)).sum::<f64>();
        }
        let distance = self.distances(value).iter().sum::<f64>() / self.samples() as f64;
        distance - spread / (draws.len() * draws.len()) as f64
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
