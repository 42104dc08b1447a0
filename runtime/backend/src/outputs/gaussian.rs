//! The negative log-likelihood of real targets with normal distributions.

use super::marginal::{Marginal, RealFamily, Units};
use super::normal::{folded_mean, normal_cdf};
use super::observation::OnTensors;
use super::real_targets::TargetCost;
use elbo_compiler::ir::{Gaussian, NoiseModel};

/// Normal distributions of targets given the network's outputs (Nix & Weigend 1994, "Estimating the mean and variance of the
/// target probability distribution", equation 5): with mean μ and log-variance s each target y costs
/// ½·[ln 2π + s + (y − μ)²·e^(−s)] nats.
impl TargetCost for Gaussian {
    fn cost(&self, value: f64, [mean, log_variance]: [f64; 2]) -> f64 {
        target_cost(value - mean, log_variance)
    }

    /// −(y − μ)·e^(−s) along the mean, ½·[1 − (y − μ)²·e^(−s)] along the log-variance.
    fn slopes(&self, value: f64, [mean, log_variance]: [f64; 2], share: f64) -> [f64; 2] {
        let distance = value - mean;
        let precision = (-log_variance).exp();
        [-share * distance * precision, 0.5 * share * (1.0 - distance * distance * precision)]
    }

    fn on_tensors<'e>(&self, targets: usize, values: &'e [f64]) -> OnTensors<'e> {
        OnTensors::Gaussian(targets, values)
    }
}

/// T normal distributions with equal weights.
#[derive(Debug, Clone, PartialEq)]
pub struct GaussianMixture {
    /// μ of each.
    pub means: Vec<f64>,
    /// s = ln σ² of each.
    pub log_variances: Vec<f64>,
}

impl RealFamily for Gaussian {
    type Marginal = GaussianMixture;

    fn marginal(
        &self,
        rows: &[&[f32]],
        learned: &[Vec<f64>],
        [target, targets]: [usize; 2],
        units: Option<Units>,
    ) -> GaussianMixture {
        let mean = |row: &&[f32]| {
            let mean = f64::from(row[target]);
            units.map_or(mean, |Units { shift, factor }| shift + factor * mean)
        };
        let log_variance = |(row, learned): (&&[f32], &Vec<f64>)| {
            let given = match self.noise {
                NoiseModel::Heteroscedastic => f64::from(row[targets + target]),
                NoiseModel::Learned => learned.get(target).copied().unwrap_or(f64::NAN),
            };
            units.map_or(given, |units| given + 2.0 * units.factor.ln())
        };
        GaussianMixture {
            means: rows.iter().map(mean).collect(),
            log_variances: rows.iter().zip(learned).map(log_variance).collect(),
        }
    }
}

impl GaussianMixture {
    fn deviation_of(&self, draw: usize) -> f64 {
        (0.5 * self.log_variances[draw]).exp()
    }
}

impl Marginal for GaussianMixture {
    fn samples(&self) -> usize {
        self.means.len()
    }

    fn mean_of(&self, draw: usize) -> f64 {
        self.means[draw]
    }

    fn variance_of(&self, draw: usize) -> f64 {
        self.log_variances[draw].exp()
    }

    fn cost_of(&self, draw: usize, value: f64) -> f64 {
        target_cost(value - self.means[draw], self.log_variances[draw])
    }

    fn cdf_of(&self, draw: usize, value: f64) -> f64 {
        normal_cdf((value - self.means[draw]) / self.deviation_of(draw))
    }

    fn quantile_of(&self, draw: usize, standard: f64) -> f64 {
        self.means[draw] + standard * self.deviation_of(draw)
    }

    fn distance_of(&self, draw: usize, value: f64) -> f64 {
        folded_mean(value - self.means[draw], self.deviation_of(draw))
    }

    fn distance_between(&self, one: usize, other: usize) -> f64 {
        let variance = self.variance_of(one) + self.variance_of(other);
        folded_mean(self.means[one] - self.means[other], variance.sqrt())
    }
}

/// ½·[ln 2π + s + d²·e^(−s)]: what a target costs at this distance from the mean under this log-variance.
fn target_cost(distance: f64, log_variance: f64) -> f64 {
    0.5 * ((2.0 * std::f64::consts::PI).ln() + log_variance + distance * distance * (-log_variance).exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outputs::real_targets::{RealTargets, check_gradient};

    #[test]
    fn a_target_costs_what_scipy_says() {
        // -scipy.stats.norm(loc, scale).logpdf(y), scipy 1.16
        for (value, mean, deviation, expected) in [
            (0.0, 0.0, 1.0, 0.918_938_533_204_672_8),
            (1.5, -0.5, 0.5, 8.225_791_352_644_727),
            (-3.0, 2.0, 10.0, 3.346_523_626_198_718_4),
        ] {
            let found = target_cost(value - mean, 2.0 * f64::ln(deviation));
            assert!((found - expected).abs() < 1e-12, "{found} against {expected}");
        }
    }

    #[test]
    fn gradients_are_those_of_differences() {
        for noise in [NoiseModel::Learned, NoiseModel::Heteroscedastic] {
            let outputs = noise.outputs(2).expect("small");
            let values = [0.3, -1.0, 2.0, 0.7, -0.2, 0.1];
            let mut given: Vec<f64> = (0..3 * outputs).map(|at| (at as f64 * 1.7).sin()).collect();
            let mut learned = if noise == NoiseModel::Learned { vec![0.4, -0.9] } else { Vec::new() };
            check_gradient(&Gaussian { noise }, &mut given, &values, &mut learned);
        }
    }

    #[test]
    fn outputs_that_are_no_pairs_are_refused() {
        assert!(RealTargets::new(Gaussian { noise: NoiseModel::Heteroscedastic }, 3).is_err());
        assert!(RealTargets::new(Gaussian { noise: NoiseModel::Learned }, 0).is_err());
    }
}
