//! The negative log-likelihood of real targets with normal distributions.

use super::marginal::{Marginal, RealFamily, Units};
use super::normal::{folded_mean, normal_cdf};
use super::observation::{Expected, Gradient, Observation, OnTensors, Sample};
use elbo_compiler::ir::NoiseModel;
use elbo_contract::{Closeness, Targets};

/// Normal distributions of targets given the network's outputs (Nix & Weigend 1994, "Estimating the mean and variance of the
/// target probability distribution", equation 5): with mean μ and log-variance s each target y costs
/// ½·[ln 2π + s + (y − μ)²·e^(−s)] nats; an example costs the sum over its targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gaussian {
    /// Where log-variances come from.
    pub(crate) noise: NoiseModel,
    /// Targets of an example.
    pub(crate) targets: usize,
}

/// The derivatives of the mean over a batch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GaussianGradient {
    /// Along the outputs, as they lie.
    pub(crate) outputs: Vec<f64>,
    /// Along each learned log-variance; empty where the network gives them.
    pub(crate) log_variances: Vec<f64>,
}

impl Gaussian {
    /// For a network that gives so many numbers.
    ///
    /// # Errors
    /// If they are no means and log-variances of whole targets.
    pub(crate) fn new(noise: NoiseModel, outputs: usize) -> Result<Self, String> {
        let targets = noise.targets(outputs);
        if targets == 0 || noise.outputs(targets) != Some(outputs) {
            return Err(format!("{outputs} outputs are no means and log-variances of targets"));
        }
        Ok(Self { noise, targets })
    }

    /// Numbers that the network gives of an example.
    pub(crate) fn outputs(&self) -> usize {
        // It was made from this number.
        self.noise.outputs(self.targets).unwrap_or(self.targets)
    }

    /// The log-variance of a target, from an example's outputs or from those learned.
    fn log_variance(&self, target: usize, outputs: &[f64], learned: &[f64]) -> f64 {
        match self.noise {
            NoiseModel::Learned => learned[target],
            NoiseModel::Heteroscedastic => outputs[self.targets + target],
        }
    }

    /// The mean cost over a batch in nats, from its outputs, targets and the learned log-variances.
    pub(crate) fn loss(&self, outputs: &[f64], values: &[f64], learned: &[f64]) -> f64 {
        let rows = outputs.chunks_exact(self.outputs()).zip(values.chunks_exact(self.targets));
        let costs = rows.map(|(row, values)| {
            let cost = |(target, &value): (usize, &f64)| {
                target_cost(value - row[target], self.log_variance(target, row, learned))
            };
            values.iter().enumerate().map(cost).sum::<f64>()
        });
        costs.sum::<f64>() / (values.len() / self.targets).max(1) as f64
    }

    /// The derivatives of [`Self::loss`]: −(y − μ)·e^(−s) along a mean, ½·[1 − (y − μ)²·e^(−s)] along a log-variance.
    pub(crate) fn gradient(&self, outputs: &[f64], values: &[f64], learned: &[f64]) -> GaussianGradient {
        let (size, share) = (self.outputs(), 1.0 / (values.len() / self.targets).max(1) as f64);
        let mut gradient =
            GaussianGradient { outputs: vec![0.0; outputs.len()], log_variances: vec![0.0; learned.len()] };
        let rows = outputs.chunks_exact(size).zip(values.chunks_exact(self.targets));
        for ((row, values), along) in rows.zip(gradient.outputs.chunks_exact_mut(size)) {
            for (target, &value) in values.iter().enumerate() {
                let distance = value - row[target];
                let precision = (-self.log_variance(target, row, learned)).exp();
                along[target] = -share * distance * precision;
                let along_log_variance = 0.5 * share * (1.0 - distance * distance * precision);
                match self.noise {
                    NoiseModel::Learned => gradient.log_variances[target] += along_log_variance,
                    NoiseModel::Heteroscedastic => along[self.targets + target] = along_log_variance,
                }
            }
        }
        gradient
    }

    /// Adds an example's means to the sums over earlier samples, `[examples, targets]`.
    pub(crate) fn add_means(&self, outputs: &[f64], sums: &mut [f64]) {
        for (row, sums) in outputs.chunks_exact(self.outputs()).zip(sums.chunks_exact_mut(self.targets)) {
            sums.iter_mut().zip(row).for_each(|(sum, mean)| *sum += mean);
        }
    }
}

impl Observation for Gaussian {
    fn predictions(&self) -> usize {
        self.targets
    }

    fn expect<'t>(&'t self, targets: &'t Targets) -> Result<Box<dyn Expected + 't>, String> {
        match targets {
            Targets::Values { targets, values } if *targets == self.targets => {
                Ok(Box::new(ExpectedValues { gaussian: self, values }))
            }
            Targets::Values { targets, .. } => {
                Err(format!("the batch has {targets} targets per example, the network {}", self.targets))
            }
            Targets::Classes(_) => Err("real numbers are wanted, not classes".to_owned()),
        }
    }
}

/// The targets of a batch, `[examples, targets]`.
struct ExpectedValues<'t> {
    gaussian: &'t Gaussian,
    values: &'t [f64],
}

impl Expected for ExpectedValues<'_> {
    fn cost(&self, sample: Sample<'_>, sums: &mut [f64], gradient: Option<&mut Gradient>) -> f64 {
        let Sample { outputs, learned } = sample;
        if let Some(gradient) = gradient {
            let along = self.gaussian.gradient(outputs, self.values, learned);
            gradient.outputs = along.outputs.iter().map(|along| gradient.share * along).collect();
            gradient.learned = along.log_variances.iter().map(|along| gradient.share * along).collect();
        }
        self.gaussian.add_means(outputs, sums);
        self.gaussian.loss(outputs, self.values, learned)
    }

    fn closeness(&self, sums: &[f64], samples: usize) -> Closeness {
        Closeness::SquaredError { sum: squared_error(sums, samples, self.values), targets: self.values.len() }
    }

    fn on_tensors(&self) -> OnTensors<'_> {
        OnTensors::Gaussian(self.gaussian.targets, self.values)
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

impl RealFamily for elbo_compiler::ir::Gaussian {
    type Marginal = GaussianMixture;

    fn marginal(
        &self,
        rows: &[&[f32]],
        learned: &[f64],
        [target, targets]: [usize; 2],
        units: Option<Units>,
    ) -> GaussianMixture {
        let mean = |row: &&[f32]| {
            let mean = f64::from(row[target]);
            units.map_or(mean, |Units { shift, factor }| shift + factor * mean)
        };
        let log_variance = |row: &&[f32]| {
            let given = match self.noise {
                NoiseModel::Heteroscedastic => f64::from(row[targets + target]),
                NoiseModel::Learned => learned.get(target).copied().unwrap_or(f64::NAN),
            };
            units.map_or(given, |units| given + 2.0 * units.factor.ln())
        };
        GaussianMixture {
            means: rows.iter().map(mean).collect(),
            log_variances: rows.iter().map(log_variance).collect(),
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

    fn quantile_of(&self, draw: usize, _share: f64, z: f64) -> f64 {
        self.means[draw] + z * self.deviation_of(draw)
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

/// Σ (y − μ̄)² over examples and targets, from sums of means over samples.
pub(crate) fn squared_error(sums: &[f64], samples: usize, values: &[f64]) -> f64 {
    let samples = samples as f64;
    sums.iter().zip(values).map(|(sum, &value)| (value - sum / samples).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let gaussian = Gaussian::new(noise, outputs).expect("fits");
            let values = [0.3, -1.0, 2.0, 0.7, -0.2, 0.1];
            let mut given: Vec<f64> = (0..3 * outputs).map(|at| (at as f64 * 1.7).sin()).collect();
            let mut learned = if noise == NoiseModel::Learned { vec![0.4, -0.9] } else { Vec::new() };
            let gradient = gaussian.gradient(&given, &values, &learned);
            let step = 1e-6;
            for at in 0..given.len() {
                let before = given[at];
                let mut loss = |value: f64| {
                    given[at] = value;
                    gaussian.loss(&given, &values, &learned)
                };
                let difference = (loss(before + step) - loss(before - step)) / (2.0 * step);
                given[at] = before;
                assert!((difference - gradient.outputs[at]).abs() < 1e-8, "{noise:?} {at}");
            }
            for at in 0..learned.len() {
                let before = learned[at];
                let mut loss = |value: f64| {
                    learned[at] = value;
                    gaussian.loss(&given, &values, &learned)
                };
                let difference = (loss(before + step) - loss(before - step)) / (2.0 * step);
                learned[at] = before;
                assert!((difference - gradient.log_variances[at]).abs() < 1e-8, "{noise:?} {at}");
            }
        }
    }

    #[test]
    fn outputs_that_are_no_pairs_are_refused() {
        assert!(Gaussian::new(NoiseModel::Heteroscedastic, 3).is_err());
        assert!(Gaussian::new(NoiseModel::Learned, 0).is_err());
    }
}
