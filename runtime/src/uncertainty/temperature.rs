//! Temperature scaling: class scores divided by one number, fitted on validation.

use super::link::{normalize, probabilities_at};
use super::log_sum::LogSum;
use super::minimum::minimum;
use super::scores::{
    ReliabilityBin, TopLabel, best_class, brier_of, expected_calibration_error, negative_log_likelihood_of, reliability,
};
use super::{NORMAL_97_5, UncertaintyError};
use elbo_compiler::ir::ProbabilityLink;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Temperatures are looked for between its inverse and this, where the prior leaves a thousandth of its mass outside.
const LARGEST: f64 = 20.0;
/// How closely ln of the temperature is found.
const TOLERANCE: f64 = 1e-7;
/// The same for the fit of a fold, which only has to score the others.
const TOLERANCE_OF_A_FOLD: f64 = 1e-3;
/// Parts of the validation split that are left out in turn.
const FOLDS: usize = 5;
/// How far the curvature at the minimum is looked at, in ln of the temperature.
const STEP: f64 = 0.02;
/// Inputs of one task; sums within one are formed in order, so that threads change no bit.
const INPUTS_OF_A_TASK: usize = 64;
/// Sums of probabilities below this may have lost terms to underflow.
const TINY: f64 = 1e-290;

/// What one temperature for all inputs does (Guo, Pleiss, Sun & Weinberger 2017, section 4.2, with each draw's class
/// scores divided before the draws are averaged).
///
/// Where nearly all of few validation examples are right, their likelihood alone asks for ever colder predictions. So the
/// fit has a prior, ln temperature ~ N(0, 1), and labels are smoothed as Platt (1999, section 2.2) does it for the same
/// reason: of n examples each counts with 1/(n + 2) as if it were of another class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemperatureScaling {
    /// What class scores are divided by, between 1/20 and 20; above 1 makes predictions less confident.
    pub temperature: f64,
    /// Its 95 % interval, by Laplace's approximation of its posterior on the scale of its logarithm.
    pub interval: [f64; 2],
    /// Always `validation`.
    pub fitted_on: FittedOn,
    /// How many of its examples.
    pub examples: usize,
    /// Mean −ln p̄(y) on them, raw and scaled.
    pub validation_negative_log_likelihood: [f64; 2],
    /// What scaling is worth on validation examples that the temperature was not fitted on; `None` for fewer than two.
    pub cross_fitted: Option<CrossFitted>,
    /// Whether the cross-fitted improvement is above 0 by more than its 95 % error, 1.96 standard errors.
    pub recommended: bool,
    /// On the test split, scaled.
    pub test: ScaledScores,
}

/// Temperature scaling, each validation example scaled by a temperature that was fitted on the other folds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrossFitted {
    /// How many folds; example i is in fold i modulo their number.
    pub folds: usize,
    /// Mean −ln p̄(y), raw and scaled.
    pub negative_log_likelihood: [f64; 2],
    /// Mean of raw less scaled, with smoothed labels: what the next example may gain, errors not yet seen included.
    pub improvement: f64,
    /// Its standard error over examples and their smoothed labels.
    pub standard_error: f64,
}

/// The split that a temperature is fitted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FittedOn {
    /// What choices are made on.
    Validation,
}

/// Scores of scaled predictions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScaledScores {
    /// Share of inputs whose most probable class is the label.
    pub accuracy: f64,
    /// Mean −ln p̄(y).
    pub negative_log_likelihood: f64,
    /// Mean Σ_c (p̄_c − [c = y])².
    pub brier: f64,
    /// Over as many bins as the raw one.
    pub expected_calibration_error: f64,
    /// Those bins.
    pub reliability: Vec<ReliabilityBin>,
}

/// Class scores of some inputs with their labels, as they were drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawnScores {
    /// One draw after the other, each inputs × classes.
    pub scores: Vec<f32>,
    /// The class of each input.
    pub labels: Vec<u32>,
}

/// A temperature that was fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FittedTemperature {
    /// As in [`TemperatureScaling`].
    pub temperature: f64,
    /// As in [`TemperatureScaling`].
    pub interval: [f64; 2],
    /// How many examples it was fitted on.
    pub examples: usize,
    /// Mean −ln p̄(y) on them, raw and scaled.
    pub negative_log_likelihood: [f64; 2],
    /// As in [`TemperatureScaling`].
    pub cross_fitted: Option<CrossFitted>,
}

/// What an example costs at some temperature, in nats.
#[derive(Debug, Clone, Copy)]
struct Cost {
    /// −ln p̄(y).
    label: f64,
    /// The mean of −ln p̄(c) over the other classes; that of the label where there is none.
    other: f64,
}

impl Cost {
    /// The mean cost if the class is another with this probability.
    fn smoothed(&self, share: f64) -> f64 {
        (1.0 - share) * self.label + share * self.other
    }
}

impl FittedTemperature {
    /// Of all inputs of `batches`; `None` without an input.
    ///
    /// # Panics
    /// If scores do not fill whole draws, are not finite, or a label is no class.
    pub fn fit(link: ProbabilityLink, classes: usize, batches: &[DrawnScores]) -> Option<Self> {
        let examples = batches.iter().map(|batch| batch.labels.len()).sum::<usize>();
        if examples == 0 {
            return None;
        }
        let share = 1.0 / (examples + 2) as f64;
        let costs_at = |logarithm: f64| -> Vec<Cost> {
            batches.iter().flat_map(|batch| costs(link, classes, batch, logarithm.exp())).collect()
        };
        let smallest = |tolerance: f64, chosen: &dyn Fn(usize) -> bool| {
            minimum(-LARGEST.ln(), LARGEST.ln(), tolerance, |at| loss(&costs_at(at), share, at, chosen))
        };
        let logarithm = smallest(TOLERANCE, &|_| true);
        let around = |place: f64| loss(&costs_at(place), share, place, &|_| true);
        let bend = (around(logarithm + STEP) - 2.0 * around(logarithm) + around(logarithm - STEP)) / (STEP * STEP);
        // The prior alone bends by 1.
        let half = NORMAL_97_5 / bend.max(1.0).sqrt();
        let raw = costs_at(0.0);
        let mean = |costs: &[Cost]| costs.iter().map(|cost| cost.label).sum::<f64>() / examples as f64;
        let folds = FOLDS.min(examples);
        let cross_fitted = (folds > 1).then(|| {
            let mut scaled = raw.clone();
            for fold in 0..folds {
                let fitted = costs_at(smallest(TOLERANCE_OF_A_FOLD, &|place| place % folds != fold));
                (fold..examples).step_by(folds).for_each(|place| scaled[place] = fitted[place]);
            }
            let (improvement, standard_error) = improvement(&raw, &scaled, share);
            CrossFitted { folds, negative_log_likelihood: [mean(&raw), mean(&scaled)], improvement, standard_error }
        });
        Some(Self {
            temperature: logarithm.exp(),
            interval: [(logarithm - half).exp(), (logarithm + half).exp()],
            examples,
            negative_log_likelihood: [mean(&raw), mean(&costs_at(logarithm))],
            cross_fitted,
        })
    }

    /// Together with what it does to the test split.
    pub fn with_test(self, test: ScaledScores) -> TemperatureScaling {
        TemperatureScaling {
            temperature: self.temperature,
            interval: self.interval,
            fitted_on: FittedOn::Validation,
            examples: self.examples,
            validation_negative_log_likelihood: self.negative_log_likelihood,
            cross_fitted: self.cross_fitted,
            recommended: self.cross_fitted.is_some_and(|found| found.improvement > NORMAL_97_5 * found.standard_error),
            test,
        }
    }
}

/// What is smallest at the best temperature: the cost of the examples `chosen`, with smoothed labels, less the logarithm of
/// the prior.
fn loss(costs: &[Cost], share: f64, logarithm: f64, chosen: &dyn Fn(usize) -> bool) -> f64 {
    let all = costs.iter().enumerate().filter(|(place, _)| chosen(*place));
    all.map(|(_, cost)| cost.smoothed(share)).sum::<f64>() + 0.5 * logarithm * logarithm
}

/// The mean of `raw` less `scaled` with smoothed labels, and its standard error, which the smoothed labels scatter, too.
fn improvement(raw: &[Cost], scaled: &[Cost], share: f64) -> (f64, f64) {
    let count = raw.len() as f64;
    let (mut sum, mut squares) = (0.0, 0.0);
    for (raw, scaled) in raw.iter().zip(scaled) {
        let difference = Cost { label: raw.label - scaled.label, other: raw.other - scaled.other };
        sum += difference.smoothed(share);
        let square = Cost { label: difference.label.powi(2), other: difference.other.powi(2) };
        squares += square.smoothed(share);
    }
    let mean = sum / count;
    (mean, ((squares / count - mean * mean).max(0.0) / (count - 1.0)).sqrt())
}

/// What each input of a batch costs.
fn costs(link: ProbabilityLink, classes: usize, batch: &DrawnScores, temperature: f64) -> Vec<Cost> {
    let size = batch.labels.len() * classes;
    let samples = batch.scores.len() / size.max(1);
    let scaled = |score: f32| f64::from(score) / temperature;
    let of_input = |row: &mut [f64], sums: &mut [f64], first: usize, label: usize| {
        sums.fill(0.0);
        let draws = || batch.scores.chunks_exact(size).map(|draw| &draw[first..first + classes]);
        for scores in draws() {
            row.iter_mut().zip(scores).for_each(|(value, &score)| *value = scaled(score));
            normalize(link, row);
            sums.iter_mut().zip(&*row).for_each(|(sum, probability)| *sum += probability);
        }
        for (class, sum) in sums.iter_mut().enumerate() {
            *sum = if *sum > TINY {
                (*sum / samples as f64).ln()
            } else {
                let mut logs = LogSum::EMPTY;
                for scores in draws() {
                    row.iter_mut().zip(scores).for_each(|(value, &score)| *value = scaled(score));
                    logs.add(normalize(link, row).log_probability(scaled(scores[class])));
                }
                logs.log_mean(samples)
            };
        }
        let of_label = negative_log_likelihood_of(sums[label]);
        let others = sums.iter().enumerate().filter(|(class, _)| *class != label);
        let other = others.map(|(_, log)| negative_log_likelihood_of(*log)).sum::<f64>() / (classes - 1) as f64;
        Cost { label: of_label, other: if classes > 1 { other } else { of_label } }
    };
    let parts: Vec<Vec<Cost>> = batch
        .labels
        .par_chunks(INPUTS_OF_A_TASK)
        .enumerate()
        .map(|(task, labels)| {
            let (mut row, mut sums) = (vec![0.0; classes], vec![0.0; classes]);
            let first = |place: usize| (task * INPUTS_OF_A_TASK + place) * classes;
            let labels = labels.iter().enumerate();
            labels.map(|(place, &label)| of_input(&mut row, &mut sums, first(place), label as usize)).collect()
        })
        .collect();
    parts.concat()
}

/// Means of scaled draws, batch by batch.
#[derive(Debug, Clone, PartialEq)]
pub struct ScaledPredictions {
    link: ProbabilityLink,
    classes: usize,
    temperature: f64,
    mean: Vec<f64>,
    labels: Vec<u32>,
    /// ln p̄(y) of each input.
    log_likelihoods: Vec<f64>,
}

impl ScaledPredictions {
    /// Of no input yet.
    pub fn new(link: ProbabilityLink, classes: usize, temperature: f64) -> Self {
        Self { link, classes, temperature, mean: Vec::new(), labels: Vec::new(), log_likelihoods: Vec::new() }
    }

    /// Adds the inputs of a batch with their labels: its draws one after the other.
    ///
    /// # Errors
    /// [`UncertaintyError`] if the scores do not fill whole draws or are not finite, or labels do not fit.
    pub fn add(&mut self, labels: &[u32], scores: &[f32]) -> Result<(), UncertaintyError> {
        let (link, classes, temperature) = (self.link, self.classes, self.temperature);
        super::predictive::check_labels(labels.len(), classes, labels)?;
        let size = labels.len() * classes;
        let samples = scores.len().checked_div(size).unwrap_or(0);
        let first = self.mean.len();
        self.mean.resize(first + size, 0.0);
        let mut sums = vec![LogSum::EMPTY; labels.len()];
        let width = INPUTS_OF_A_TASK * classes;
        let parts = self.mean[first..].par_chunks_mut(width.max(1)).zip(sums.par_chunks_mut(INPUTS_OF_A_TASK));
        parts.enumerate().try_for_each(|(task, (means, sums))| {
            let labels = &labels[task * INPUTS_OF_A_TASK..][..sums.len()];
            for draw in scores.chunks_exact(size) {
                let drawn = &draw[task * width..][..means.len()];
                let rows = probabilities_at(link, classes, drawn, temperature, |row, normalizer| {
                    let score = f64::from(drawn[row * classes + labels[row] as usize]) / temperature;
                    sums[row].add(normalizer.log_probability(score));
                })?;
                means.iter_mut().zip(rows).for_each(|(sum, probability)| *sum += probability);
            }
            means.iter_mut().for_each(|sum| *sum /= samples as f64);
            Ok(())
        })?;
        self.log_likelihoods.extend(sums.iter().map(|sum| sum.log_mean(samples)));
        self.labels.extend_from_slice(labels);
        Ok(())
    }

    /// The scores of all inputs, calibration over `bins` bins.
    ///
    /// # Errors
    /// [`UncertaintyError`] without an input, or for an impossible number of bins.
    pub fn score(&self, bins: usize) -> Result<ScaledScores, UncertaintyError> {
        let inputs = self.labels.len();
        if inputs == 0 {
            return Err(UncertaintyError::Empty);
        }
        let (mut top_labels, mut sums) = (Vec::with_capacity(inputs), [0.0; 3]);
        let rows = self.mean.chunks_exact(self.classes).zip(&self.labels).zip(&self.log_likelihoods);
        for ((row, &label), &log_likelihood) in rows {
            let (best, label) = (best_class(row), label as usize);
            top_labels.push(TopLabel { confidence: row[best], correct: best == label });
            let scores =
                [f64::from(u8::from(best == label)), negative_log_likelihood_of(log_likelihood), brier_of(row, label)];
            sums.iter_mut().zip(scores).for_each(|(sum, score)| *sum += score);
        }
        let [accuracy, negative_log_likelihood, brier] = sums.map(|sum| sum / inputs as f64);
        let expected_calibration_error = expected_calibration_error(&top_labels, bins)?;
        let reliability = reliability(&top_labels, bins)?;
        Ok(ScaledScores { accuracy, negative_log_likelihood, brier, expected_calibration_error, reliability })
    }
}
