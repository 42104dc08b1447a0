//! Draws of real targets, and what a report says of them.

use super::draws::Draws;
use super::{Assessment, Event, Observer, Scored, TrainError, TrainingData};
use crate::backend::{Backend, Batch};
use crate::data::{Part, TargetScale};
use crate::uncertainty::{
    GaussianMixture, RegressionEvaluation, RegressionPredictions, UncertaintyError, ValueDraws, ValueReplicates,
    ValueScores,
};
use elbo_compiler::ir::{LOG_VARIANCE, NoiseModel, Run, Target};
use rayon::prelude::*;

/// The units that targets are scored in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TargetUnits {
    /// Those of the data.
    Own,
    /// Those the network is trained in.
    Network,
}

/// Makes distributions of a network's outputs.
pub(super) struct ValueReader<'d> {
    draws: &'d Draws<'d>,
    noise: NoiseModel,
    /// The log-variances that the network has learned; empty where it gives them.
    learned: Vec<f64>,
    units: TargetUnits,
    scale: Option<&'d TargetScale>,
}

impl<'d> ValueReader<'d> {
    /// Of the present parameters.
    pub fn new(draws: &'d Draws<'d>, noise: NoiseModel, units: TargetUnits) -> Result<Self, TrainError> {
        let learned = match noise {
            NoiseModel::Heteroscedastic => Vec::new(),
            NoiseModel::Learned => {
                let parameters = draws.backend.parameters()?;
                let values = parameters.get(LOG_VARIANCE).map(|tensor| tensor.values.as_slice()).unwrap_or_default();
                values.iter().map(|&value| f64::from(value)).collect()
            }
        };
        Ok(Self { draws, noise, learned, units, scale: draws.data.target_scale() })
    }

    /// Targets of an example.
    fn targets(&self) -> usize {
        self.noise.targets(self.draws.outputs)
    }

    /// All draws of `batch`, whose first example stands at `first`, by input.
    pub fn read(&self, batch: &Batch, first: usize) -> Result<Vec<ValueDraws>, TrainError> {
        let mut outputs = Vec::new();
        self.draws.each(batch, first, |drawn| {
            outputs.extend_from_slice(drawn);
            Ok(())
        })?;
        let (samples, targets) = (self.draws.samples as usize, self.targets());
        let size = batch.len() * self.draws.outputs;
        if outputs.len() != samples * size || batch.targets.values().len() != batch.len() * targets {
            return Err(self.draws.unscorable(UncertaintyError::Size {
                found: outputs.len(),
                expected: samples * size,
                rows: batch.len(),
                classes: self.draws.outputs,
            }));
        }
        let marginal = |input: usize, target: usize| {
            let row = |sample: usize| &outputs[sample * size + input * self.draws.outputs..][..self.draws.outputs];
            let mean = |sample: usize| self.mean_in_units(target, f64::from(row(sample)[target]));
            let log_variance = |sample: usize| {
                let given = match self.noise {
                    NoiseModel::Heteroscedastic => f64::from(row(sample)[targets + target]),
                    NoiseModel::Learned => self.learned.get(target).copied().unwrap_or(f64::NAN),
                };
                self.log_variance_in_units(target, given)
            };
            let mixture = GaussianMixture {
                means: (0..samples).map(mean).collect(),
                log_variances: (0..samples).map(log_variance).collect(),
            };
            let fault = |what| Err(UncertaintyError::Value { what, input: first + input, target });
            if !mixture.means.iter().all(|mean| mean.is_finite()) {
                return fault("mean");
            }
            let is_variance = |s: &f64| s.is_finite() && s.exp().is_normal();
            if !mixture.log_variances.iter().all(is_variance) {
                return fault("variance");
            }
            Ok(mixture)
        };
        let input = |input: usize| {
            let values = &batch.targets.values()[input * targets..][..targets];
            let values = values.iter().enumerate().map(|(target, &value)| self.value_in_units(target, value));
            let marginals = (0..targets).map(|target| marginal(input, target)).collect::<Result<Vec<_>, _>>()?;
            Ok(ValueDraws { marginals, values: values.collect() })
        };
        let inputs: Result<Vec<ValueDraws>, UncertaintyError> = (0..batch.len()).map(input).collect();
        inputs.map_err(|error| self.draws.unscorable(error))
    }

    /// A target as the data hold it, in the units asked for.
    fn value_in_units(&self, target: usize, value: f64) -> f64 {
        match (self.units, self.scale) {
            (TargetUnits::Network, Some(scale)) => scale.inward(target, value),
            _ => value,
        }
    }

    /// A mean as the network gives it, in the units asked for.
    fn mean_in_units(&self, target: usize, mean: f64) -> f64 {
        match (self.units, self.scale) {
            (TargetUnits::Own, Some(scale)) => scale.means[target] + scale.deviations[target] * mean,
            _ => mean,
        }
    }

    /// A log-variance as the network gives it, in the units asked for.
    fn log_variance_in_units(&self, target: usize, log_variance: f64) -> f64 {
        match (self.units, self.scale) {
            (TargetUnits::Own, Some(scale)) => log_variance + 2.0 * scale.deviations[target].ln(),
            _ => log_variance,
        }
    }
}

/// Scores the test split by real targets; see [`super::assess`].
pub(super) fn assess_values(
    run: &Run,
    noise: NoiseModel,
    backend: &dyn Backend,
    data: &dyn TrainingData,
    observer: &mut dyn Observer,
) -> Result<Assessment, TrainError> {
    let draws = Draws::new(&run.network, backend, (data, Part::Test), run.report.samples, 0)?;
    let reader = ValueReader::new(&draws, noise, TargetUnits::Own)?;
    let (samples, examples) = (draws.samples as usize, data.examples(Part::Test));
    observer.event(&Event::Evaluation { done: 0, examples, samples })?;
    let mut inputs: Vec<ValueScores> = Vec::with_capacity(examples);
    let mut replicates = ValueReplicates::new(samples);
    for range in draws.ranges(samples) {
        let batch = data.batch(Part::Test, range.clone());
        let drawn = reader.read(&batch, range.start)?;
        let scored: Vec<_> = drawn.par_iter().map(|draws| (draws.score(), ValueReplicates::of(draws))).collect();
        for (scores, left_out) in scored {
            replicates.add(&left_out, scores.values.len());
            inputs.push(scores);
        }
        observer.event(&Event::Evaluation { done: range.end, examples, samples })?;
    }
    let targets = names(run, reader.targets());
    let singles = data.single_inputs();
    let evaluation = RegressionEvaluation::new(&inputs, samples, &targets, &replicates, singles.as_deref());
    let evaluation = evaluation.map_err(|error| draws.unscorable(error))?;
    Ok(Assessment {
        scored: Scored::Values {
            regression: Box::new(evaluation),
            predictions: RegressionPredictions { targets, inputs, sources: data.test_sources() },
        },
        temperature_scaling: None,
        out_of_distribution: Vec::new(),
        epistemic_by_samples: Vec::new(),
        under_weight_draws: None,
    })
}

/// What each target is called.
fn names(run: &Run, targets: usize) -> Vec<String> {
    match &run.data.target {
        Target::Values { names, .. } if names.len() == targets => names.clone(),
        _ => (0..targets).map(|target| format!("target{target}")).collect(),
    }
}
