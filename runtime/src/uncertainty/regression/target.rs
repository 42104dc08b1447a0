//! Every figure of one target.

use super::errors::RegressionErrors;
use super::input::{LEVELS, ValueScores};
use super::transform::ProbabilityIntegralTransform;
use crate::uncertainty::interval::mean_intervals;
use crate::uncertainty::{standard_error_of_mean, wilson_interval};
use serde::{Deserialize, Serialize};

/// Figures of one target, in its own units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetScores {
    /// What it is called.
    pub name: String,
    /// √ of the mean of (y − μ̄)².
    pub root_mean_squared_error: f64,
    /// The mean of |y − μ̄|.
    pub mean_absolute_error: f64,
    /// The mean continuous ranked probability score.
    pub continuous_ranked_probability_score: f64,
    /// 1 − Σ (y − μ̄)² / Σ (y − ȳ)²; `None` where the target does not vary.
    pub r_squared: Option<f64>,
    /// The mean of `E[σ²]`.
    pub aleatoric: f64,
    /// The mean of `Var[μ]` times T/(T − 1); `None` for T = 1.
    pub epistemic_unbiased: Option<f64>,
    /// How often it lies in the central intervals of its predictive distributions.
    pub coverage: Vec<IntervalCoverage>,
    /// Where it lies in them.
    pub probability_integral_transform: ProbabilityIntegralTransform,
    /// 95 % intervals over the inputs given the draws; `None` for fewer than two.
    pub intervals: Option<TargetIntervals>,
}

/// 95 % bootstrap-t intervals over inputs given the draws, lower and upper end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetIntervals {
    /// Of the root mean squared error: the root of the interval of the mean square.
    pub root_mean_squared_error: [f64; 2],
    /// Of the mean absolute error.
    pub mean_absolute_error: [f64; 2],
    /// Of the mean continuous ranked probability score.
    pub continuous_ranked_probability_score: [f64; 2],
    /// Of the mean `E[σ²]`; `None` where that is the same for every input, as of noise that is learned once.
    pub aleatoric: Option<[f64; 2]>,
    /// Of the mean `Var[μ]` in the T/(T − 1) form; `None` for T = 1.
    pub epistemic_unbiased: Option<[f64; 2]>,
}

/// Targets in central intervals.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntervalCoverage {
    /// The probability of each interval.
    pub level: f64,
    /// The share of targets in it.
    pub coverage: f64,
    /// Of the coverage, over inputs.
    pub standard_error: Option<f64>,
    /// Wilson's 95 % interval of the coverage, over inputs; `None` over several targets, which are not independent.
    pub interval: Option<[f64; 2]>,
    /// The mean width over inputs; `None` over several targets, whose units may differ.
    pub mean_width: Option<f64>,
    /// The mean interval score, which is the width and a fine of 2/(1 − level) times how far a target lies outside; `None`
    /// over several targets.
    pub mean_interval_score: Option<f64>,
}

impl IntervalCoverage {
    /// Of the targets `chosen` of each input, at each of [`LEVELS`].
    pub(super) fn of(inputs: &[ValueScores], chosen: std::ops::Range<usize>) -> Vec<Self> {
        let count = inputs.len() as f64;
        let level = |(at, (level, _)): (usize, (f64, f64))| {
            let share = |input: &ValueScores| {
                let covered = input.intervals[chosen.clone()].iter().filter(|intervals| intervals[at].covers).count();
                covered as f64 / chosen.len() as f64
            };
            let coverage = inputs.iter().map(share).sum::<f64>() / count;
            let single = (chosen.len() == 1).then_some(chosen.start);
            let mean = |target: usize, of: fn(&super::input::CentralInterval) -> f64| {
                inputs.iter().map(|input| of(&input.intervals[target][at])).sum::<f64>() / count
            };
            let covered = |target: usize| inputs.iter().filter(|input| input.intervals[target][at].covers).count();
            Self {
                level,
                coverage,
                standard_error: standard_error_of_mean(inputs.iter().map(share)),
                interval: single.map(|target| wilson_interval(covered(target), inputs.len())),
                mean_width: single.map(|target| mean(target, |interval| interval.width)),
                mean_interval_score: single.map(|target| mean(target, |interval| interval.score)),
            }
        };
        LEVELS.into_iter().enumerate().map(level).collect()
    }
}

impl TargetScores {
    /// Of target number `target`, called `name`, of `inputs` from `samples` draws; there must be an input.
    pub(super) fn new(inputs: &[ValueScores], samples: usize, target: usize, name: &str) -> Self {
        let rows: Vec<[f64; 5]> = inputs.iter().map(|input| row(input, target)).collect();
        let count = inputs.len() as f64;
        let mean = |at: usize| rows.iter().map(|row| row[at]).sum::<f64>() / count;
        let unbiased = samples as f64 / (samples as f64 - 1.0);
        Self {
            name: name.to_owned(),
            root_mean_squared_error: mean(0).sqrt(),
            mean_absolute_error: mean(1),
            continuous_ranked_probability_score: mean(2),
            r_squared: r_squared(inputs, target),
            aleatoric: mean(3),
            epistemic_unbiased: (samples > 1).then(|| unbiased * mean(4)),
            coverage: IntervalCoverage::of(inputs, target..target + 1),
            probability_integral_transform: ProbabilityIntegralTransform::new(
                inputs.iter().map(|input| input.transform[target]).collect(),
            ),
            intervals: (inputs.len() > 1).then(|| {
                let [squares, distances, ranked, aleatoric, epistemic] =
                    mean_intervals(&rows).map(|interval| interval.map(|end| end.max(0.0)));
                TargetIntervals {
                    root_mean_squared_error: squares.map(f64::sqrt),
                    mean_absolute_error: distances,
                    continuous_ranked_probability_score: ranked,
                    aleatoric: Some(aleatoric).filter(|_| has_own_noise(inputs, target)),
                    epistemic_unbiased: (samples > 1).then(|| epistemic.map(|end| end * unbiased)),
                }
            }),
        }
    }

    /// Standard errors over inputs, s/√N, but for the likelihood, which is of all targets together.
    pub(super) fn standard_errors(&self, inputs: &[ValueScores], samples: usize, target: usize) -> RegressionErrors {
        let of = |at: usize| standard_error_of_mean(inputs.iter().map(move |input| row(input, target)[at]));
        let epistemic = if samples > 1 { of(4) } else { None };
        let root = self.root_mean_squared_error;
        RegressionErrors {
            root_mean_squared_error: of(0).filter(|_| root > 0.0).map(|error| error / (2.0 * root)),
            mean_absolute_error: of(1),
            continuous_ranked_probability_score: of(2),
            negative_log_likelihood: None,
            aleatoric: of(3).filter(|_| has_own_noise(inputs, target)),
            epistemic,
            epistemic_unbiased: epistemic.map(|error| error * samples as f64 / (samples as f64 - 1.0)),
        }
    }
}

/// Whether the noise depends on the input, beyond rounding.
fn has_own_noise(inputs: &[ValueScores], target: usize) -> bool {
    let first = inputs.first().map_or(0.0, |input| input.aleatoric[target]);
    inputs.iter().any(|input| (input.aleatoric[target] - first).abs() > ROUNDING * first)
}

/// Relative differences that are none.
const ROUNDING: f64 = 1e-9;

/// The figures of a target that are means over inputs: squares, distances, ranked probability scores, `E[σ²]`, `Var[μ]`.
fn row(input: &ValueScores, target: usize) -> [f64; 5] {
    let distance = input.values[target] - input.means[target];
    [
        distance * distance,
        distance.abs(),
        input.ranked_probability[target],
        input.aleatoric[target],
        input.epistemic.as_ref().map_or(0.0, |parts| parts[target]),
    ]
}

/// The coefficient of determination.
fn r_squared(inputs: &[ValueScores], target: usize) -> Option<f64> {
    let mean = inputs.iter().map(|input| input.values[target]).sum::<f64>() / inputs.len() as f64;
    let spread: f64 = inputs.iter().map(|input| (input.values[target] - mean).powi(2)).sum();
    let left: f64 = inputs.iter().map(|input| (input.values[target] - input.means[target]).powi(2)).sum();
    (spread > 0.0).then(|| 1.0 - left / spread)
}
