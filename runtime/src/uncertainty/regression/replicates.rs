//! The jackknife over draws of real targets: every mean again, with some of the draws left out.

use super::Marginal;
use super::errors::RegressionErrors;
use super::input::{ValueDraws, mixture_cost};
use crate::uncertainty::{group_of_draw, groups_of_draws, jackknife_standard_error};

/// The figures of an input that are summed, those with a unit over targets: squares, distances, negative log-likelihood,
/// `E[σ²]`, `Var[μ]` in the T/(T − 1) form, continuous ranked probability score.
const FIGURES: usize = 6;

/// Sums over inputs without each group of draws.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ValueReplicates {
    sums: Vec<[f64; FIGURES]>,
    inputs: usize,
    targets: usize,
    samples: usize,
}

impl ValueReplicates {
    /// For so many draws.
    pub fn new(samples: usize) -> Self {
        Self { sums: vec![[0.0; FIGURES]; groups_of_draws(samples)], inputs: 0, targets: 0, samples }
    }

    /// The sums of one input.
    pub fn of<M: Marginal>(draws: &ValueDraws<M>) -> Vec<[f64; FIGURES]> {
        let samples = draws.samples();
        let costs = draws.costs();
        let ranked: Vec<RankedParts> =
            draws.marginals.iter().zip(&draws.values).map(|(marginal, y)| RankedParts::new(marginal, *y)).collect();
        let without = |group: usize| {
            let kept: Vec<usize> = (0..samples).filter(|&draw| group_of_draw(draw, samples) != group).collect();
            let count = kept.len() as f64;
            let left: Vec<f64> = kept.iter().map(|&draw| costs[draw]).collect();
            let mut sums = [0.0, 0.0, mixture_cost(&left), 0.0, 0.0, 0.0];
            for (marginal, value) in draws.marginals.iter().zip(&draws.values) {
                let mean = kept.iter().map(|&draw| marginal.mean_of(draw)).sum::<f64>() / count;
                let spread = kept.iter().map(|&draw| (marginal.mean_of(draw) - mean).powi(2)).sum::<f64>();
                sums[0] += (value - mean).powi(2);
                sums[1] += (value - mean).abs();
                sums[3] += kept.iter().map(|&draw| marginal.variance_of(draw)).sum::<f64>() / count;
                sums[4] += spread / (count - 1.0);
            }
            sums[5] = ranked.iter().map(|parts| parts.without(group)).sum();
            sums
        };
        (0..groups_of_draws(samples)).map(without).collect()
    }

    /// Adds the sums of an input with so many targets.
    pub fn add(&mut self, sums: &[[f64; FIGURES]], targets: usize) {
        for (all, more) in self.sums.iter_mut().zip(sums) {
            all.iter_mut().zip(more).for_each(|(sum, value)| *sum += value);
        }
        self.inputs += 1;
        self.targets += targets;
    }

    /// Standard errors of the figures over draws; `None` for T = 1, of the epistemic figures below T = 3, and of what has a
    /// unit for several targets.
    pub fn standard_errors(&self) -> RegressionErrors {
        let inputs = self.inputs as f64;
        let one_target = self.targets == self.inputs;
        let error = |at: usize, shape: fn(f64) -> f64| {
            let figures: Vec<f64> = self.sums.iter().map(|sums| shape(sums[at] / inputs)).collect();
            jackknife_standard_error(&figures)
        };
        let own = |at: usize, shape: fn(f64) -> f64| if one_target { error(at, shape) } else { None };
        let same = |figure: f64| figure;
        // Without one draw of two nothing is left to differ.
        let unbiased = if self.samples > 2 { own(4, same) } else { None };
        let biased = (self.samples as f64 - 1.0) / self.samples as f64;
        RegressionErrors {
            root_mean_squared_error: own(0, f64::sqrt),
            mean_absolute_error: own(1, same),
            continuous_ranked_probability_score: own(5, same),
            negative_log_likelihood: error(2, same),
            // What rounding makes of noise that is the same in every draw is no error.
            aleatoric: own(3, same)
                .filter(|error| *error * inputs > 1e-9 * self.sums.iter().map(|sums| sums[3]).fold(0.0, f64::max)),
            epistemic: unbiased.map(|error| error * biased),
            epistemic_unbiased: unbiased,
        }
    }
}

/// The sums that a continuous ranked probability score is made of, by groups of draws.
struct RankedParts {
    /// Draws of each group, and the sum of their distances from the target.
    distances: Vec<(f64, f64)>,
    /// Draws of each group that are compared with others.
    paired: Vec<f64>,
    /// Sums of the distances between the draws of two groups.
    between: Vec<Vec<f64>>,
}

impl RankedParts {
    fn new(marginal: &impl Marginal, value: f64) -> Self {
        let samples = marginal.samples();
        let groups = groups_of_draws(samples);
        let mut parts = Self {
            distances: vec![(0.0, 0.0); groups],
            paired: vec![0.0; groups],
            between: vec![vec![0.0; groups]; groups],
        };
        if groups == 0 {
            return parts;
        }
        for draw in 0..samples {
            let (count, sum) = &mut parts.distances[group_of_draw(draw, samples)];
            *count += 1.0;
            *sum += marginal.distance_of(draw, value);
        }
        let draws = marginal.paired_draws();
        for (place, &one) in draws.iter().enumerate() {
            let group = group_of_draw(one, samples);
            parts.paired[group] += 1.0;
            parts.between[group][group] += marginal.distance_between(one, one);
            for &other in &draws[..place] {
                let distance = marginal.distance_between(one, other);
                let second = group_of_draw(other, samples);
                parts.between[group][second] += distance;
                parts.between[second][group] += distance;
            }
        }
        parts
    }

    /// The score without a group of draws.
    fn without(&self, left_out: usize) -> f64 {
        let kept = |group: &usize| *group != left_out;
        let groups = 0..self.paired.len();
        let (count, sum) = groups
            .clone()
            .filter(kept)
            .fold((0.0, 0.0), |(count, sum), group| (count + self.distances[group].0, sum + self.distances[group].1));
        let paired: f64 = groups.clone().filter(kept).map(|group| self.paired[group]).sum();
        let between: f64 = groups
            .clone()
            .filter(kept)
            .map(|one| groups.clone().filter(kept).map(|other| self.between[one][other]).sum::<f64>())
            .sum();
        sum / count - 0.5 * between / (paired * paired)
    }
}
