//! Temperature scaling: class scores divided by one number, fitted on validation.

use super::link::normalize;
use super::minimum::minimum;
use super::scores::{
    ReliabilityBin, TopLabel, best_class, brier_of, expected_calibration_error, negative_log_likelihood_of, reliability,
};
use super::{UncertaintyError, link::probabilities_at};
use elbo_compiler::ir::ProbabilityLink;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Temperatures are looked for between its inverse and this.
const LARGEST: f64 = 20.0;
/// So near to an end of that range, in ln of the temperature, a minimum is not one.
const END: f64 = 1e-3;
/// How closely ln of the temperature is found.
const TOLERANCE: f64 = 1e-7;
/// Inputs of one task; sums within one are formed in order, so that threads change no bit.
const INPUTS_OF_A_TASK: usize = 64;

/// What one temperature for all inputs does (Guo, Pleiss, Sun & Weinberger 2017, section 4.2, with each draw's class
/// scores divided before the draws are averaged).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemperatureScaling {
    /// What class scores are divided by, between 1/20 and 20; above 1 makes predictions less confident.
    pub temperature: f64,
    /// Always `validation`.
    pub fitted_on: FittedOn,
    /// How many of its examples.
    pub examples: usize,
    /// Mean −ln p̄(y) on them, raw and scaled.
    pub validation_negative_log_likelihood: [f64; 2],
    /// On the test split, scaled.
    pub test: ScaledScores,
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
    /// What class scores are divided by.
    pub temperature: f64,
    /// How many examples it was fitted on.
    pub examples: usize,
    /// Mean −ln p̄(y) on them, raw and scaled.
    pub negative_log_likelihood: [f64; 2],
}

impl FittedTemperature {
    /// The temperature of the smallest mean −ln p̄(y) over all inputs of `batches`; `None` without an input, and where
    /// that falls all the way to an end of the range: inputs that are nearly all right, or nearly all wrong, tell of no
    /// temperature, and the one at the end would be theirs alone.
    ///
    /// # Panics
    /// If scores do not fill whole draws, are not finite, or a label is no class.
    pub fn fit(link: ProbabilityLink, classes: usize, batches: &[DrawnScores]) -> Option<Self> {
        let examples = batches.iter().map(|batch| batch.labels.len()).sum::<usize>();
        if examples == 0 {
            return None;
        }
        let mean_at = |temperature: f64| {
            let sums = batches.iter().map(|batch| negative_log_likelihood(link, classes, batch, temperature));
            sums.sum::<f64>() / examples as f64
        };
        let logarithm = minimum(-LARGEST.ln(), LARGEST.ln(), TOLERANCE, |logarithm| mean_at(logarithm.exp()));
        let (raw, scaled) = (mean_at(1.0), mean_at(logarithm.exp()));
        // A temperature that does no better than none would be an accident of rounding.
        if scaled >= raw {
            return Some(Self { temperature: 1.0, examples, negative_log_likelihood: [raw, raw] });
        }
        if LARGEST.ln() - logarithm.abs() < END {
            return None;
        }
        let temperature = logarithm.exp();
        Some(Self { temperature, examples, negative_log_likelihood: [raw, scaled] })
    }

    /// Together with what it does to the test split.
    pub fn with_test(self, test: ScaledScores) -> TemperatureScaling {
        TemperatureScaling {
            temperature: self.temperature,
            fitted_on: FittedOn::Validation,
            examples: self.examples,
            validation_negative_log_likelihood: self.negative_log_likelihood,
            test,
        }
    }
}

/// Σ −ln p̄(y) over the inputs of a batch.
fn negative_log_likelihood(link: ProbabilityLink, classes: usize, batch: &DrawnScores, temperature: f64) -> f64 {
    let size = batch.labels.len() * classes;
    let samples = (batch.scores.len() / size.max(1)) as f64;
    let sums: Vec<f64> = batch
        .labels
        .par_chunks(INPUTS_OF_A_TASK)
        .enumerate()
        .map(|(task, labels)| {
            let mut row = vec![0.0; classes];
            let of_input = |(place, &label): (usize, &u32)| {
                let first = (task * INPUTS_OF_A_TASK + place) * classes;
                let draws = batch.scores.chunks_exact(size).map(|draw| {
                    let scores = &draw[first..first + classes];
                    row.iter_mut().zip(scores).for_each(|(value, &score)| *value = f64::from(score) / temperature);
                    normalize(link, &mut row);
                    row[label as usize]
                });
                negative_log_likelihood_of(&[draws.sum::<f64>() / samples], 0)
            };
            labels.iter().enumerate().map(of_input).sum()
        })
        .collect();
    sums.iter().sum()
}

/// Means of scaled draws, batch by batch.
#[derive(Debug, Clone, PartialEq)]
pub struct ScaledPredictions {
    link: ProbabilityLink,
    classes: usize,
    temperature: f64,
    mean: Vec<f64>,
}

impl ScaledPredictions {
    /// Of no input yet.
    pub fn new(link: ProbabilityLink, classes: usize, temperature: f64) -> Self {
        Self { link, classes, temperature, mean: Vec::new() }
    }

    /// Adds the inputs of a batch: its draws one after the other, `samples` of them.
    ///
    /// # Errors
    /// [`UncertaintyError`] if the scores do not fill whole draws or are not finite.
    pub fn add(&mut self, samples: usize, scores: &[f32]) -> Result<(), UncertaintyError> {
        let size = scores.len() / samples.max(1);
        let first = self.mean.len();
        self.mean.resize(first + size, 0.0);
        let width = INPUTS_OF_A_TASK * self.classes;
        let (link, classes, temperature) = (self.link, self.classes, self.temperature);
        self.mean[first..].par_chunks_mut(width.max(1)).enumerate().try_for_each(|(task, means)| {
            for draw in scores.chunks_exact(size) {
                let rows = probabilities_at(link, classes, &draw[task * width..][..means.len()], temperature)?;
                means.iter_mut().zip(rows).for_each(|(sum, probability)| *sum += probability);
            }
            means.iter_mut().for_each(|sum| *sum /= samples as f64);
            Ok(())
        })
    }

    /// The scores against all labels, calibration over `bins` bins.
    ///
    /// # Errors
    /// [`UncertaintyError`] without an input, if labels do not fit, or for an impossible number of bins.
    pub fn score(&self, labels: &[u32], bins: usize) -> Result<ScaledScores, UncertaintyError> {
        let inputs = self.mean.len() / self.classes.max(1);
        if inputs == 0 {
            return Err(UncertaintyError::Empty);
        }
        super::predictive::check_labels(inputs, self.classes, labels)?;
        let (mut top_labels, mut sums) = (Vec::with_capacity(inputs), [0.0; 3]);
        for (row, &label) in self.mean.chunks_exact(self.classes).zip(labels) {
            let (best, label) = (best_class(row), label as usize);
            top_labels.push(TopLabel { confidence: row[best], correct: best == label });
            let scores =
                [f64::from(u8::from(best == label)), negative_log_likelihood_of(row, label), brier_of(row, label)];
            sums.iter_mut().zip(scores).for_each(|(sum, score)| *sum += score);
        }
        let [accuracy, negative_log_likelihood, brier] = sums.map(|sum| sum / inputs as f64);
        let expected_calibration_error = expected_calibration_error(&top_labels, bins)?;
        let reliability = reliability(&top_labels, bins)?;
        Ok(ScaledScores { accuracy, negative_log_likelihood, brier, expected_calibration_error, reliability })
    }
}
