//! Every figure of a scored split with real targets.

use super::input::{LEVELS, ValueScores};
use super::intervals::{RegressionErrors, RegressionIntervals};
use super::replicates::ValueReplicates;
use crate::uncertainty::{UncertaintyError, standard_error_of_mean};
use serde::{Deserialize, Serialize};

/// Inputs of each list of extremes.
const COUNT: usize = 8;

/// Every figure of a scored split with real targets, in the targets' own units; logarithms are natural. What is `None`
/// because a single draw has no epistemic part is written as null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegressionEvaluation {
    /// Inputs scored.
    pub examples: usize,
    /// T, the draws each figure rests on; 1 for a network without anything random.
    pub samples: usize,
    /// What each target is called.
    pub targets: Vec<String>,
    /// √ of the mean of (y − μ̄)² over inputs and targets.
    pub root_mean_squared_error: f64,
    /// The mean of |y − μ̄| over inputs and targets.
    pub mean_absolute_error: f64,
    /// The mean over inputs of −ln (1/T)·Σ_t Π_j N(y_j; μ_tj, σ_tj²).
    pub negative_log_likelihood: f64,
    /// 1 − Σ (y − μ̄)² / Σ (y − ȳ)² over the inputs, the mean over targets; `None` where a target does not vary.
    pub r_squared: Option<f64>,
    /// The mean over inputs of `E[σ²]`, summed over targets.
    pub aleatoric: f64,
    /// The mean over inputs of `Var[μ]`, summed over targets, the 1/T form.
    pub epistemic: Option<f64>,
    /// The same times T/(T − 1): its expectation does not depend on T.
    pub epistemic_unbiased: Option<f64>,
    /// How often targets lie in the central intervals of their predictive distributions.
    pub coverage: Vec<IntervalCoverage>,
    /// Over the inputs: how far another test set of this size would be.
    pub standard_errors: RegressionErrors,
    /// Jackknife over the draws, in up to 32 groups: how far T other draws would be.
    pub monte_carlo_standard_errors: RegressionErrors,
    /// Percentile bootstrap over the inputs; `None` for fewer than two.
    pub intervals: Option<RegressionIntervals>,
    /// The inputs to look at.
    pub extremes: RegressionExtremes,
    /// Figures of each target, where there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_target: Vec<TargetScores>,
    /// The fit over the input, where that is one number and so is the target; in order of the input.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curve: Vec<CurvePoint>,
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
    /// The mean width over inputs and targets.
    pub mean_width: f64,
}

/// Figures of one target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetScores {
    /// What it is called.
    pub name: String,
    /// √ of the mean of (y − μ̄)².
    pub root_mean_squared_error: f64,
    /// The mean of |y − μ̄|.
    pub mean_absolute_error: f64,
    /// The mean of `E[σ²]`.
    pub aleatoric: f64,
    /// The mean of `Var[μ]` times T/(T − 1); `None` for T = 1.
    pub epistemic_unbiased: Option<f64>,
}

/// A point of the fit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurvePoint {
    /// The input as it is stored.
    pub input: f64,
    /// Its target.
    pub target: f64,
    /// μ̄
    pub mean: f64,
    /// `√E[σ²]`
    pub aleatoric_deviation: f64,
    /// `√Var[μ]` in the 1/T form; `None` for T = 1.
    pub epistemic_deviation: Option<f64>,
}

/// The inputs at either end; ties in the order of the split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegressionExtremes {
    /// Those of the smallest predictive variance, the smallest first.
    pub most_certain: Vec<RegressionExtreme>,
    /// Those of the largest predictive variance, the largest first.
    pub least_certain: Vec<RegressionExtreme>,
    /// Those of the largest −ln p(y), the largest first.
    pub most_surprising: Vec<RegressionExtreme>,
}

/// One input; lists are by target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegressionExtreme {
    /// Its place in the split, from 0.
    pub index: usize,
    /// Its targets.
    pub target: Vec<f64>,
    /// μ̄
    pub mean: Vec<f64>,
    /// `√E[σ²]`
    pub aleatoric_deviation: Vec<f64>,
    /// `√Var[μ]` in the 1/T form; `None` for T = 1.
    pub epistemic_deviation: Option<Vec<f64>>,
    /// −ln p(y), in nats.
    pub negative_log_likelihood: f64,
}

impl RegressionEvaluation {
    /// The figures of `inputs`, whose targets are called `names`; `singles` gives each input where it is one number.
    ///
    /// # Errors
    /// [`UncertaintyError::Empty`] if there is nothing to score.
    pub fn new(
        inputs: &[ValueScores],
        samples: usize,
        names: &[String],
        replicates: &ValueReplicates,
        singles: Option<&[f64]>,
    ) -> Result<Self, UncertaintyError> {
        if inputs.is_empty() || names.is_empty() {
            return Err(UncertaintyError::Empty);
        }
        let count = inputs.len() as f64;
        let numbers = count * names.len() as f64;
        let sum = |of: fn(&ValueScores) -> f64| inputs.iter().map(of).sum::<f64>();
        let root_mean_squared_error = (sum(ValueScores::squared_error) / numbers).sqrt();
        let unbiased = samples as f64 / (samples as f64 - 1.0);
        let epistemic = (samples > 1).then(|| sum(ValueScores::total_epistemic) / count);
        let coverage = LEVELS.into_iter().enumerate().map(|(at, (level, _))| {
            let share = |input: &ValueScores| input.covered[at] as f64 / names.len() as f64;
            IntervalCoverage {
                level,
                coverage: inputs.iter().map(share).sum::<f64>() / count,
                standard_error: standard_error_of_mean(inputs.iter().map(share)),
                mean_width: inputs.iter().map(|input| input.widths[at]).sum::<f64>() / numbers,
            }
        });
        let by_target = |(target, name): (usize, &String)| {
            let mean = |of: &dyn Fn(&ValueScores) -> f64| inputs.iter().map(of).sum::<f64>() / count;
            let distance = |input: &ValueScores| input.values[target] - input.means[target];
            TargetScores {
                name: name.clone(),
                root_mean_squared_error: mean(&|input| distance(input).powi(2)).sqrt(),
                mean_absolute_error: mean(&|input| distance(input).abs()),
                aleatoric: mean(&|input| input.aleatoric[target]),
                epistemic_unbiased: (samples > 1)
                    .then(|| unbiased * mean(&|input| input.epistemic.as_ref().map_or(0.0, |parts| parts[target]))),
            }
        };
        Ok(Self {
            examples: inputs.len(),
            samples,
            targets: names.to_vec(),
            root_mean_squared_error,
            mean_absolute_error: sum(ValueScores::absolute_error) / numbers,
            negative_log_likelihood: sum(|input| input.negative_log_likelihood) / count,
            r_squared: r_squared(inputs, names.len()),
            aleatoric: sum(ValueScores::total_aleatoric) / count,
            epistemic,
            epistemic_unbiased: epistemic.map(|variance| variance * unbiased),
            coverage: coverage.collect(),
            standard_errors: RegressionErrors::over_inputs(inputs, samples, root_mean_squared_error),
            monte_carlo_standard_errors: replicates.standard_errors(),
            intervals: RegressionIntervals::new(inputs, samples),
            extremes: RegressionExtremes::new(inputs),
            by_target: if names.len() > 1 { names.iter().enumerate().map(by_target).collect() } else { Vec::new() },
            curve: singles.filter(|_| names.len() == 1).map_or_else(Vec::new, |singles| curve(inputs, singles)),
        })
    }
}

/// The coefficient of determination, averaged over targets.
fn r_squared(inputs: &[ValueScores], targets: usize) -> Option<f64> {
    let mut sum = 0.0;
    for target in 0..targets {
        let mean = inputs.iter().map(|input| input.values[target]).sum::<f64>() / inputs.len() as f64;
        let spread: f64 = inputs.iter().map(|input| (input.values[target] - mean).powi(2)).sum();
        let left: f64 = inputs.iter().map(|input| (input.values[target] - input.means[target]).powi(2)).sum();
        if spread == 0.0 {
            return None;
        }
        sum += 1.0 - left / spread;
    }
    Some(sum / targets as f64)
}

fn curve(inputs: &[ValueScores], singles: &[f64]) -> Vec<CurvePoint> {
    let point = |(input, &single): (&ValueScores, &f64)| CurvePoint {
        input: single,
        target: input.values[0],
        mean: input.means[0],
        aleatoric_deviation: input.aleatoric[0].sqrt(),
        epistemic_deviation: input.epistemic.as_ref().map(|parts| parts[0].sqrt()),
    };
    let mut points: Vec<CurvePoint> = inputs.iter().zip(singles).map(point).collect();
    points.sort_by(|left, right| left.input.total_cmp(&right.input));
    points
}

impl RegressionExtremes {
    fn new(inputs: &[ValueScores]) -> Self {
        let chosen = |key: &dyn Fn(&ValueScores) -> f64| {
            let mut places: Vec<usize> = (0..inputs.len()).collect();
            places.sort_by(|&left, &right| key(&inputs[left]).total_cmp(&key(&inputs[right])).then(left.cmp(&right)));
            places.into_iter().take(COUNT).map(|index| RegressionExtreme::new(&inputs[index], index)).collect()
        };
        Self {
            most_certain: chosen(&ValueScores::total_variance),
            least_certain: chosen(&|input| -input.total_variance()),
            most_surprising: chosen(&|input| -input.negative_log_likelihood),
        }
    }
}

impl RegressionExtreme {
    fn new(input: &ValueScores, index: usize) -> Self {
        let roots = |variances: &[f64]| variances.iter().map(|variance| variance.sqrt()).collect::<Vec<f64>>();
        Self {
            index,
            target: input.values.clone(),
            mean: input.means.clone(),
            aleatoric_deviation: roots(&input.aleatoric),
            epistemic_deviation: input.epistemic.as_deref().map(roots),
            negative_log_likelihood: input.negative_log_likelihood,
        }
    }
}
