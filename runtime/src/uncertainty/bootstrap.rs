//! The bootstrap over inputs: how far a figure would be on another test set of this size.

use super::interval::{mean_intervals, wilson_interval};
use super::mistakes::interval_by_mistakes;
use super::scores::CalibrationTest;
use super::{InputScores, Resamples};
use elbo_compiler::ir::Metric;
use serde::{Deserialize, Serialize};

/// 95 % intervals over test inputs given the draws, lower and upper end: where the figure would lie on unlimited inputs of
/// the same kind. `None` where the figure is not defined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intervals {
    /// Of the accuracy: Wilson's.
    pub accuracy: [f64; 2],
    /// Of the mean −ln p̄(y): bootstrap-t, as of all below but the calibration error; where fewer than five mistakes, or
    /// right answers, were seen, from the interval of their share and what one costs. `None` where none was seen and
    /// probabilities of 1 tell no cost.
    pub negative_log_likelihood: Option<[f64; 2]>,
    /// Of the Brier score, in the same way.
    pub brier: [f64; 2],
    /// Of the expected calibration error: by inversion of a test, see [`CalibrationTest::interval`].
    pub expected_calibration_error: [f64; 2],
    /// Of the mean aleatoric trace.
    pub aleatoric: [f64; 2],
    /// Of the mean epistemic trace in the T/(T − 1) form.
    pub epistemic_unbiased: Option<[f64; 2]>,
    /// Of the mean entropy of p̄.
    pub entropy: [f64; 2],
    /// Of the mutual information times T/(T − 1).
    pub mutual_information_corrected: Option<[f64; 2]>,
    /// How many resamples.
    pub resamples: u32,
}

impl Intervals {
    /// The intervals of the scores of `inputs` from `samples` draws, and of the calibration error that `calibration` is of;
    /// `None` for fewer than two inputs.
    pub fn new(inputs: &[InputScores], samples: usize, calibration: &CalibrationTest) -> Option<Self> {
        if inputs.len() < 2 {
            return None;
        }
        let rows: Vec<[f64; 6]> = inputs
            .iter()
            .map(|input| {
                [
                    input.negative_log_likelihood,
                    input.brier,
                    input.aleatoric,
                    input.epistemic.unwrap_or(0.0),
                    input.entropy,
                    input.entropy - input.expected_entropy,
                ]
            })
            .collect();
        let [likelihood, brier, aleatoric, epistemic, entropy, information] =
            mean_intervals(&rows).map(|interval| interval.map(|end| end.max(0.0)));
        let by_mistakes = |metric, at: usize| {
            let values: Vec<f64> = rows.iter().map(|row| row[at]).collect();
            interval_by_mistakes(metric, inputs.iter(), &values, |rest| {
                let [interval] = mean_intervals(&rest.iter().map(|value| [*value]).collect::<Vec<[f64; 1]>>());
                interval
            })
        };
        let likelihood = by_mistakes(Metric::NegativeLogLikelihood, 0).unwrap_or(likelihood);
        let brier = by_mistakes(Metric::Brier, 1).unwrap_or(brier);
        let unbiased = |interval: [f64; 2]| interval.map(|end| end * samples as f64 / (samples as f64 - 1.0));
        let is_epistemic = inputs.iter().all(|input| input.epistemic.is_some());
        let correct = inputs.iter().filter(|input| input.correct).count();
        Some(Self {
            accuracy: wilson_interval(correct, inputs.len()),
            negative_log_likelihood: likelihood[1].is_finite().then(|| likelihood.map(|end| end.max(0.0))),
            brier: brier.map(|end| end.clamp(0.0, 2.0)),
            expected_calibration_error: calibration.interval,
            aleatoric: aleatoric.map(|end| end.min(1.0)),
            epistemic_unbiased: is_epistemic.then(|| unbiased(epistemic)),
            entropy,
            mutual_information_corrected: is_epistemic.then(|| unbiased(information)),
            resamples: Resamples::COUNT,
        })
    }
}
