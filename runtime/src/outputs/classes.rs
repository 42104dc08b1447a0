//! Classes: the test split, temperature scaling, sets of another distribution, validation, predictions.

use super::assessment::{Assessment, Predicted, Scored};
use super::evaluator::{Evaluator, Others, Predictor, TakeLogLikelihood};
use crate::backend::{Batch, Targets};
use crate::data::Part;
use crate::inference::Posterior;
use crate::train::{Draws, Event, Observer, TrainError, TrainingData, ValidationMeans};
use crate::uncertainty::scores::{Edges, Histograms, OtherHistograms, detection};
use crate::uncertainty::{
    DrawGroups, DrawnScores, EpistemicBySamples, Evaluation, FittedTemperature, InputScores, OtherKind,
    OutOfDistribution, Predictions, Predictive, Replicates, SampleCurve, ScaledPredictions, ScoreSums,
    TemperatureScaling, UncertaintyError, log_probability, parts_of_draws,
};
use elbo_compiler::ir::{self, Categorical, OtherSource, ProbabilityLink, Run};

/// The most class scores that are kept to fit a temperature, 128 MiB; of more only the first examples serve.
pub(crate) const MOST_KEPT_SCORES: usize = 1 << 25;

/// Evaluates scores of classes.
pub(super) struct Classes<'r> {
    run: &'r Run,
    link: ProbabilityLink,
}

impl<'r> Classes<'r> {
    /// Of a run.
    pub fn new(run: &'r Run, family: Categorical) -> Self {
        Self { run, link: family.link }
    }
}

/// The scores on the test split, what was predicted, epistemic figures by the number of draws, and what a temperature does.
type Tested = (Evaluation, Predictions, Vec<EpistemicBySamples>, Option<TemperatureScaling>);

impl Evaluator for Classes<'_> {
    fn assess(
        &self,
        posterior: &dyn Posterior,
        data: &dyn TrainingData,
        others: &Others<'_>,
        observer: &mut dyn Observer,
    ) -> Result<Assessment, TrainError> {
        let temperature = self.fit_temperature(posterior, data, observer)?;
        let (mut test, predictions, epistemic_by_samples, temperature_scaling) =
            self.score_test(posterior, data, temperature, observer)?;
        let mut sets = Vec::new();
        for (place, set) in self.run.report.out_of_distribution.iter().enumerate() {
            sets.push((set, self.score_other(posterior, (set, others(place).as_ref()), observer)?));
        }
        let mut all: Vec<&[InputScores]> = vec![&predictions.inputs];
        all.extend(sets.iter().map(|(_, inputs)| inputs.as_slice()));
        let edges = Edges::new(predictions.predictive.classes, &all);
        test.histograms = Histograms::new(&predictions.inputs, &edges);
        let known = (test.samples, predictions.inputs.as_slice());
        let out_of_distribution = sets.iter().map(|(set, inputs)| describe(set, inputs, known, &edges)).collect();
        let scored = Scored::Classes { test: Box::new(test), predictions };
        Ok(Assessment {
            scored,
            temperature_scaling,
            out_of_distribution,
            epistemic_by_samples,
            under_weight_draws: None,
        })
    }

    fn score(
        &self,
        posterior: &dyn Posterior,
        data: &dyn TrainingData,
        observer: &mut dyn Observer,
    ) -> Result<Scored, TrainError> {
        let (test, predictions, _, _) = self.score_test(posterior, data, None, observer)?;
        Ok(Scored::Classes { test: Box::new(test), predictions })
    }

    fn validate(
        &self,
        draws: &Draws<'_>,
        is_stopping: &dyn Fn() -> bool,
    ) -> Result<Option<Option<ValidationMeans>>, TrainError> {
        let mut sums = ScoreSums::default();
        for range in draws.ranges(1) {
            if is_stopping() {
                return Ok(None);
            }
            let batch = draws.data.batch(draws.split, range.clone());
            let groups = together(draws, self.link, &batch, range.start)?;
            let scores = groups.finish().and_then(|(predictive, _)| predictive.score(batch.targets.classes()));
            scores.map_err(|error| draws.unscorable(error))?.iter().for_each(|input| sums.add(input));
        }
        Ok(Some((sums.inputs > 0).then(|| ValidationMeans {
            negative_log_likelihood: sums.mean(sums.negative_log_likelihood),
            accuracy: Some(sums.accuracy()),
            root_mean_squared_error: None,
        })))
    }

    fn predictor<'d>(&'d self, draws: &'d Draws<'d>) -> Result<Box<dyn Predictor + 'd>, TrainError> {
        let predicted = Predictive::empty(draws.samples as usize, draws.outputs);
        Ok(Box::new(PredictsClasses { draws, link: self.link, predicted }))
    }

    fn log_likelihoods(
        &self,
        draws: &Draws<'_>,
        batch: &Batch,
        first: usize,
        take: &mut TakeLogLikelihood<'_>,
    ) -> Result<(), TrainError> {
        let labels = batch.targets.classes();
        let size = batch.len() * draws.outputs;
        let mut drawn = 0;
        draws.each(batch, first, |scores| {
            crate::uncertainty::check_scores(draws.outputs, scores)?;
            for scores in scores.chunks_exact(size.max(1)) {
                for (example, (row, &label)) in scores.chunks_exact(draws.outputs).zip(labels).enumerate() {
                    let classes = draws.outputs;
                    let out_of_range = UncertaintyError::LabelOutOfRange { input: first + example, label, classes };
                    take(drawn, example, log_probability(self.link, row, label as usize).ok_or(out_of_range)?);
                }
                drawn += 1;
            }
            Ok(())
        })
    }
}

impl Classes<'_> {
    /// The temperature that serves the validation split best, by as many draws as the test split is scored with.
    fn fit_temperature(
        &self,
        posterior: &dyn Posterior,
        data: &dyn TrainingData,
        observer: &mut dyn Observer,
    ) -> Result<Option<FittedTemperature>, TrainError> {
        let draws = Draws::new(&self.run.network, posterior, (data, Part::Validation), self.run.report.samples, 0)?;
        let samples = draws.samples as usize;
        let most = (MOST_KEPT_SCORES / samples.saturating_mul(draws.outputs).max(1)).max(1);
        let examples = data.examples(Part::Validation).min(most);
        if examples == 0 {
            return Ok(None);
        }
        observer.event(&Event::Evaluation { done: 0, examples, samples })?;
        let mut batches = Vec::new();
        for range in
            draws.ranges(1).map(|range| range.start..range.end.min(examples)).take_while(|range| !range.is_empty())
        {
            let batch = data.batch(Part::Validation, range.clone());
            let mut scores = Vec::with_capacity(batch.len() * draws.outputs * samples);
            draws.each(&batch, range.start, |drawn| {
                scores.extend_from_slice(drawn);
                crate::uncertainty::check_scores(draws.outputs, drawn)
            })?;
            crate::uncertainty::check_labels(batch.len(), draws.outputs, batch.targets.classes())
                .map_err(|error| draws.unscorable(error))?;
            batches.push(DrawnScores { scores, labels: batch.targets.classes().to_vec() });
            observer.event(&Event::Evaluation { done: range.end, examples, samples })?;
        }
        Ok(FittedTemperature::fit(self.link, draws.outputs, &batches))
    }

    fn score_test(
        &self,
        posterior: &dyn Posterior,
        data: &dyn TrainingData,
        temperature: Option<FittedTemperature>,
        observer: &mut dyn Observer,
    ) -> Result<Tested, TrainError> {
        let draws = Draws::new(&self.run.network, posterior, (data, Part::Test), self.run.report.samples, 0)?;
        let (samples, examples) = (draws.samples as usize, data.examples(Part::Test));
        observer.event(&Event::Evaluation { done: 0, examples, samples })?;
        let mut predictive = Predictive::empty(samples, draws.outputs);
        let (mut replicates, mut curve) = (Replicates::default(), SampleCurve::default());
        let mut scaled =
            temperature.map(|fitted| (fitted, ScaledPredictions::new(self.link, draws.outputs, fitted.temperature)));
        let mut labels = Vec::with_capacity(examples);
        for range in draws.ranges(parts_of_draws(samples)) {
            let batch = data.batch(Part::Test, range.clone());
            let mut kept = Vec::new();
            let groups = in_groups(&draws, self.link, &batch, range.start, |scores| {
                if scaled.is_some() {
                    kept.extend_from_slice(scores);
                }
            })?;
            let added = groups.finish().and_then(|(all, left_out)| {
                predictive.append(all)?;
                curve.add(batch.len(), groups.prefixes());
                if let Some((_, scaled)) = &mut scaled {
                    scaled.add(batch.targets.classes(), &kept)?;
                }
                replicates.resample(&groups, batch.targets.classes())?;
                replicates.add(&left_out, batch.targets.classes())
            });
            added.map_err(|error| draws.unscorable(error))?;
            labels.extend_from_slice(batch.targets.classes());
            observer.event(&Event::Evaluation { done: range.end, examples, samples })?;
        }
        let scored = Evaluation::new(&predictive, &labels, &self.run.report.metrics, &replicates)
            .and_then(|test| Ok((test, predictive.score(&labels)?)));
        let (mut test, inputs) = scored.map_err(|error| draws.unscorable(error))?;
        let sources = data.test_sources();
        test.extremes.name(sources.names());
        let scaling = scaled.map(|(fitted, predictions)| {
            let scores = predictions.score(test.expected_calibration_error_bins)?;
            Ok(fitted.with_test(scores))
        });
        let scaling = scaling.transpose().map_err(|error| draws.unscorable(error))?;
        let points = curve.finish(&test);
        Ok((test, Predictions { predictive, labels, inputs, sources }, points, scaling))
    }

    /// The scores of each input of a set of another distribution. Only the labels of corruptions mean anything.
    fn score_other(
        &self,
        posterior: &dyn Posterior,
        (set, data): (&ir::OutOfDistribution, &dyn TrainingData),
        observer: &mut dyn Observer,
    ) -> Result<Vec<InputScores>, TrainError> {
        let draws = Draws::new(&self.run.network, posterior, (data, Part::Test), self.run.report.samples, 0)?;
        let (samples, examples) = (draws.samples as usize, data.examples(Part::Test));
        observer.event(&Event::Evaluation { done: 0, examples, samples })?;
        let mut inputs = Vec::with_capacity(examples);
        for range in draws.ranges(1) {
            let mut batch = data.batch(Part::Test, range.clone());
            if !matches!(set.source, OtherSource::Corruption { .. }) {
                batch.targets = Targets::Classes(vec![0; batch.len()]);
            }
            let groups = together(&draws, self.link, &batch, range.start)?;
            let scores = groups.finish().and_then(|(predictive, _)| predictive.score(batch.targets.classes()));
            inputs.extend(scores.map_err(|error| draws.unscorable(error))?);
            observer.event(&Event::Evaluation { done: range.end, examples, samples })?;
        }
        if inputs.is_empty() {
            return Err(TrainError::EmptySet { name: set.name.clone() });
        }
        Ok(inputs)
    }
}

/// Predicts classes.
struct PredictsClasses<'d> {
    draws: &'d Draws<'d>,
    link: ProbabilityLink,
    predicted: Predictive,
}

impl Predictor for PredictsClasses<'_> {
    fn add(&mut self, batch: &Batch, address: usize) -> Result<(), TrainError> {
        let groups = together(self.draws, self.link, batch, address)?;
        let added = groups.finish().and_then(|(found, _)| self.predicted.append(found));
        added.map_err(|error| self.draws.unscorable(error))
    }

    fn finish(self: Box<Self>) -> Predicted {
        Predicted::Classes(self.predicted)
    }
}

/// All draws of `batch`, whose first example stands at `first`, kept apart by groups for a jackknife, with the
/// likelihoods of its labels. `watch` sees the class scores of some draws after the other.
fn in_groups(
    draws: &Draws<'_>,
    link: ProbabilityLink,
    batch: &Batch,
    first: usize,
    mut watch: impl FnMut(&[f32]),
) -> Result<DrawGroups, TrainError> {
    let mut groups = DrawGroups::new(batch.len(), draws.outputs, draws.samples as usize)
        .labelled(batch.targets.classes())
        .map_err(|error| draws.unscorable(error))?;
    draws.each(batch, first, |scores| {
        watch(scores);
        groups.add_scores(link, scores)
    })?;
    Ok(groups)
}

/// The same in one group.
fn together(draws: &Draws<'_>, link: ProbabilityLink, batch: &Batch, first: usize) -> Result<DrawGroups, TrainError> {
    let mut groups = DrawGroups::together(batch.len(), draws.outputs, draws.samples as usize)
        .labelled(batch.targets.classes())
        .map_err(|error| draws.unscorable(error))?;
    draws.each(batch, first, |scores| groups.add_scores(link, scores))?;
    Ok(groups)
}

fn describe(
    set: &ir::OutOfDistribution,
    inputs: &[InputScores],
    (samples, test): (usize, &[InputScores]),
    edges: &Edges,
) -> OutOfDistribution {
    let mut sums = ScoreSums::default();
    inputs.iter().for_each(|input| sums.add(input));
    let (kind, damage) = match set.source {
        OtherSource::DataSet(_) => (OtherKind::Source, None),
        OtherSource::Noise => (OtherKind::Noise, None),
        OtherSource::Shuffled => (OtherKind::Shuffled, None),
        OtherSource::Corruption { kind, severity } => (OtherKind::Corruption, Some((kind, severity))),
    };
    let epistemic = samples > 1;
    OutOfDistribution {
        name: set.name.clone(),
        kind,
        corruption: damage.map(|(kind, _)| kind.name().to_owned()),
        severity: damage.map(|(_, severity)| severity),
        examples: inputs.len(),
        samples,
        mean_entropy: sums.mean(sums.entropy),
        mean_epistemic: epistemic.then(|| sums.mean(sums.epistemic)),
        mean_mutual_information: epistemic.then(|| sums.mean(sums.entropy - sums.expected_entropy).max(0.0)),
        mean_max_probability: sums.mean(inputs.iter().map(|input| input.confidence).sum()),
        accuracy: damage.map(|_| sums.accuracy()),
        detection: detection(test, inputs),
        histograms: OtherHistograms::new(inputs, edges),
    }
}
