//! One input with real targets: its draws, and its scores.

use super::mixture::GaussianMixture;

/// Probabilities of the central intervals that are checked, and the quantiles of the standard normal distribution at their
/// upper ends.
pub const LEVELS: [(f64, f64); 3] =
    [(0.5, 0.674_489_750_196_081_7), (0.9, 1.644_853_626_951_472_2), (0.95, 1.959_963_984_540_054)];

/// The draws of one input, and what its targets really are.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueDraws {
    /// The predictive distribution of each target; given a draw of the network, targets are independent.
    pub marginals: Vec<GaussianMixture>,
    /// The targets.
    pub values: Vec<f64>,
}

/// How one input was predicted.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueScores {
    /// Its targets.
    pub values: Vec<f64>,
    /// μ̄ of each target.
    pub means: Vec<f64>,
    /// `E[σ²]` of each target.
    pub aleatoric: Vec<f64>,
    /// `Var[μ]` of each target in the 1/T form; `None` for T = 1.
    pub epistemic: Option<Vec<f64>>,
    /// −ln p(y) of all targets together, in nats.
    pub negative_log_likelihood: f64,
    /// For each of [`LEVELS`], how many targets lie in their central interval.
    pub covered: [usize; LEVELS.len()],
    /// For each of [`LEVELS`], the sum over targets of how wide their central intervals are.
    pub widths: [f64; LEVELS.len()],
}

impl ValueDraws {
    /// How many draws there are.
    pub fn samples(&self) -> usize {
        self.marginals.first().map_or(0, GaussianMixture::samples)
    }

    /// −ln p_t(y) of each draw, in nats: the sum over targets.
    pub fn costs(&self) -> Vec<f64> {
        let mut costs = vec![0.0; self.samples()];
        for (marginal, &value) in self.marginals.iter().zip(&self.values) {
            costs.iter_mut().zip(marginal.costs(value)).for_each(|(sum, cost)| *sum += cost);
        }
        costs
    }

    /// −ln (1/T)·Σ p_t(y), in nats: that of the mixture.
    pub fn negative_log_likelihood(&self) -> f64 {
        mixture_cost(&self.costs())
    }

    /// Σ (y − μ̄)² over targets.
    pub fn squared_error(&self) -> f64 {
        self.marginals.iter().zip(&self.values).map(|(marginal, y)| (y - marginal.mean()).powi(2)).sum()
    }

    /// Every score.
    pub fn score(&self) -> ValueScores {
        let each = |of: fn(&GaussianMixture) -> f64| self.marginals.iter().map(of).collect::<Vec<f64>>();
        let (mut covered, mut widths) = ([0; LEVELS.len()], [0.0; LEVELS.len()]);
        for (marginal, &value) in self.marginals.iter().zip(&self.values) {
            let below = marginal.cdf(value);
            for (at, (level, z)) in LEVELS.into_iter().enumerate() {
                let tail = 0.5 * (1.0 - level);
                covered[at] += usize::from(below >= tail && below <= 1.0 - tail);
                widths[at] += marginal.quantile(1.0 - tail, z) - marginal.quantile(tail, -z);
            }
        }
        ValueScores {
            values: self.values.clone(),
            means: each(GaussianMixture::mean),
            aleatoric: each(GaussianMixture::aleatoric),
            epistemic: (self.samples() > 1).then(|| each(GaussianMixture::epistemic)),
            negative_log_likelihood: self.negative_log_likelihood(),
            covered,
            widths,
        }
    }
}

impl ValueScores {
    /// Σ (y − μ̄)² over targets.
    pub fn squared_error(&self) -> f64 {
        self.values.iter().zip(&self.means).map(|(y, mean)| (y - mean) * (y - mean)).sum()
    }

    /// Σ |y − μ̄| over targets.
    pub fn absolute_error(&self) -> f64 {
        self.values.iter().zip(&self.means).map(|(y, mean)| (y - mean).abs()).sum()
    }

    /// Σ `E[σ²]` over targets.
    pub fn total_aleatoric(&self) -> f64 {
        self.aleatoric.iter().sum()
    }

    /// Σ `Var[μ]` over targets in the 1/T form; 0 for T = 1.
    pub fn total_epistemic(&self) -> f64 {
        self.epistemic.as_ref().map_or(0.0, |parts| parts.iter().sum())
    }

    /// The variance of the prediction, summed over targets.
    pub fn total_variance(&self) -> f64 {
        self.total_aleatoric() + self.total_epistemic()
    }
}

/// −ln of the mean of e^(−cost), without overflow.
pub(super) fn mixture_cost(costs: &[f64]) -> f64 {
    let least = costs.iter().copied().fold(f64::INFINITY, f64::min);
    let sum: f64 = costs.iter().map(|cost| (least - cost).exp()).sum();
    least - (sum / costs.len() as f64).ln()
}
