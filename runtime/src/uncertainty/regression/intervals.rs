//! How far figures of real targets may be from what more inputs, or more draws, would give.

use super::input::ValueScores;
use crate::uncertainty::{Resamples, percentile_interval, standard_error_of_mean};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// A standard error for each figure; `None` where it is not defined.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegressionErrors {
    /// Of the root mean squared error; over inputs by the delta method, s(squares)/(2·RMSE·√N).
    pub root_mean_squared_error: Option<f64>,
    /// Of the mean absolute error.
    pub mean_absolute_error: Option<f64>,
    /// Of the mean −ln p(y).
    pub negative_log_likelihood: Option<f64>,
    /// Of the mean `E[σ²]`.
    pub aleatoric: Option<f64>,
    /// Of the mean `Var[μ]` in the 1/T form.
    pub epistemic: Option<f64>,
    /// Of the mean `Var[μ]` in the T/(T − 1) form.
    pub epistemic_unbiased: Option<f64>,
}

impl RegressionErrors {
    /// s/√N over inputs.
    pub(super) fn over_inputs(inputs: &[ValueScores], samples: usize, root_mean_squared_error: f64) -> Self {
        let of = |figure: fn(&ValueScores) -> f64| standard_error_of_mean(inputs.iter().map(figure));
        let mean_square = of(|input| input.squared_error() / input.values.len() as f64);
        let epistemic = if samples > 1 { of(ValueScores::total_epistemic) } else { None };
        let unbiased = samples as f64 / (samples as f64 - 1.0);
        Self {
            root_mean_squared_error: mean_square
                .filter(|_| root_mean_squared_error > 0.0)
                .map(|error| error / (2.0 * root_mean_squared_error)),
            mean_absolute_error: of(|input| input.absolute_error() / input.values.len() as f64),
            negative_log_likelihood: of(|input| input.negative_log_likelihood),
            aleatoric: of(ValueScores::total_aleatoric),
            epistemic,
            epistemic_unbiased: epistemic.map(|error| error * unbiased),
        }
    }
}

/// 95 % percentile bootstrap intervals over inputs, lower and upper end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegressionIntervals {
    /// Of the root mean squared error.
    pub root_mean_squared_error: [f64; 2],
    /// Of the mean absolute error.
    pub mean_absolute_error: [f64; 2],
    /// Of the mean −ln p(y).
    pub negative_log_likelihood: [f64; 2],
    /// Of the mean `E[σ²]`.
    pub aleatoric: [f64; 2],
    /// Of the mean `Var[μ]` in the T/(T − 1) form; `None` for T = 1.
    pub epistemic_unbiased: Option<[f64; 2]>,
    /// How many resamples.
    pub resamples: u32,
}

impl RegressionIntervals {
    /// The intervals of the scores of `inputs` from `samples` draws; `None` for fewer than two inputs.
    pub fn new(inputs: &[ValueScores], samples: usize) -> Option<Self> {
        if inputs.len() < 2 {
            return None;
        }
        let rows: Vec<[f64; 5]> = inputs
            .iter()
            .map(|input| {
                let targets = input.values.len() as f64;
                [
                    input.squared_error() / targets,
                    input.absolute_error() / targets,
                    input.negative_log_likelihood,
                    input.total_aleatoric(),
                    input.total_epistemic(),
                ]
            })
            .collect();
        let resamples = Resamples::of("inputs");
        let means: Vec<[f64; 5]> = (0..Resamples::COUNT)
            .into_par_iter()
            .map(|resample| {
                let mut sums = [0.0; 5];
                for index in resamples.indices(resample, rows.len()) {
                    sums.iter_mut().zip(rows[index as usize]).for_each(|(sum, figure)| *sum += figure);
                }
                sums.map(|sum| sum / rows.len() as f64)
            })
            .collect();
        let interval = |at: usize, shape: &dyn Fn(f64) -> f64| {
            percentile_interval(means.iter().map(|row| shape(row[at])).collect())
        };
        let unbiased = samples as f64 / (samples as f64 - 1.0);
        Some(Self {
            root_mean_squared_error: interval(0, &f64::sqrt),
            mean_absolute_error: interval(1, &|figure| figure),
            negative_log_likelihood: interval(2, &|figure| figure),
            aleatoric: interval(3, &|figure| figure),
            epistemic_unbiased: (samples > 1).then(|| interval(4, &|figure| figure * unbiased)),
            resamples: Resamples::COUNT,
        })
    }
}
