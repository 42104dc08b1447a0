//! How far figures of real targets may be from what more inputs, or more draws, would give.

use super::input::ValueScores;
use super::target::TargetScores;
use crate::uncertainty::Resamples;
use crate::uncertainty::interval::mean_intervals;
use serde::{Deserialize, Serialize};

/// 95 % bootstrap-t intervals over inputs given the draws, lower and upper end; those with a unit are `None` for several
/// targets, which have their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegressionIntervals {
    /// Of the root mean squared error.
    pub root_mean_squared_error: Option<[f64; 2]>,
    /// Of the mean absolute error.
    pub mean_absolute_error: Option<[f64; 2]>,
    /// Of the mean continuous ranked probability score.
    pub continuous_ranked_probability_score: Option<[f64; 2]>,
    /// Of the mean −ln p(y).
    pub negative_log_likelihood: [f64; 2],
    /// Of the mean `E[σ²]`.
    pub aleatoric: Option<[f64; 2]>,
    /// Of the mean `Var[μ]` in the T/(T − 1) form; `None` for T = 1.
    pub epistemic_unbiased: Option<[f64; 2]>,
    /// How many resamples.
    pub resamples: u32,
}

impl RegressionIntervals {
    /// The intervals of the scores of `inputs`, and of their only target, if there is one alone; `None` for fewer than two
    /// inputs.
    pub(super) fn new(inputs: &[ValueScores], only: Option<&TargetScores>) -> Option<Self> {
        if inputs.len() < 2 {
            return None;
        }
        let rows: Vec<[f64; 1]> = inputs.iter().map(|input| [input.negative_log_likelihood]).collect();
        let [negative_log_likelihood] = mean_intervals(&rows);
        let own = only.and_then(|target| target.intervals.as_ref());
        Some(Self {
            root_mean_squared_error: own.map(|own| own.root_mean_squared_error),
            mean_absolute_error: own.map(|own| own.mean_absolute_error),
            continuous_ranked_probability_score: own.map(|own| own.continuous_ranked_probability_score),
            negative_log_likelihood,
            aleatoric: own.and_then(|own| own.aleatoric),
            epistemic_unbiased: own.and_then(|own| own.epistemic_unbiased),
            resamples: Resamples::COUNT,
        })
    }
}
