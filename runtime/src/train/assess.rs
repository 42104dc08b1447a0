//! Everything a report says of a trained network: the test split, temperature scaling, sets of another distribution.

use super::draws::{Draws, check_draws};
use super::regression::assess_values;
use super::{Event, Observer, TrainError, TrainingData};
use crate::backend::{Backend, Targets};
use crate::data::Part;
use crate::uncertainty::scores::{Edges, Histograms, OtherHistograms, detection};
use crate::uncertainty::{
    DrawnScores, EpistemicBySamples, Evaluation, FittedTemperature, InputScores, OtherKind, OutOfDistribution,
    Predictions, Predictive, RegressionEvaluation, RegressionPredictions, Replicates, SampleCurve, ScaledPredictions,
    ScoreSums, TemperatureScaling, UnderWeightDraws, check_report, parts_of_draws,
};
use elbo_compiler::ir::{self, OtherSource, Output, ProbabilityLink, Run};

/// The most class scores that are kept to fit a temperature, 128 MiB; of more only the first examples serve.
pub(crate) const MOST_KEPT_SCORES: usize = 1 << 25;

/// Everything a report says of a trained network.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// The scores on the test split, and what was predicted.
    pub scored: Scored,
    /// What a temperature fitted on validation does; `None` without a validation split.
    pub temperature_scaling: Option<TemperatureScaling>,
    /// Each set of another distribution.
    pub out_of_distribution: Vec<OutOfDistribution>,
    /// Epistemic figures of the test split against the number of draws; empty where targets are real numbers.
    pub epistemic_by_samples: Vec<EpistemicBySamples>,
    /// The same network under draws of its weights, where its training did not make such; [`super::under_weight_draws`]
    /// makes it, [`assess`] leaves it out.
    pub under_weight_draws: Option<UnderWeightDraws>,
}

/// The scores on the test split, and what was predicted of each of its inputs.
#[derive(Debug, Clone, PartialEq)]
pub enum Scored {
    /// Of classes.
    Classes {
        /// The scores.
        test: Box<Evaluation>,
        /// The predictions.
        predictions: Predictions,
    },
    /// Of real targets.
    Values {
        /// The scores.
        regression: Box<RegressionEvaluation>,
        /// The predictions.
        predictions: RegressionPredictions,
    },
}

impl Scored {
    /// The content of `predictions.csv`; without `class_names` classes are numbers only.
    pub fn to_csv(&self, class_names: &[String]) -> String {
        match self {
            Self::Classes { predictions, .. } => predictions.to_csv(class_names),
            Self::Values { predictions, .. } => predictions.to_csv(),
        }
    }

    /// The scores of classes, if it is of such.
    pub fn test(&self) -> Option<&Evaluation> {
        match self {
            Self::Classes { test, .. } => Some(test),
            Self::Values { .. } => None,
        }
    }

    /// The scores of real targets, if it is of such.
    pub fn regression(&self) -> Option<&RegressionEvaluation> {
        match self {
            Self::Values { regression, .. } => Some(regression),
            Self::Classes { .. } => None,
        }
    }
}

/// Scores a trained network from T = `report.samples` draws of it (one if nothing in it is random; epistemic figures are
/// then `None`). `others` gives the images of each of the report's out-of-distribution sets, by its place, as the test
/// split of a data set. Batches have a size of their own, so that the training's batch size changes no score.
///
/// # Errors
/// [`TrainError::EmptySplit`] if there is nothing to score, [`TrainError::Report`] if the report asks
/// for what cannot be, [`TrainError::Backend`] and [`TrainError::Score`] if the network gives no
/// finite scores or labels do not fit, [`TrainError::Record`] if the observer failed.
pub fn assess(
    run: &Run,
    backend: &dyn Backend,
    data: &dyn TrainingData,
    others: &dyn Fn(usize) -> Box<dyn TrainingData>,
    observer: &mut dyn Observer,
) -> Result<Assessment, TrainError> {
    check(run, data)?;
    let link = match run.network.output {
        Output::Categorical { link } => link,
        Output::Gaussian { noise } => return assess_values(run, noise, backend, data, observer),
    };
    let temperature = fit_temperature((run, link), backend, data, observer)?;
    let (mut test, predictions, epistemic_by_samples, temperature_scaling) =
        score_test((run, link), backend, data, temperature, observer)?;
    let mut sets = Vec::new();
    for (place, set) in run.report.out_of_distribution.iter().enumerate() {
        sets.push((set, score_other((run, link), backend, (set, others(place).as_ref()), observer)?));
    }
    let mut all: Vec<&[InputScores]> = vec![&predictions.inputs];
    all.extend(sets.iter().map(|(_, inputs)| inputs.as_slice()));
    let edges = Edges::new(predictions.predictive.classes, &all);
    test.histograms = Histograms::new(&predictions.inputs, &edges);
    let known = (test.samples, predictions.inputs.as_slice());
    let out_of_distribution = sets.iter().map(|(set, inputs)| describe(set, inputs, known, &edges)).collect();
    let scored = Scored::Classes { test: Box::new(test), predictions };
    Ok(Assessment { scored, temperature_scaling, out_of_distribution, epistemic_by_samples, under_weight_draws: None })
}

/// The scores of classes on the test split alone, without what [`assess`] says beside them.
///
/// # Errors
/// As [`assess`]; [`TrainError::NoClasses`] where targets are real numbers.
#[cfg(test)]
pub(crate) fn evaluate(
    run: &Run,
    backend: &dyn Backend,
    data: &dyn TrainingData,
    observer: &mut dyn Observer,
) -> Result<Evaluation, TrainError> {
    check(run, data)?;
    let Output::Categorical { link } = run.network.output else { return Err(TrainError::NoClasses) };
    Ok(score_test((run, link), backend, data, None, observer)?.0)
}

/// Whether there is something to score, and the report can be made.
fn check(run: &Run, data: &dyn TrainingData) -> Result<(), TrainError> {
    check_report(&run.report).map_err(TrainError::Report)?;
    check_draws(run)?;
    if data.examples(Part::Test) == 0 {
        return Err(TrainError::EmptySplit { split: Part::Test });
    }
    Ok(())
}

/// The temperature that serves the validation split best, by as many draws as the test split is scored with.
fn fit_temperature(
    (run, link): (&Run, ProbabilityLink),
    backend: &dyn Backend,
    data: &dyn TrainingData,
    observer: &mut dyn Observer,
) -> Result<Option<FittedTemperature>, TrainError> {
    let draws = Draws::new(&run.network, backend, (data, Part::Validation), run.report.samples, 0)?;
    let samples = draws.samples as usize;
    let most = (MOST_KEPT_SCORES / samples.saturating_mul(draws.outputs).max(1)).max(1);
    let examples = data.examples(Part::Validation).min(most);
    if examples == 0 {
        return Ok(None);
    }
    observer.event(&Event::Evaluation { done: 0, examples, samples })?;
    let mut batches = Vec::new();
    for range in draws.ranges(1).map(|range| range.start..range.end.min(examples)).take_while(|range| !range.is_empty())
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
    Ok(FittedTemperature::fit(link, draws.outputs, &batches))
}

/// The scores of classes on the test split, and what was predicted.
pub(super) fn score_classes(
    run: (&Run, ProbabilityLink),
    backend: &dyn Backend,
    data: &dyn TrainingData,
    observer: &mut dyn Observer,
) -> Result<(Evaluation, Predictions), TrainError> {
    let (test, predictions, _, _) = score_test(run, backend, data, None, observer)?;
    Ok((test, predictions))
}

type Tested = (Evaluation, Predictions, Vec<EpistemicBySamples>, Option<TemperatureScaling>);

fn score_test(
    (run, link): (&Run, ProbabilityLink),
    backend: &dyn Backend,
    data: &dyn TrainingData,
    temperature: Option<FittedTemperature>,
    observer: &mut dyn Observer,
) -> Result<Tested, TrainError> {
    let draws = Draws::new(&run.network, backend, (data, Part::Test), run.report.samples, 0)?;
    let (samples, examples) = (draws.samples as usize, data.examples(Part::Test));
    observer.event(&Event::Evaluation { done: 0, examples, samples })?;
    let mut predictive = Predictive::empty(samples, draws.outputs);
    let (mut replicates, mut curve) = (Replicates::default(), SampleCurve::default());
    let mut scaled =
        temperature.map(|fitted| (fitted, ScaledPredictions::new(link, draws.outputs, fitted.temperature)));
    let mut labels = Vec::with_capacity(examples);
    for range in draws.ranges(parts_of_draws(samples)) {
        let batch = data.batch(Part::Test, range.clone());
        let mut kept = Vec::new();
        let groups = draws.in_groups(link, &batch, range.start, |scores| {
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
    let scored = Evaluation::new(&predictive, &labels, &run.report.metrics, &replicates)
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
    (run, link): (&Run, ProbabilityLink),
    backend: &dyn Backend,
    (set, data): (&ir::OutOfDistribution, &dyn TrainingData),
    observer: &mut dyn Observer,
) -> Result<Vec<InputScores>, TrainError> {
    let draws = Draws::new(&run.network, backend, (data, Part::Test), run.report.samples, 0)?;
    let (samples, examples) = (draws.samples as usize, data.examples(Part::Test));
    observer.event(&Event::Evaluation { done: 0, examples, samples })?;
    let mut inputs = Vec::with_capacity(examples);
    for range in draws.ranges(1) {
        let mut batch = data.batch(Part::Test, range.clone());
        if !matches!(set.source, OtherSource::Corruption { .. }) {
            batch.targets = Targets::Classes(vec![0; batch.len()]);
        }
        let groups = draws.together(link, &batch, range.start)?;
        let scores = groups.finish().and_then(|(predictive, _)| predictive.score(batch.targets.classes()));
        inputs.extend(scores.map_err(|error| draws.unscorable(error))?);
        observer.event(&Event::Evaluation { done: range.end, examples, samples })?;
    }
    if inputs.is_empty() {
        return Err(TrainError::EmptySet { name: set.name.clone() });
    }
    Ok(inputs)
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
