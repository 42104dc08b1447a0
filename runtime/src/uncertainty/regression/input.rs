//! One input with real targets: its draws, and its scores.

use super::{GaussianMixture, Marginal};
use crate::uncertainty::log_sum::LogSum;

/// Probabilities of the central intervals that are checked, and the quantiles of the standard normal distribution at their
/// upper ends.
pub const LEVELS: [(f64, f64); 3] =
    [(0.5, 0.674_489_750_196_081_7), (0.9, 1.644_853_626_951_472_2), (0.95, 1.959_963_984_540_054)];

/// The draws of one input, and what its targets really are.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueDraws<M = GaussianMixture> {
    /// The predictive distribution of each target; given a draw of the network, targets are independent.
    pub marginals: Vec<M>,
    /// The targets.
    pub values: Vec<f64>,
}

/// A central interval, and whether the target lies in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CentralInterval {
    /// Whether the target lies in it.
    pub covers: bool,
    /// How wide it is.
    pub width: f64,
    /// Its width, and 2/(1 − level) times how far the target lies outside: the interval score, in the target's units
    /// (Gneiting & Raftery 2007, equation 43).
    pub score: f64,
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
    /// The continuous ranked probability score of each target, in its units.
    pub ranked_probability: Vec<f64>,
    /// F(y) of each target: the probability of no more than it; anywhere in its jump where F jumps at it.
    pub transform: Vec<f64>,
    /// Of each target, for each of [`LEVELS`], its central interval.
    pub intervals: Vec<[CentralInterval; LEVELS.len()]>,
}

impl<M: Marginal> ValueDraws<M> {
    /// How many draws there are.
    pub fn samples(&self) -> usize {
        self.marginals.first().map_or(0, M::samples)
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

    /// Σ (y − μ̄)² over targets, which must have one unit.
    pub fn squared_error(&self) -> f64 {
        self.marginals.iter().zip(&self.values).map(|(marginal, y)| (y - marginal.mean()).powi(2)).sum()
    }

    /// Every score, for distributions without jumps.
    pub fn score(&self) -> ValueScores {
        self.score_by(&vec![0.5; self.values.len()])
    }

    /// Every score. Where a distribution jumps at a target, the target's coin between 0 and 1 decides where in the jump it
    /// lies, so that right distributions have even transforms and the coverage of their intervals' levels (randomised PIT:
    /// Czado, Gneiting & Held 2009, section 2).
    pub fn score_by(&self, coins: &[f64]) -> ValueScores {
        let each = |of: fn(&M) -> f64| self.marginals.iter().map(of).collect::<Vec<f64>>();
        let of_values = |of: fn(&M, f64) -> f64| -> Vec<f64> {
            self.marginals.iter().zip(&self.values).map(|(marginal, &value)| of(marginal, value)).collect()
        };
        let places = self.marginals.iter().zip(&self.values).zip(coins);
        let transform: Vec<f64> = places.map(|((marginal, &value), &coin)| marginal.transform(value, coin)).collect();
        let all = self.marginals.iter().zip(&self.values).zip(&transform);
        let intervals = all.map(|((marginal, &value), &below)| {
            LEVELS.map(|(level, z)| {
                let tail = 0.5 * (1.0 - level);
                let (low, high) = (marginal.quantile(tail, -z), marginal.quantile(1.0 - tail, z));
                let outside = (low - value).max(value - high).max(0.0);
                CentralInterval {
                    covers: below >= tail && below <= 1.0 - tail,
                    width: high - low,
                    score: high - low + outside / tail,
                }
            })
        });
        ValueScores {
            values: self.values.clone(),
            means: each(M::mean),
            aleatoric: each(M::aleatoric),
            epistemic: (self.samples() > 1).then(|| each(M::epistemic)),
            negative_log_likelihood: self.negative_log_likelihood(),
            ranked_probability: of_values(M::continuous_ranked_probability_score),
            intervals: intervals.collect(),
            transform,
        }
    }
}

/// −ln of the mean of e^(−cost), without overflow.
pub(super) fn mixture_cost(costs: &[f64]) -> f64 {
    let mut sum = LogSum::EMPTY;
    costs.iter().for_each(|cost| sum.add(-cost));
    0.0 - sum.log_mean(costs.len())
}
