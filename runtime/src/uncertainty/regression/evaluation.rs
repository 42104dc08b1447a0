//! Every figure of a scored split with real targets.

use super::errors::RegressionErrors;
use super::input::ValueScores;
use super::intervals::RegressionIntervals;
use super::replicates::ValueReplicates;
use super::target::{IntervalCoverage, TargetScores};
use super::transform::ProbabilityIntegralTransform;
use crate::uncertainty::{UncertaintyError, standard_error_of_mean};
use serde::{Deserialize, Serialize};

/// Inputs of each list of extremes.
const COUNT: usize = 8;

/// Points of a fit at most; of more inputs every so many-th in order of the input.
pub const CURVE_POINTS: usize = 2_000;

/// Every figure of a scored split with real targets, in the targets' own units; logarithms are natural. What is `None`
/// because a single draw has no epistemic part is written as null. So is what has a unit where there are several targets:
/// nothing says that theirs is the same, and a sum over metres and kilograms would depend on the choice of units. Each
/// target then has figures of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegressionEvaluation {
    /// Inputs scored.
    pub examples: usize,
    /// T, the draws each figure rests on; 1 for a network without anything random.
    pub samples: usize,
    /// What each target is called.
    pub targets: Vec<String>,
    /// √ of the mean of (y − μ̄)²; `None` for several targets, as of all that has a unit.
    pub root_mean_squared_error: Option<f64>,
    /// The mean of |y − μ̄|.
    pub mean_absolute_error: Option<f64>,
    /// The mean continuous ranked probability score.
    pub continuous_ranked_probability_score: Option<f64>,
    /// The mean over inputs of −ln (1/T)·Σ_t Π_j p_tj(y_j).
    pub negative_log_likelihood: f64,
    /// 1 − Σ (y − μ̄)² / Σ (y − ȳ)² over the inputs, the mean over targets; `None` where a target does not vary.
    pub r_squared: Option<f64>,
    /// The mean of `E[σ²]`.
    pub aleatoric: Option<f64>,
    /// The mean of `Var[μ]`, the 1/T form.
    pub epistemic: Option<f64>,
    /// The same times T/(T − 1): its expectation does not depend on T.
    pub epistemic_unbiased: Option<f64>,
    /// How often targets lie in the central intervals of their predictive distributions.
    pub coverage: Vec<IntervalCoverage>,
    /// Whether the predictive distributions are of counts. A coin of each target then decides where it lies in the jump of
    /// its distribution, and so whether it lies in an interval that ends at it: transforms are even and intervals hold their
    /// share of targets where the distributions are right.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub randomized: bool,
    /// Where targets lie in them; `None` for several targets.
    pub probability_integral_transform: Option<ProbabilityIntegralTransform>,
    /// Over the inputs: how far another test set of this size would be.
    pub standard_errors: RegressionErrors,
    /// Jackknife over the draws, in up to 32 groups: how far T other draws would be.
    pub monte_carlo_standard_errors: RegressionErrors,
    /// 95 % intervals over the inputs; `None` for fewer than two.
    pub intervals: Option<RegressionIntervals>,
    /// The inputs to look at.
    pub extremes: RegressionExtremes,
    /// Figures of each target, where there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_target: Vec<TargetScores>,
    /// The fit over the input, where that is one number and so is the target; in order of the input. Of more than
    /// [`CURVE_POINTS`] inputs every so many-th in that order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curve: Vec<CurvePoint>,
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
    /// Those of the smallest predictive variance, the smallest first; of several targets each in units of its mean.
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
        let by_target: Vec<TargetScores> =
            names.iter().enumerate().map(|(target, name)| TargetScores::new(inputs, samples, target, name)).collect();
        let only = by_target.first().filter(|_| by_target.len() == 1);
        let epistemic_unbiased = only.and_then(|target| target.epistemic_unbiased);
        let likelihoods = inputs.iter().map(|input| input.negative_log_likelihood);
        let explained: Option<Vec<f64>> = by_target.iter().map(|target| target.r_squared).collect();
        Ok(Self {
            examples: inputs.len(),
            samples,
            targets: names.to_vec(),
            root_mean_squared_error: only.map(|target| target.root_mean_squared_error),
            mean_absolute_error: only.map(|target| target.mean_absolute_error),
            continuous_ranked_probability_score: only.map(|target| target.continuous_ranked_probability_score),
            negative_log_likelihood: likelihoods.clone().sum::<f64>() / inputs.len() as f64,
            r_squared: explained.map(|shares| shares.iter().sum::<f64>() / names.len() as f64),
            aleatoric: only.map(|target| target.aleatoric),
            epistemic: epistemic_unbiased.map(|variance| variance * (samples as f64 - 1.0) / samples as f64),
            epistemic_unbiased,
            coverage: IntervalCoverage::of(inputs, 0..names.len()),
            probability_integral_transform: only.map(|target| target.probability_integral_transform.clone()),
            standard_errors: RegressionErrors {
                negative_log_likelihood: standard_error_of_mean(likelihoods),
                ..only.map(|target| target.standard_errors(inputs, samples, 0)).unwrap_or_default()
            },
            monte_carlo_standard_errors: replicates.standard_errors(),
            intervals: RegressionIntervals::new(inputs, only),
            randomized: false,
            extremes: RegressionExtremes::new(inputs, &by_target),
            curve: singles.filter(|_| names.len() == 1).map_or_else(Vec::new, |singles| curve(inputs, singles)),
            by_target: if names.len() > 1 { by_target } else { Vec::new() },
        })
    }
}

fn curve(inputs: &[ValueScores], singles: &[f64]) -> Vec<CurvePoint> {
    let point = |&place: &usize| {
        let input = &inputs[place];
        CurvePoint {
            input: singles[place],
            target: input.values[0],
            mean: input.means[0],
            aleatoric_deviation: input.aleatoric[0].sqrt(),
            epistemic_deviation: input.epistemic.as_ref().map(|parts| parts[0].sqrt()),
        }
    };
    let mut places: Vec<usize> = (0..inputs.len().min(singles.len())).collect();
    places.sort_by(|&left, &right| singles[left].total_cmp(&singles[right]));
    let stride = places.len().div_ceil(CURVE_POINTS).max(1);
    places.iter().step_by(stride).map(point).collect()
}

impl RegressionExtremes {
    fn new(inputs: &[ValueScores], targets: &[TargetScores]) -> Self {
        let chosen = |key: &dyn Fn(&ValueScores) -> f64| {
            let mut places: Vec<usize> = (0..inputs.len()).collect();
            places.sort_by(|&left, &right| key(&inputs[left]).total_cmp(&key(&inputs[right])).then(left.cmp(&right)));
            places.into_iter().take(COUNT).map(|index| RegressionExtreme::new(&inputs[index], index)).collect()
        };
        let variance = |input: &ValueScores, target: usize| {
            input.aleatoric[target] + input.epistemic.as_ref().map_or(0.0, |parts| parts[target])
        };
        let means: Vec<f64> = (0..targets.len())
            .map(|target| inputs.iter().map(|input| variance(input, target)).sum::<f64>() / inputs.len() as f64)
            .collect();
        let relative = |input: &ValueScores| -> f64 {
            means.iter().enumerate().map(|(target, mean)| variance(input, target) / mean).sum()
        };
        Self {
            most_certain: chosen(&relative),
            least_certain: chosen(&|input| -relative(input)),
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
