//! The jackknife over draws of real targets: every mean again, with some of the draws left out.

use super::input::{ValueDraws, mixture_cost};
use super::intervals::RegressionErrors;
use crate::uncertainty::{group_of_draw, groups_of_draws, jackknife_standard_error};

/// Sums over inputs without each group of draws: squares, distances, negative log-likelihood, `E[σ²]`, and `Var[μ]` in the
/// T/(T − 1) form.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ValueReplicates {
    sums: Vec<[f64; 5]>,
    inputs: usize,
    targets: usize,
    samples: usize,
}

impl ValueReplicates {
    /// For so many draws.
    pub fn new(samples: usize) -> Self {
        Self { sums: vec![[0.0; 5]; groups_of_draws(samples)], inputs: 0, targets: 0, samples }
    }

    /// The sums of one input.
    pub fn of(draws: &ValueDraws) -> Vec<[f64; 5]> {
        let samples = draws.samples();
        let costs = draws.costs();
        let without = |group: usize| {
            let kept: Vec<usize> = (0..samples).filter(|&draw| group_of_draw(draw, samples) != group).collect();
            let count = kept.len() as f64;
            let left: Vec<f64> = kept.iter().map(|&draw| costs[draw]).collect();
            let mut sums = [0.0, 0.0, mixture_cost(&left), 0.0, 0.0];
            for (marginal, value) in draws.marginals.iter().zip(&draws.values) {
                let mean = kept.iter().map(|&draw| marginal.means[draw]).sum::<f64>() / count;
                let spread = kept.iter().map(|&draw| (marginal.means[draw] - mean).powi(2)).sum::<f64>();
                sums[0] += (value - mean).powi(2);
                sums[1] += (value - mean).abs();
                sums[3] += kept.iter().map(|&draw| marginal.log_variances[draw].exp()).sum::<f64>() / count;
                sums[4] += spread / (count - 1.0);
            }
            sums
        };
        (0..groups_of_draws(samples)).map(without).collect()
    }

    /// Adds the sums of an input with so many targets.
    pub fn add(&mut self, sums: &[[f64; 5]], targets: usize) {
        for (all, more) in self.sums.iter_mut().zip(sums) {
            all.iter_mut().zip(more).for_each(|(sum, value)| *sum += value);
        }
        self.inputs += 1;
        self.targets += targets;
    }

    /// Standard errors of the figures over draws; `None` for T = 1, of the epistemic figures below T = 3.
    pub fn standard_errors(&self) -> RegressionErrors {
        let (inputs, targets) = (self.inputs as f64, self.targets as f64);
        let error = |at: usize, count: f64, shape: fn(f64) -> f64| {
            let figures: Vec<f64> = self.sums.iter().map(|sums| shape(sums[at] / count)).collect();
            jackknife_standard_error(&figures)
        };
        let same = |figure: f64| figure;
        // Without one draw of two nothing is left to differ.
        let unbiased = if self.samples > 2 { error(4, inputs, same) } else { None };
        let biased = (self.samples as f64 - 1.0) / self.samples as f64;
        RegressionErrors {
            root_mean_squared_error: error(0, targets, f64::sqrt),
            mean_absolute_error: error(1, targets, same),
            negative_log_likelihood: error(2, inputs, same),
            aleatoric: error(3, inputs, same),
            epistemic: unbiased.map(|error| error * biased),
            epistemic_unbiased: unbiased,
        }
    }
}
