//! Every figure of a scored split.

use super::scores::{
    CalibrationTest, ClassScores, Edges, Histograms, ReliabilityBin, RiskCoverage, Scheme, TopLabel,
    adaptive_calibration_error, check_bins, confusion, expected_calibration_error, per_class, reliability,
    risk_coverage,
};
use super::{Extremes, InputScores, Intervals, Predictive, Replicates, ScoreSums, StandardErrors, UncertaintyError};
use super::{jackknife_standard_error, standard_error_of_mean};
use elbo_compiler::ir::{Metric, Report};
use serde::{Deserialize, Serialize};

/// Bins of the expected calibration error where a report does not say.
pub const DEFAULT_BINS: usize = 15;

/// Every figure of a scored split. Scalars are means over its inputs; logarithms are natural. What
/// is `None` because a single draw has no epistemic part is written as null; what was not asked for
/// is left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// Inputs scored.
    pub examples: usize,
    /// T, the draws each figure rests on; 1 for a network without anything random.
    pub samples: usize,
    /// Share of inputs whose most probable class is the label.
    pub accuracy: f64,
    /// Mean −ln p̄(y).
    pub negative_log_likelihood: f64,
    /// Mean Σ_c (p̄_c − [c = y])².
    pub brier: f64,
    /// Over [`Self::expected_calibration_error_bins`] bins of equal width.
    pub expected_calibration_error: f64,
    /// The first number of bins asked for, else 15.
    pub expected_calibration_error_bins: usize,
    /// Whether that error is more than chance, and how large it may be.
    pub calibration_test: CalibrationTest,
    /// Mean trace of the aleatoric covariance.
    pub aleatoric: f64,
    /// The same divided by the number of classes.
    pub aleatoric_per_class: f64,
    /// Mean trace of the epistemic covariance, the 1/T form.
    pub epistemic: Option<f64>,
    /// The same divided by the number of classes.
    pub epistemic_per_class: Option<f64>,
    /// Mean trace of the epistemic covariance times T/(T − 1): its expectation does not depend on T.
    pub epistemic_unbiased: Option<f64>,
    /// Mean H(p̄).
    pub entropy: f64,
    /// Mean of (1/T) Σ H(p̂_t).
    pub expected_entropy: f64,
    /// `entropy` less `expected_entropy`. Low by a share of about 1/T.
    pub mutual_information: Option<f64>,
    /// The same times T/(T − 1), which takes away the bias of order 1/T (to second order in the
    /// spread of the draws the mutual information is a weighted variance of them).
    pub mutual_information_corrected: Option<f64>,
    /// s/√N over the inputs: how far another test set of this size would be.
    pub standard_errors: StandardErrors,
    /// Over the draws, in up to 32 groups: how far T other draws would be. Jackknife, but for accuracy and calibration
    /// error, which change by jumps: bootstrap. `None` for T = 1, and for the epistemic figures below T = 3.
    pub monte_carlo_standard_errors: StandardErrors,
    /// 95 % intervals over the inputs; `None` for fewer than two.
    pub intervals: Option<Intervals>,
    /// How the scores are distributed that tell known inputs from unknown ones.
    pub histograms: Histograms,
    /// The inputs to look at.
    pub extremes: Extremes,
    /// Every calibration error asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calibration: Vec<CalibrationFigure>,
    /// A reliability table for each number of bins asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reliability: Vec<Vec<ReliabilityBin>>,
    /// Risk against coverage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk_coverage: Option<RiskCoverage>,
    /// The table by class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_class: Option<Vec<ClassScores>>,
    /// Counts of inputs by label (row) and predicted class (column).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confusion: Option<Vec<Vec<usize>>>,
}

/// A calibration error as asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationFigure {
    /// `expected_calibration_error` or `adaptive_calibration_error`.
    pub metric: String,
    /// Its number of bins.
    pub bins: usize,
    /// Its value.
    pub value: f64,
    /// Whether it is more than chance, and how large it may be.
    pub test: CalibrationTest,
    /// Its standard error over the draws, by bootstrap; `None` for T = 1.
    pub monte_carlo_standard_error: Option<f64>,
}

/// Whether a report can be made, so that a mistake in it is found before training.
///
/// # Errors
/// [`UncertaintyError::Bins`] if a number of bins is 0 or too large, [`UncertaintyError::Empty`] if no
/// sample is asked for.
pub fn check_report(report: &Report) -> Result<(), UncertaintyError> {
    if report.samples == 0 {
        return Err(UncertaintyError::Empty);
    }
    report.metrics.iter().try_for_each(|metric| match *metric {
        Metric::ExpectedCalibrationError { bins }
        | Metric::AdaptiveCalibrationError { bins }
        | Metric::Reliability { bins } => check_bins(bins),
        _ => Ok(()),
    })
}

impl Evaluation {
    /// Scores `predictive` against `labels`: the figures every report has, and what `metrics` ask
    /// for. `replicates` are of the same inputs; without any ([`Replicates::default`]) there are no
    /// Monte Carlo standard errors.
    ///
    /// # Errors
    /// [`UncertaintyError`] if there is nothing to score, labels do not fit, or a number of bins is impossible.
    pub fn new(
        predictive: &Predictive,
        labels: &[u32],
        metrics: &[Metric],
        replicates: &Replicates,
    ) -> Result<Self, UncertaintyError> {
        let inputs = predictive.score(labels)?;
        if inputs.is_empty() {
            return Err(UncertaintyError::Empty);
        }
        let top_labels: Vec<TopLabel> = inputs.iter().map(TopLabel::from).collect();
        let mut sums = ScoreSums::default();
        inputs.iter().for_each(|input| sums.add(input));

        let samples = predictive.samples as f64;
        let classes = predictive.classes as f64;
        let unbiased = samples / (samples - 1.0);
        let aleatoric = sums.mean(sums.aleatoric);
        let epistemic = predictive.epistemic.as_ref().map(|_| sums.mean(sums.epistemic));
        let mutual_information = epistemic.map(|_| sums.mean(sums.entropy - sums.expected_entropy).max(0.0));
        let asked = metrics.iter().find_map(|metric| match *metric {
            Metric::ExpectedCalibrationError { bins } => Some(bins),
            _ => None,
        });
        let bins = asked.unwrap_or(DEFAULT_BINS);
        let expected_calibration_error = expected_calibration_error(&top_labels, bins)?;
        let calibration_test = CalibrationTest::new(&top_labels, Scheme::EqualWidth, bins);
        let mut evaluation = Self {
            examples: sums.inputs,
            samples: predictive.samples,
            accuracy: sums.accuracy(),
            negative_log_likelihood: sums.mean(sums.negative_log_likelihood),
            brier: sums.mean(sums.brier),
            expected_calibration_error,
            expected_calibration_error_bins: bins,
            aleatoric,
            aleatoric_per_class: aleatoric / classes,
            epistemic,
            epistemic_per_class: epistemic.map(|trace| trace / classes),
            epistemic_unbiased: epistemic.map(|trace| trace * unbiased),
            entropy: sums.mean(sums.entropy),
            expected_entropy: sums.mean(sums.expected_entropy),
            mutual_information,
            mutual_information_corrected: mutual_information.map(|nats| nats * unbiased),
            standard_errors: over_inputs(&inputs, predictive.samples),
            monte_carlo_standard_errors: over_draws(replicates, predictive.samples, bins),
            intervals: Intervals::new(&inputs, predictive.samples, &calibration_test),
            calibration_test,
            histograms: Histograms::new(&inputs, &Edges::new(predictive.classes, &[&inputs])),
            extremes: Extremes::new(predictive, &inputs, labels),
            calibration: Vec::new(),
            reliability: Vec::new(),
            risk_coverage: None,
            per_class: None,
            confusion: None,
        };
        for metric in metrics {
            match *metric {
                Metric::ExpectedCalibrationError { bins } => {
                    let figure = CalibrationFigure::new(Scheme::EqualWidth, bins, &top_labels, replicates)?;
                    evaluation.calibration.push(figure);
                }
                Metric::AdaptiveCalibrationError { bins } => {
                    let figure = CalibrationFigure::new(Scheme::EqualCount, bins, &top_labels, replicates)?;
                    evaluation.calibration.push(figure);
                }
                Metric::Reliability { bins } => evaluation.reliability.push(reliability(&top_labels, bins)?),
                Metric::RiskCoverage => evaluation.risk_coverage = risk_coverage(&top_labels),
                Metric::PerClass => evaluation.per_class = Some(per_class(predictive, &inputs, labels)),
                Metric::Confusion => {
                    evaluation.confusion = Some(confusion(&inputs, labels, predictive.classes));
                }
                // In every evaluation, or of real targets.
                Metric::Accuracy
                | Metric::NegativeLogLikelihood
                | Metric::Brier
                | Metric::Aleatoric
                | Metric::Epistemic
                | Metric::Entropy
                | Metric::MutualInformation
                | Metric::RootMeanSquaredError
                | Metric::MeanAbsoluteError
                | Metric::Coverage => {}
            }
        }
        Ok(evaluation)
    }
}

impl CalibrationFigure {
    fn new(
        scheme: Scheme,
        bins: usize,
        inputs: &[TopLabel],
        replicates: &Replicates,
    ) -> Result<Self, UncertaintyError> {
        let (metric, figure) = calibration_error(scheme);
        let value = figure(inputs, bins)?;
        let again = |inputs: &[TopLabel]| figure(inputs, bins).expect("the same bins have served all draws together");
        Ok(Self {
            metric: metric.to_owned(),
            bins,
            value,
            test: CalibrationTest::new(inputs, scheme, bins),
            monte_carlo_standard_error: replicates.resamples().standard_error(again),
        })
    }
}

type CalibrationError = fn(&[TopLabel], usize) -> Result<f64, UncertaintyError>;

/// The calibration error over such bins, and what it is called.
fn calibration_error(scheme: Scheme) -> (&'static str, CalibrationError) {
    match scheme {
        Scheme::EqualWidth => ("expected_calibration_error", expected_calibration_error),
        Scheme::EqualCount => ("adaptive_calibration_error", adaptive_calibration_error),
    }
}

/// Standard errors of the means over inputs.
fn over_inputs(inputs: &[InputScores], samples: usize) -> StandardErrors {
    let of = |figure: fn(&InputScores) -> f64| standard_error_of_mean(inputs.iter().map(figure));
    let unbiased = samples as f64 / (samples as f64 - 1.0);
    let epistemic_of = |figure: fn(&InputScores) -> f64| if samples > 1 { of(figure) } else { None };
    let epistemic = epistemic_of(|input| input.epistemic.unwrap_or(0.0));
    let mutual_information = epistemic_of(|input| input.mutual_information().unwrap_or(0.0));
    StandardErrors {
        accuracy: of(|input| f64::from(u8::from(input.correct))),
        negative_log_likelihood: of(|input| input.negative_log_likelihood),
        brier: of(|input| input.brier),
        expected_calibration_error: None,
        aleatoric: of(|input| input.aleatoric),
        epistemic,
        epistemic_unbiased: epistemic.map(|error| error * unbiased),
        entropy: of(|input| input.entropy),
        expected_entropy: of(|input| input.expected_entropy),
        mutual_information,
        mutual_information_corrected: mutual_information.map(|error| error * unbiased),
    }
}

/// Standard errors over draws: jackknife of what is smooth in them, bootstrap of the rest. The epistemic figures depend on the number of draws, so
/// their replicates are taken in the T/(T − 1) form, which does not, and the error is scaled back.
fn over_draws(replicates: &Replicates, samples: usize, bins: usize) -> StandardErrors {
    let mean_of = |sum: fn(&ScoreSums) -> f64| {
        jackknife_standard_error(&replicates.map(|replicate| replicate.sums.mean(sum(&replicate.sums))))
    };
    let unbiased_of = |sum: fn(&ScoreSums) -> f64| {
        let figures = replicates.map(|replicate| {
            let samples = replicate.samples as f64;
            replicate.sums.mean(sum(&replicate.sums)) * samples / (samples - 1.0)
        });
        if replicates.are_epistemic() { jackknife_standard_error(&figures) } else { None }
    };
    let biased = (samples as f64 - 1.0) / samples as f64;
    let epistemic = unbiased_of(|sums| sums.epistemic);
    let mutual_information = unbiased_of(|sums| sums.entropy - sums.expected_entropy);
    let resamples = replicates.resamples();
    let accuracy =
        |inputs: &[TopLabel]| inputs.iter().filter(|input| input.correct).count() as f64 / inputs.len().max(1) as f64;
    let calibration = |inputs: &[TopLabel]| {
        expected_calibration_error(inputs, bins).expect("the same bins have served all draws together")
    };
    StandardErrors {
        accuracy: resamples.standard_error(accuracy),
        negative_log_likelihood: mean_of(|sums| sums.negative_log_likelihood),
        brier: mean_of(|sums| sums.brier),
        expected_calibration_error: resamples.standard_error(calibration),
        aleatoric: mean_of(|sums| sums.aleatoric),
        epistemic: epistemic.map(|error| error * biased),
        epistemic_unbiased: epistemic,
        entropy: mean_of(|sums| sums.entropy),
        expected_entropy: mean_of(|sums| sums.expected_entropy),
        mutual_information: mutual_information.map(|error| error * biased),
        mutual_information_corrected: mutual_information,
    }
}
