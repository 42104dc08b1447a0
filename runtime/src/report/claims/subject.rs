//! The finished runs that claims speak of.

use super::ClaimError;
use crate::uncertainty::{Evaluation, PredictedInput, groups_of_draws};
use elbo_compiler::ir::Metric;
use std::collections::BTreeMap;

/// A finished run that a claim speaks of.
#[derive(Debug, Clone, Copy)]
pub struct ClaimRun<'r> {
    /// Its seed.
    pub seed: u64,
    /// Whether two draws of a prediction can differ.
    pub stochastic: bool,
    /// What names its training: the same of two runs that differ in nothing but their reports.
    pub training: &'r str,
    /// What names its test set: the same of two runs whose test inputs are the same, in the same order.
    pub test_set: &'r str,
    /// Its scores; `None` where targets are real numbers.
    pub evaluation: Option<&'r Evaluation>,
    /// The inputs of its `predictions.csv`.
    pub inputs: &'r [PredictedInput],
}

impl ClaimRun<'_> {
    /// Whether both were scored on the same inputs, as far as is known: of the same files, and with the same labels.
    pub fn shares_test_set(&self, other: &Self) -> bool {
        self.test_set == other.test_set
            && self.inputs.len() == other.inputs.len()
            && self.inputs.iter().zip(other.inputs).all(|(own, other)| own.label == other.label)
    }

    /// T.
    pub(super) fn samples(&self) -> usize {
        self.evaluation.map_or(1, |evaluation| evaluation.samples)
    }

    /// The standard error of a metric over draws; `None` where it cannot be had, as of a single draw of something random.
    pub(super) fn error_of_draws(&self, metric: Metric) -> Option<f64> {
        if !self.stochastic {
            return Some(0.0);
        }
        let evaluation = self.evaluation?;
        let errors = &evaluation.monte_carlo_standard_errors;
        let binned = |name: &str, bins: usize| {
            let found = evaluation.calibration.iter().find(|figure| figure.metric == name && figure.bins == bins);
            found.and_then(|figure| figure.monte_carlo_standard_error)
        };
        match metric {
            Metric::Accuracy => errors.accuracy,
            Metric::NegativeLogLikelihood => errors.negative_log_likelihood,
            Metric::Brier => errors.brier,
            Metric::Aleatoric => errors.aleatoric,
            Metric::Epistemic => errors.epistemic_unbiased,
            Metric::Entropy => errors.entropy,
            Metric::MutualInformation => errors.mutual_information_corrected,
            Metric::ExpectedCalibrationError { bins } if bins == evaluation.expected_calibration_error_bins => {
                errors.expected_calibration_error
            }
            Metric::ExpectedCalibrationError { bins } => binned("expected_calibration_error", bins),
            Metric::AdaptiveCalibrationError { bins } => binned("adaptive_calibration_error", bins),
            Metric::Reliability { .. }
            | Metric::RiskCoverage
            | Metric::PerClass
            | Metric::Confusion
            | Metric::RootMeanSquaredError
            | Metric::MeanAbsoluteError
            | Metric::Coverage => None,
        }
    }

    /// Degrees of freedom of that error.
    pub(super) fn freedom_of_draws(&self) -> f64 {
        groups_of_draws(self.samples()).saturating_sub(1).max(1) as f64
    }
}

/// The finished runs of a name: a single one of a run, one a seed of a sweep.
#[derive(Debug, Clone, Default)]
pub struct ClaimSubject<'r> {
    /// Those there are.
    pub runs: Vec<ClaimRun<'r>>,
    /// The names of the members of a sweep that are not finished.
    pub missing: Vec<String>,
}

/// Finished runs by the names that claims use.
pub type ClaimSubjects<'r> = BTreeMap<String, ClaimSubject<'r>>;

/// The runs of a name, each training once, in the order of their seeds.
#[derive(Debug, Clone)]
pub(super) struct Trainings<'r> {
    /// The name.
    pub name: String,
    /// The runs.
    pub runs: Vec<ClaimRun<'r>>,
    /// Runs of it that stand beside it by names of their own, and do not count here.
    pub beside: usize,
}

impl<'r> Trainings<'r> {
    /// Those of `name`.
    ///
    /// # Errors
    /// [`ClaimError::NoRun`], [`ClaimError::Incomplete`] and [`ClaimError::NoInput`] if a result, or its predictions, are
    /// not there.
    pub fn find(name: &str, subjects: &ClaimSubjects<'r>) -> Result<Self, ClaimError> {
        let subject = subjects.get(name).filter(|subject| !subject.runs.is_empty());
        let subject = subject.ok_or_else(|| ClaimError::NoRun { run: name.to_owned() })?;
        if !subject.missing.is_empty() {
            return Err(ClaimError::Incomplete { sweep: name.to_owned(), missing: subject.missing.clone() });
        }
        let mut runs: Vec<ClaimRun<'r>> = Vec::new();
        for run in &subject.runs {
            if run.inputs.is_empty() || run.evaluation.is_none() {
                return Err(ClaimError::NoInput { run: name.to_owned() });
            }
            if !runs.iter().any(|known| known.training == run.training) {
                runs.push(*run);
            }
        }
        runs.sort_by_key(|run| run.seed);
        Ok(Self { name: name.to_owned(), runs, beside: 0 })
    }

    /// Their seeds.
    pub fn seeds(&self) -> Vec<u64> {
        self.runs.iter().map(|run| run.seed).collect()
    }
}
