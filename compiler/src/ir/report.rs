//! What is computed once training has ended.

use super::{DataSource, Estimator};
use serde::{Deserialize, Serialize};

/// How a trained network is scored on the test split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// T, the number of sampled forward passes; 1 where nothing in the network is random.
    pub samples: usize,
    /// How `bayes` layers are sampled at prediction; `None` means as they were trained.
    pub estimator: Option<Estimator>,
    /// What is reported, in this order.
    pub metrics: Vec<Metric>,
    /// Data of another distribution, to be told from the test split.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub out_of_distribution: Vec<OutOfDistribution>,
}

/// A data set of another distribution. Its test split passes through the run's own transforms with the
/// statistics of the run's training split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutOfDistribution {
    /// What it is called in reports.
    pub name: String,
    /// Where its examples come from.
    pub source: DataSource,
    /// The folder as the spec gives it, if it gives one; not part of a run's meaning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
}

/// A figure or table of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Metric {
    /// Share of inputs whose most probable class is the right one.
    Accuracy,
    /// Mean −ln p̄(y).
    NegativeLogLikelihood,
    /// Mean Σ_c (p̄_c − [c = y])².
    Brier,
    /// Expected calibration error over equal-width bins.
    ExpectedCalibrationError {
        /// Number of bins.
        bins: usize,
    },
    /// Expected calibration error over bins of equal count.
    AdaptiveCalibrationError {
        /// Number of bins.
        bins: usize,
    },
    /// The bins behind the expected calibration error, as a table.
    Reliability {
        /// Number of bins.
        bins: usize,
    },
    /// Risk against coverage with its area, and accuracy at 80 % coverage.
    RiskCoverage,
    /// Mean trace of the aleatoric covariance.
    Aleatoric,
    /// Mean trace of the epistemic covariance.
    Epistemic,
    /// Mean entropy of p̄, in nats.
    Entropy,
    /// Mean entropy of p̄ less the mean entropy of the draws, in nats.
    MutualInformation,
    /// Precision, recall and uncertainty by class.
    PerClass,
    /// Counts of true against predicted class.
    Confusion,
}
