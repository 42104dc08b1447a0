//! The predictive distribution of one real target: a mixture of the distributions of T draws of a network.

use elbo_compiler::outputs::OutputFamily;
use std::fmt::Debug;

/// Iterations that a quantile takes at most; bisection alone halves its bracket in each.
const MOST_ITERATIONS: usize = 200;
/// Draws that are compared with each other.
const MOST_PAIRED: usize = 256;

/// The units of a target: y = `shift` + `factor`·x of a network's own x.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Units {
    /// Where 0 lies.
    pub shift: f64,
    /// How long 1 is, above 0.
    pub factor: f64,
}

/// A family whose targets are real numbers.
pub trait RealFamily: OutputFamily + Sync {
    /// The predictive distribution of a target.
    type Marginal: Marginal;

    /// The distribution of a target by each draw, in the units asked for. `rows` are the outputs of an example, one row for
    /// each draw; `learned` is what the output has learned beside the layers, likewise; `place` is the target and how many
    /// an example has.
    fn marginal(
        &self,
        rows: &[&[f32]],
        learned: &[Vec<f64>],
        place: [usize; 2],
        units: Option<Units>,
    ) -> Self::Marginal;
}

/// T distributions of one family with equal weights. A family gives what is known of one draw's distribution; the rest
/// follows for the mixture.
pub trait Marginal: Debug + Clone + PartialEq + Send + Sync {
    /// How many draws it is made of.
    fn samples(&self) -> usize;

    /// μ of a draw.
    fn mean_of(&self, draw: usize) -> f64;

    /// σ² of a draw.
    fn variance_of(&self, draw: usize) -> f64;

    /// −ln p_t(y) of a draw, in nats.
    fn cost_of(&self, draw: usize, value: f64) -> f64;

    /// The probability of no more than `value` by a draw.
    fn cdf_of(&self, draw: usize, value: f64) -> f64;

    /// The quantile of the family's standard distribution at probability `share`, which is the probability that the standard
    /// normal distribution does not exceed `z`.
    fn standard_quantile(&self, _share: f64, z: f64) -> f64 {
        z
    }

    /// The quantile of a draw's distribution at the probability at which [`Self::standard_quantile`] is `standard`.
    fn quantile_of(&self, draw: usize, standard: f64) -> f64;

    /// The mean of |y − x| over a draw's distribution of x.
    fn distance_of(&self, draw: usize, value: f64) -> f64;

    /// The mean of |x − x′| where x and x′ are of these two draws.
    fn distance_between(&self, one: usize, other: usize) -> f64;

    /// μ̄
    fn mean(&self) -> f64 {
        self.mean_over(|draw| self.mean_of(draw))
    }

    /// `E[σ²]`, the variance within the draws.
    fn aleatoric(&self) -> f64 {
        self.mean_over(|draw| self.variance_of(draw))
    }

    /// `Var[μ]` in the 1/T form, the variance between the draws.
    fn epistemic(&self) -> f64 {
        let mean = self.mean();
        self.mean_over(|draw| (self.mean_of(draw) - mean) * (self.mean_of(draw) - mean))
    }

    /// −ln p_t(y) of each draw, in nats.
    fn costs(&self, value: f64) -> impl Iterator<Item = f64> {
        (0..self.samples()).map(move |draw| self.cost_of(draw, value))
    }

    /// The probability of no more than `value`.
    fn cdf(&self, value: f64) -> f64 {
        self.mean_over(|draw| self.cdf_of(draw, value))
    }

    /// F(value), at which a coin `u` between 0 and 1 decides where the distribution jumps there: then it is as likely to lie
    /// anywhere between 0 and 1 as where it does not jump (Czado, Gneiting & Held 2009).
    fn transform(&self, value: f64, _u: f64) -> f64 {
        self.cdf(value)
    }

    /// What is no distribution of finite mean and positive variance, in a word.
    fn fault(&self) -> Option<&'static str> {
        let draws = 0..self.samples();
        if !draws.clone().all(|draw| self.mean_of(draw).is_finite()) {
            return Some("mean");
        }
        (!draws.clone().all(|draw| self.variance_of(draw).is_normal())).then_some("variance")
    }

    /// The mean over the draws.
    fn mean_over(&self, of: impl Fn(usize) -> f64) -> f64 {
        (0..self.samples()).map(of).sum::<f64>() / self.samples() as f64
    }

    /// The draws between which distances are taken: all of up to 256, else every n-th, so that time does not grow with T².
    fn paired_draws(&self) -> Vec<usize> {
        (0..self.samples()).step_by(self.samples().div_ceil(MOST_PAIRED).max(1)).collect()
    }

    /// The continuous ranked probability score E|y − x| − ½·E|x − x′| of the mixture, in the target's units; 0 is best
    /// (Gneiting & Raftery 2007, equation 21; of normal distributions in closed form Grimit, Gneiting, Berrocal & Johnson
    /// 2006, equation 5).
    fn continuous_ranked_probability_score(&self, value: f64) -> f64 {
        let draws = self.paired_draws();
        let mut spread = 0.0;
        for (place, &one) in draws.iter().enumerate() {
            spread += 0.5 * self.distance_between(one, one);
            spread += draws[..place].iter().map(|&other| self.distance_between(one, other)).sum::<f64>();
        }
        let distance = self.mean_over(|draw| self.distance_of(draw, value));
        distance - spread / (draws.len() * draws.len()) as f64
    }

    /// The value that is not exceeded with probability `share`, which is the probability that the standard normal
    /// distribution does not exceed `z`. By Newton's method inside a bracket that the draws' own quantiles give.
    fn quantile(&self, share: f64, z: f64) -> f64 {
        let standard = self.standard_quantile(share, z);
        let own = (0..self.samples()).map(|draw| self.quantile_of(draw, standard));
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
            let density = self.mean_over(|draw| (-self.cost_of(draw, value)).exp());
            let next = value - excess / density;
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
