//! What runs are compared in.

use crate::report::score_names::score_in_words;
use crate::uncertainty::scores::DetectionScore;
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

/// The plain measures with their short name.
const PLAIN: [(Measure, &str); 9] = [
    (Measure::Accuracy, "accuracy"),
    (Measure::RootMeanSquaredError, "rmse"),
    (Measure::MeanAbsoluteError, "mae"),
    (Measure::NegativeLogLikelihood, "nll"),
    (Measure::Brier, "brier"),
    (Measure::ExpectedCalibrationError, "ece"),
    (Measure::Aleatoric, "aleatoric"),
    (Measure::Epistemic, "epistemic"),
    (Measure::MutualInformation, "mutual_information"),
];

impl Measure {
    /// The plain measure of a short name as specs have it, such as `nll`.
    pub fn parse(name: &str) -> Option<Self> {
        PLAIN.into_iter().find(|(_, short)| *short == name).map(|(measure, _)| measure)
    }

    /// The short names of all plain measures.
    pub fn names() -> impl Iterator<Item = &'static str> {
        PLAIN.iter().map(|(_, short)| *short)
    }

    /// All plain measures.
    pub fn plain() -> impl Iterator<Item = Self> {
        PLAIN.into_iter().map(|(measure, _)| measure)
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
