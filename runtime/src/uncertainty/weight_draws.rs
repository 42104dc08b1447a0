//! The same trained network scored by draws of its weights, beside how it was scored.

use super::scores::{TopLabel, expected_calibration_error};
use super::{
    Evaluation, InputScores, RegressionEvaluation, Resamples, UncertaintyError, ValueScores, standard_error_of_mean,
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// A network some of whose `bayes` layers add independent noise at each position, and its posterior q(w).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnderWeightDraws {
    /// T, the draws of all weights behind each figure.
    pub samples: usize,
    /// Figures of the test split both ways; empty where the report's own draws are draws of the weights.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<ComparedMetric>,
    /// −ELBO/N of q(w) on the training split.
    pub elbo: FinalElbo,
}

/// A figure of the test split by two kinds of draws of the same network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComparedMetric {
    /// Its name in `report.json`.
    pub metric: String,
    /// As the report has it.
    pub reported: f64,
    /// From T draws of all weights.
    pub under_weight_draws: f64,
    /// Of the difference: over test inputs, by a paired bootstrap, and over the draws of both; `None` where it is not
    /// defined.
    pub standard_error: Option<f64>,
    /// Whether the difference is more than its error: beyond [`BONFERRONI`] standard errors.
    pub differs: bool,
}

/// −ELBO/N: the expected negative log-likelihood of a training example plus KL(q‖p)/N, at temperature 1, with plain
/// labels, without augmentation and weight penalty; in nats.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FinalElbo {
    /// Training examples it was measured on, drawn without replacement.
    pub examples: usize,
    /// N, all training examples.
    pub of: usize,
    /// Draws of all weights.
    pub draws: usize,
    /// −E_q[ln p(y | x, w)], the mean over the examples.
    pub negative_log_likelihood: f64,
    /// KL(q‖p)
    pub kl: f64,
    /// The sum of the two, the KL divided by N.
    pub negative_elbo: f64,
    /// Monte Carlo error of the sum: over draws, and over examples where they are not all; `None` for one draw.
    pub standard_error: Option<f64>,
}

/// The standard errors beyond which one of seven differences is called one: 5 % over all of them together, two-sided
/// (Bonferroni; the normal quantile at 1 − 0.05/14).
pub const BONFERRONI: f64 = 2.690;

impl ComparedMetric {
    fn new(metric: &str, [reported, under]: [f64; 2], errors: [Option<f64>; 3]) -> Self {
        let [over_inputs, of_reported, of_weights] = errors;
        let standard_error = over_inputs
            .map(|error| error.hypot(of_reported.unwrap_or(0.0)).hypot(of_weights.unwrap_or(0.0)))
            .filter(|error| error.is_finite());
        let differs = standard_error.is_some_and(|error| (under - reported).abs() > BONFERRONI * error);
        Self { metric: metric.to_owned(), reported, under_weight_draws: under, standard_error, differs }
    }

    /// Of two evaluations of the same test inputs and labels.
    ///
    /// # Errors
    /// [`UncertaintyError::Bins`] if the number of bins is impossible.
    pub fn of_classes(
        (reported, reported_inputs): (&Evaluation, &[InputScores]),
        (under, under_inputs): (&Evaluation, &[InputScores]),
    ) -> Result<Vec<Self>, UncertaintyError> {
        let bins = reported.expected_calibration_error_bins;
        let samples = reported.samples as f64;
        // A single draw has no epistemic part, and none is listed.
        let unbiased = samples / (samples - 1.0);
        let rows = |inputs: &[InputScores]| -> Vec<[f64; 6]> {
            let row = |input: &InputScores| {
                [
                    f64::from(u8::from(input.correct)),
                    input.negative_log_likelihood,
                    input.brier,
                    input.aleatoric,
                    unbiased * input.epistemic.unwrap_or(0.0),
                    unbiased * (input.entropy - input.expected_entropy),
                ]
            };
            inputs.iter().map(row).collect()
        };
        let over_inputs = paired_errors(&rows(reported_inputs), &rows(under_inputs));
        let calibration = calibration_error([reported_inputs, under_inputs], bins)?;
        let draws = [&reported.monte_carlo_standard_errors, &under.monte_carlo_standard_errors];
        let error = |at: usize| over_inputs.map(|errors| errors[at]);
        let mut metrics = vec![
            Self::new(
                "accuracy",
                [reported.accuracy, under.accuracy],
                [error(0), draws[0].accuracy, draws[1].accuracy],
            ),
            Self::new(
                "negative_log_likelihood",
                [reported.negative_log_likelihood, under.negative_log_likelihood],
                [error(1), draws[0].negative_log_likelihood, draws[1].negative_log_likelihood],
            ),
            Self::new("brier", [reported.brier, under.brier], [error(2), draws[0].brier, draws[1].brier]),
            Self::new(
                "expected_calibration_error",
                [reported.expected_calibration_error, under.expected_calibration_error],
                [calibration, draws[0].expected_calibration_error, draws[1].expected_calibration_error],
            ),
            Self::new(
                "aleatoric",
                [reported.aleatoric, under.aleatoric],
                [error(3), draws[0].aleatoric, draws[1].aleatoric],
            ),
        ];
        if let (Some(before), Some(after)) = (reported.epistemic_unbiased, under.epistemic_unbiased) {
            let errors = [error(4), draws[0].epistemic_unbiased, draws[1].epistemic_unbiased];
            metrics.push(Self::new("epistemic_unbiased", [before, after], errors));
        }
        if let (Some(before), Some(after)) = (reported.mutual_information_corrected, under.mutual_information_corrected)
        {
            let errors = [error(5), draws[0].mutual_information_corrected, draws[1].mutual_information_corrected];
            metrics.push(Self::new("mutual_information_corrected", [before, after], errors));
        }
        Ok(metrics)
    }

    /// The same of real targets; of several only the likelihood, as the rest has their units.
    pub fn of_values(
        (reported, reported_inputs): (&RegressionEvaluation, &[ValueScores]),
        (under, under_inputs): (&RegressionEvaluation, &[ValueScores]),
    ) -> Vec<Self> {
        let samples = reported.samples as f64;
        let unbiased = samples / (samples - 1.0);
        // What has a unit is used of a single target alone, so that the first stands for all.
        let rows = |inputs: &[ValueScores]| -> Vec<[f64; 5]> {
            let row = |input: &ValueScores| {
                let error = input.values[0] - input.means[0];
                let epistemic = input.epistemic.as_ref().map_or(0.0, |of| of[0]);
                [error * error, error.abs(), input.negative_log_likelihood, input.aleatoric[0], unbiased * epistemic]
            };
            inputs.iter().map(row).collect()
        };
        let over_inputs = paired_errors(&rows(reported_inputs), &rows(under_inputs));
        let draws = [&reported.monte_carlo_standard_errors, &under.monte_carlo_standard_errors];
        let error = |at: usize| over_inputs.map(|errors| errors[at]);
        let mut metrics = Vec::new();
        if let (Some(before), Some(after)) = (reported.root_mean_squared_error, under.root_mean_squared_error) {
            // The delta method: the difference of two roots is that of their squares over their sum.
            let sum = before + after;
            let root_error = error(0).map(|of_squares| if sum > 0.0 { of_squares / sum } else { 0.0 });
            let errors = [root_error, draws[0].root_mean_squared_error, draws[1].root_mean_squared_error];
            metrics.push(Self::new("root_mean_squared_error", [before, after], errors));
        }
        if let (Some(before), Some(after)) = (reported.mean_absolute_error, under.mean_absolute_error) {
            let errors = [error(1), draws[0].mean_absolute_error, draws[1].mean_absolute_error];
            metrics.push(Self::new("mean_absolute_error", [before, after], errors));
        }
        metrics.push(Self::new(
            "negative_log_likelihood",
            [reported.negative_log_likelihood, under.negative_log_likelihood],
            [error(2), draws[0].negative_log_likelihood, draws[1].negative_log_likelihood],
        ));
        if let (Some(before), Some(after)) = (reported.aleatoric, under.aleatoric) {
            let errors = [error(3), draws[0].aleatoric, draws[1].aleatoric];
            metrics.push(Self::new("aleatoric", [before, after], errors));
        }
        if let (Some(before), Some(after)) = (reported.epistemic_unbiased, under.epistemic_unbiased) {
            let errors = [error(4), draws[0].epistemic_unbiased, draws[1].epistemic_unbiased];
            metrics.push(Self::new("epistemic_unbiased", [before, after], errors));
        }
        metrics
    }
}

/// The standard error of each mean difference over inputs; `None` for fewer than two.
fn paired_errors<const FIGURES: usize>(
    reported: &[[f64; FIGURES]],
    under: &[[f64; FIGURES]],
) -> Option<[f64; FIGURES]> {
    let mut errors = [0.0; FIGURES];
    for (at, error) in errors.iter_mut().enumerate() {
        let differences = reported.iter().zip(under).map(|(before, after)| after[at] - before[at]);
        *error = standard_error_of_mean(differences)?;
    }
    Some(errors)
}

/// The standard error over inputs of the difference of two calibration errors, by a paired bootstrap.
fn calibration_error([reported, under]: [&[InputScores]; 2], bins: usize) -> Result<Option<f64>, UncertaintyError> {
    if reported.len() < 2 || reported.len() != under.len() {
        return Ok(None);
    }
    let labels = [reported, under].map(|inputs| inputs.iter().map(TopLabel::from).collect::<Vec<TopLabel>>());
    let resamples = Resamples::of("inputs");
    let difference = |resample: u32| {
        let indices = resamples.indices(resample, reported.len());
        let error = |labels: &[TopLabel]| {
            let drawn: Vec<TopLabel> = indices.iter().map(|&index| labels[index as usize]).collect();
            expected_calibration_error(&drawn, bins)
        };
        Ok(error(&labels[1])? - error(&labels[0])?)
    };
    let differences = (0..Resamples::COUNT).into_par_iter().map(difference).collect::<Result<Vec<f64>, _>>()?;
    let mean = differences.iter().sum::<f64>() / differences.len() as f64;
    let squares: f64 = differences.iter().map(|value| (value - mean).powi(2)).sum();
    Ok(Some((squares / (differences.len() as f64 - 1.0)).sqrt()))
}

impl FinalElbo {
    /// Of the log-likelihoods of `examples` of N training examples: their sums over the examples by draw, and their means
    /// over the draws by example.
    pub fn new(sums_by_draw: &[f64], means_by_example: &[f64], of: usize, kl: f64) -> Self {
        let (draws, examples) = (sums_by_draw.len(), means_by_example.len());
        let count = examples as f64;
        let likelihood = sums_by_draw.iter().sum::<f64>() / draws as f64 / count;
        let over_draws = standard_error_of_mean(sums_by_draw.iter().map(|sum| sum / count));
        // A part of a finite whole: Cochran 1977, equation 2.20.
        let left_out = 1.0 - count / of as f64;
        let over_examples = if examples < of {
            standard_error_of_mean(means_by_example.iter().copied()).map(|error| error * left_out.sqrt())
        } else {
            Some(0.0)
        };
        Self {
            examples,
            of,
            draws,
            negative_log_likelihood: -likelihood,
            kl,
            negative_elbo: kl / of as f64 - likelihood,
            standard_error: over_draws.zip(over_examples).map(|(draws, examples)| draws.hypot(examples)),
        }
    }
}
