//! What runs are compared in.

use crate::report::Report;
use crate::report::page::{interval, score_in_words};
use crate::uncertainty::scores::DetectionScore;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A figure in which runs are compared, in the order of tables.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Share of test inputs that are right.
    Accuracy,
    /// √ of the mean squared error of real targets.
    RootMeanSquaredError,
    /// Mean absolute error of real targets.
    MeanAbsoluteError,
    /// Mean −ln p̄(y), in nats.
    NegativeLogLikelihood,
    /// Brier score.
    Brier,
    /// Expected calibration error.
    ExpectedCalibrationError,
    /// Mean aleatoric trace.
    Aleatoric,
    /// Mean epistemic trace, free of bias in the number of draws.
    Epistemic,
    /// Mean mutual information in nats, free of bias to first order.
    MutualInformation,
    /// Area under the ROC curve of a score on a set of another distribution.
    Detection {
        /// The set.
        set: String,
        /// The score.
        score: DetectionScore,
    },
}

/// A value and how far it may be off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// Its 95 % interval.
    pub interval: Option<[f64; 2]>,
}

/// Digits of a digest or key in a table.
const SHORT: usize = 12;

/// The fact that evaluations of one training share.
const TRAINING: &str = "training";

/// The fact of how many draws a run was scored by.
pub(super) const DRAWS: &str = "draws";
/// The fact of how `bayes` layers were drawn for the scores; only those who know the run have it.
pub(super) const ESTIMATOR: &str = "estimator";

/// A run in a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// What it is called.
    pub name: String,
    /// What is known of it, such as `model`, `data` and `seed`: what a pivot can lay out by.
    pub facts: BTreeMap<String, String>,
    /// Its figures.
    pub estimates: BTreeMap<Measure, Estimate>,
    /// What names its training: the same of two runs that differ in nothing but their reports.
    pub training: String,
    /// What names the procedure: the same of two runs that differ in nothing but their seeds.
    pub procedure: String,
    /// The measures in which it is better than every run beside it; found by whoever has their predictions.
    pub best: BTreeSet<Measure>,
}

/// The plain measures with their short name, and that of their interval in `report.json`.
const PLAIN: [(Measure, &str, &str); 9] = [
    (Measure::Accuracy, "accuracy", "accuracy"),
    (Measure::RootMeanSquaredError, "rmse", "root_mean_squared_error"),
    (Measure::MeanAbsoluteError, "mae", "mean_absolute_error"),
    (Measure::NegativeLogLikelihood, "nll", "negative_log_likelihood"),
    (Measure::Brier, "brier", "brier"),
    (Measure::ExpectedCalibrationError, "ece", "expected_calibration_error"),
    (Measure::Aleatoric, "aleatoric", "aleatoric"),
    (Measure::Epistemic, "epistemic", "epistemic_unbiased"),
    (Measure::MutualInformation, "mutual_information", "mutual_information_corrected"),
];

impl Measure {
    /// The plain measure of a short name as specs have it, such as `nll`.
    pub fn parse(name: &str) -> Option<Self> {
        PLAIN.into_iter().find(|(_, short, _)| *short == name).map(|(measure, _, _)| measure)
    }

    /// The short names of all plain measures.
    pub fn names() -> impl Iterator<Item = &'static str> {
        PLAIN.iter().map(|(_, short, _)| *short)
    }

    /// All plain measures.
    pub fn plain() -> impl Iterator<Item = Self> {
        PLAIN.into_iter().map(|(measure, _, _)| measure)
    }

    /// Whether it is a share, which people read in per cent.
    pub fn is_share(&self) -> bool {
        *self == Self::Accuracy
    }

    /// Whether more of it is better; `None` for uncertainties, which are neither.
    pub fn more_is_better(&self) -> Option<bool> {
        match self {
            Self::Accuracy | Self::Detection { .. } => Some(true),
            Self::RootMeanSquaredError
            | Self::MeanAbsoluteError
            | Self::NegativeLogLikelihood
            | Self::Brier
            | Self::ExpectedCalibrationError => Some(false),
            Self::Aleatoric | Self::Epistemic | Self::MutualInformation => None,
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Detection { set, score } = self {
            return write!(formatter, "AUROC {set} ({})", score_in_words(*score));
        }
        formatter.write_str(match self {
            Self::Accuracy => "accuracy",
            Self::RootMeanSquaredError => "RMSE",
            Self::MeanAbsoluteError => "MAE",
            Self::NegativeLogLikelihood => "NLL",
            Self::Brier => "Brier",
            Self::ExpectedCalibrationError => "ECE",
            Self::Aleatoric => "aleatoric",
            Self::Epistemic => "epistemic",
            _ => "mutual information",
        })
    }
}

impl Column {
    /// The figures of a run, with the facts its report has: `run`, `model`, `data` (the dataset's declared name), `source`,
    /// `content` (the beginning of the SHA-256 of what was read), `training` (the beginning of its key), `draws`, `backend`,
    /// `seed`, and what its sweep varied.
    pub fn new(name: &str, report: &Report) -> Self {
        let mut estimates = BTreeMap::new();
        if let Some(test) = &report.test {
            let values = [
                Some(test.accuracy),
                None,
                None,
                Some(test.negative_log_likelihood),
                Some(test.brier),
                Some(test.expected_calibration_error),
                Some(test.aleatoric),
                test.epistemic_unbiased,
                test.mutual_information_corrected,
            ];
            for ((measure, _, key), value) in PLAIN.into_iter().zip(values) {
                if let Some(value) = value {
                    estimates.insert(measure, Estimate { value, interval: interval(test.intervals.as_ref(), key) });
                }
            }
        }
        if let Some(test) = &report.regression {
            let intervals = test.intervals.as_ref();
            let mut add = |measure, value: Option<f64>, interval: Option<[f64; 2]>| {
                if let Some(value) = value {
                    estimates.insert(measure, Estimate { value, interval });
                }
            };
            add(
                Measure::RootMeanSquaredError,
                test.root_mean_squared_error,
                intervals.and_then(|all| all.root_mean_squared_error),
            );
            add(
                Measure::MeanAbsoluteError,
                test.mean_absolute_error,
                intervals.and_then(|all| all.mean_absolute_error),
            );
            add(
                Measure::NegativeLogLikelihood,
                Some(test.negative_log_likelihood),
                intervals.map(|all| all.negative_log_likelihood),
            );
            add(Measure::Aleatoric, test.aleatoric, intervals.and_then(|all| all.aleatoric));
            add(Measure::Epistemic, test.epistemic_unbiased, intervals.and_then(|all| all.epistemic_unbiased));
        }
        for set in &report.out_of_distribution {
            for detection in &set.detection {
                let measure = Measure::Detection { set: set.name.clone(), score: detection.score };
                let estimate =
                    Estimate { value: detection.area_under_roc, interval: Some(detection.interval_of_area_under_roc) };
                estimates.insert(measure, estimate);
            }
        }
        let run = &report.run;
        let mut facts = run.varied.clone();
        facts.extend([
            ("run".to_owned(), run.name.clone()),
            ("model".to_owned(), run.model.clone()),
            ("data".to_owned(), run.data.name.clone()),
            ("source".to_owned(), run.data.source.clone()),
            ("content".to_owned(), run.data.sha256[..SHORT].to_owned()),
            (TRAINING.to_owned(), run.training.as_str()[..SHORT].to_owned()),
            (DRAWS.to_owned(), report.draws().to_string()),
            ("backend".to_owned(), run.backend.clone()),
            ("seed".to_owned(), run.seed.to_string()),
        ]);
        let training = run.training.as_str().to_owned();
        // Until somebody who knows more says otherwise, each training is of its own procedure.
        let procedure = training.clone();
        Self { name: name.to_owned(), facts, estimates, training, procedure, best: BTreeSet::new() }
    }
}
