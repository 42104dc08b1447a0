//! Real numbers: the test split, validation, predictions, whatever the family of their distributions.

use super::assessment::{Assessment, Predicted, Scored};
use super::evaluator::{Evaluator, Others, Predictor, TakeLogLikelihood};
use crate::backend::Batch;
use crate::backend::outputs::{RealFamily, Units};
use crate::data::{Part, TargetScale};
use crate::inference::Posterior;
use crate::random::{Key, Purpose};
use crate::train::{Draws, Event, Observer, TrainError, TrainingData, ValidationMeans};
use crate::uncertainty::{
    Marginal, RegressionEvaluation, RegressionPredictions, UncertaintyError, ValueDraws, ValuePrediction,
    ValueReplicates, ValueScores,
};
use elbo_compiler::ir::{Run, Target};
use elbo_compiler::outputs::TargetValues;
use rayon::prelude::*;
use std::ops::Range;

/// Evaluates distributions of real targets.
pub(super) struct RealNumbers<'r, F> {
    run: &'r Run,
    family: &'r F,
}

impl<'r, F: RealFamily> RealNumbers<'r, F> {
    /// Of a run.
    pub fn new(run: &'r Run, family: &'r F) -> Self {
        Self { run, family }
    }

    /// What each target is called.
    fn names(&self, targets: usize) -> Vec<String> {
        match &self.run.data.target {
            Target::Values { names, .. } if names.len() == targets => names.clone(),
            Target::Values { .. } | Target::Classes { .. } => {
                (0..targets).map(|target| format!("target{target}")).collect()
            }
        }
    }
}

/// The units that targets are scored in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TargetUnits {
    /// Those of the data.
    Own,
    /// Those the network is trained in.
    Network,
}

/// The coins of a batch's inputs, uniform and independent: one of each input for each of so many targets. They depend on the
/// place in the split alone, so that the same split has the same in every run.
fn coins(places: Range<usize>, targets: usize) -> Vec<Vec<f64>> {
    let of = |target: usize| {
        let mut coins = vec![0.0_f32; places.len()];
        let stream = Key::new(0).stream(Purpose::RandomizedTransform, &target.to_string());
        stream.fill_uniform(0, 0, places.start as u64, &mut coins);
        coins
    };
    let by_target: Vec<Vec<f32>> = (0..targets).map(of).collect();
    (0..places.len()).map(|place| by_target.iter().map(|coins| f64::from(coins[place])).collect()).collect()
}

/// Makes distributions of a network's outputs.
struct ValueReader<'d, F> {
    draws: &'d Draws<'d>,
    family: &'d F,
    /// Targets of an example.
    targets: usize,
    /// What the output has learned beside the layers in each draw; empty vectors where it learns nothing.
    learned: Vec<Vec<f64>>,
    units: TargetUnits,
    scale: Option<&'d TargetScale>,
}

impl<'d, F: RealFamily> ValueReader<'d, F> {
    /// Of the posterior as it is now.
    fn new(draws: &'d Draws<'d>, family: &'d F, units: TargetUnits) -> Result<Self, TrainError> {
        let samples = draws.samples as usize;
        let learned = match family.learned(draws.outputs) {
            None => vec![Vec::new(); samples],
            Some(vector) => draws.posterior.learned(vector.name, samples)?,
        };
        let targets = family.targets(draws.outputs);
        Ok(Self { draws, family, targets, learned, units, scale: draws.data.target_scale() })
    }

    /// All draws of `batch`, whose first example stands at `first`, by input.
    fn read(&self, batch: &Batch, first: usize) -> Result<Vec<ValueDraws<F::Marginal>>, TrainError> {
        let mut outputs = Vec::new();
        self.draws.each(batch, first, |drawn| {
            outputs.extend_from_slice(drawn);
            Ok(())
        })?;
        let (samples, targets) = (self.draws.samples as usize, self.targets);
        let size = batch.len() * self.draws.outputs;
        if outputs.len() != samples * size || batch.targets.values().len() != batch.len() * targets {
            return Err(self.draws.unscorable(UncertaintyError::Size {
                found: outputs.len(),
                expected: samples * size,
                rows: batch.len(),
                classes: self.draws.outputs,
            }));
        }
        let input = |input: usize| {
            let row = |sample: usize| &outputs[sample * size + input * self.draws.outputs..][..self.draws.outputs];
            let rows: Vec<&[f32]> = (0..samples).map(row).collect();
            let marginal = |target: usize| {
                let units = self.own_units(target);
                let marginal = self.family.marginal(&rows, &self.learned, [target, targets], units);
                match marginal.fault() {
                    Some(what) => Err(UncertaintyError::Value { what, input: first + input, target }),
                    None => Ok(marginal),
                }
            };
            let values = &batch.targets.values()[input * targets..][..targets];
            let values = values.iter().enumerate().map(|(target, &value)| self.value_in_units(target, value));
            let marginals = (0..targets).map(marginal).collect::<Result<Vec<_>, _>>()?;
            Ok(ValueDraws { marginals, values: values.collect() })
        };
        let inputs: Result<Vec<_>, UncertaintyError> = (0..batch.len()).map(input).collect();
        inputs.map_err(|error| self.draws.unscorable(error))
    }

    /// A target as the data hold it, in the units asked for.
    fn value_in_units(&self, target: usize, value: f64) -> f64 {
        match (self.units, self.scale) {
            (TargetUnits::Network, Some(scale)) => scale.inward(target, value),
            (TargetUnits::Network, None) | (TargetUnits::Own, _) => value,
        }
    }

    /// The units asked for, where they are not the network's.
    fn own_units(&self, target: usize) -> Option<Units> {
        let scale = self.scale.filter(|_| self.units == TargetUnits::Own)?;
        Some(Units { shift: scale.means[target], factor: scale.deviations[target] })
    }
}

impl<F: RealFamily> Evaluator for RealNumbers<'_, F> {
    fn assess(
        &self,
        posterior: &dyn Posterior,
        data: &dyn TrainingData,
        _others: &Others<'_>,
        observer: &mut dyn Observer,
    ) -> Result<Assessment, TrainError> {
        Ok(Assessment {
            scored: self.score(posterior, data, observer)?,
            temperature_scaling: None,
            out_of_distribution: Vec::new(),
            epistemic_by_samples: Vec::new(),
            under_weight_draws: None,
        })
    }

    fn score(
        &self,
        posterior: &dyn Posterior,
        data: &dyn TrainingData,
        observer: &mut dyn Observer,
    ) -> Result<Scored, TrainError> {
        let draws = Draws::new(&self.run.network, posterior, (data, Part::Test), self.run.report.samples, 0)?;
        let reader = ValueReader::new(&draws, self.family, TargetUnits::Own)?;
        let (samples, examples) = (draws.samples as usize, data.examples(Part::Test));
        observer.event(&Event::Evaluation { done: 0, examples, samples })?;
        let mut inputs: Vec<ValueScores> = Vec::with_capacity(examples);
        let mut replicates = ValueReplicates::new(samples);
        for range in draws.ranges(samples) {
            let batch = data.batch(Part::Test, range.clone());
            let drawn = reader.read(&batch, range.start)?;
            let coins = coins(range.clone(), reader.targets);
            let scored: Vec<_> = (drawn.par_iter().zip(&coins))
                .map(|(draws, coins)| (draws.score_by(coins), ValueReplicates::of(draws)))
                .collect();
            for (scores, left_out) in scored {
                replicates.add(&left_out, scores.values.len());
                inputs.push(scores);
            }
            observer.event(&Event::Evaluation { done: range.end, examples, samples })?;
        }
        let targets = self.names(reader.targets);
        let singles = data.single_inputs();
        let evaluation = RegressionEvaluation::new(&inputs, samples, &targets, &replicates, singles.as_deref());
        let mut evaluation = evaluation.map_err(|error| draws.unscorable(error))?;
        evaluation.randomized = self.family.takes() == TargetValues::Counts;
        Ok(Scored::Values {
            regression: Box::new(evaluation),
            predictions: RegressionPredictions { targets, inputs, sources: data.test_sources() },
        })
    }

    /// In the units that the network is trained in, as the training's own figures are; the error is over all targets,
    /// which have one unit where they are normalised.
    fn validate(
        &self,
        draws: &Draws<'_>,
        is_stopping: &dyn Fn() -> bool,
    ) -> Result<Option<Option<ValidationMeans>>, TrainError> {
        let (mut inputs, mut targets, mut squares, mut likelihood) = (0_usize, 0_usize, 0.0, 0.0);
        if draws.data.examples(draws.split) == 0 {
            return Ok(Some(None));
        }
        let reader = ValueReader::new(draws, self.family, TargetUnits::Network)?;
        for range in draws.ranges(draws.samples as usize) {
            if is_stopping() {
                return Ok(None);
            }
            let batch = draws.data.batch(draws.split, range.clone());
            for input in reader.read(&batch, range.start)? {
                inputs += 1;
                targets += input.marginals.len();
                squares += input.squared_error();
                likelihood += input.negative_log_likelihood();
            }
        }
        Ok(Some((inputs > 0).then(|| ValidationMeans {
            negative_log_likelihood: likelihood / inputs as f64,
            accuracy: None,
            root_mean_squared_error: Some((squares / targets as f64).sqrt()),
        })))
    }

    fn predictor<'d>(&'d self, draws: &'d Draws<'d>) -> Result<Box<dyn Predictor + 'd>, TrainError> {
        let reader = ValueReader::new(draws, self.family, TargetUnits::Own)?;
        Ok(Box::new(PredictsValues { reader, predicted: Vec::new() }))
    }

    fn log_likelihoods(
        &self,
        draws: &Draws<'_>,
        batch: &Batch,
        first: usize,
        take: &mut TakeLogLikelihood<'_>,
    ) -> Result<(), TrainError> {
        let reader = ValueReader::new(draws, self.family, TargetUnits::Network)?;
        for (example, input) in reader.read(batch, first)?.iter().enumerate() {
            input.costs().iter().enumerate().for_each(|(draw, cost)| take(draw, example, -cost));
        }
        Ok(())
    }
}

/// Predicts real targets.
struct PredictsValues<'d, F> {
    reader: ValueReader<'d, F>,
    predicted: Vec<Vec<ValuePrediction>>,
}

impl<F: RealFamily> Predictor for PredictsValues<'_, F> {
    fn add(&mut self, batch: &Batch, address: usize) -> Result<(), TrainError> {
        let drawn = self.reader.read(batch, address)?;
        let of = |draws: &ValueDraws<F::Marginal>| draws.marginals.iter().map(ValuePrediction::of).collect();
        self.predicted.extend(drawn.iter().map(of));
        Ok(())
    }

    fn finish(self: Box<Self>) -> Predicted {
        Predicted::Values(self.predicted)
    }
}
