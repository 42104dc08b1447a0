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

/// Images of another distribution. They pass through the run's own transforms with the statistics of the run's
/// training split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutOfDistribution {
    /// What it is called in reports.
    pub name: String,
    /// Where its examples come from.
    pub source: OtherSource,
    /// The folder as the spec gives it, if it gives one; not part of a run's meaning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
}

/// Where images of another distribution come from. What is generated is the same for every run on the same data,
/// whatever its seed, so that runs can be compared; there are as many of them as the run has test examples, and 10,000
/// at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum OtherSource {
    /// The test split of a data set.
    DataSet(DataSource),
    /// Every pixel uniform between the smallest and the largest there is.
    Noise,
    /// The run's test images, each with its pixels in an order of its own.
    Shuffled,
    /// The run's test images, damaged; their labels still hold.
    Corruption {
        /// How.
        kind: Corruption,
        /// How much, from 1 to 5.
        severity: u8,
    },
}

impl OtherSource {
    /// The name of a set that a report gives none.
    pub fn name(self) -> String {
        match self {
            Self::DataSet(source) => source.name().to_owned(),
            Self::Noise => "noise".to_owned(),
            Self::Shuffled => "shuffled".to_owned(),
            Self::Corruption { kind, severity } => format!("{}/{severity}", kind.name()),
        }
    }
}

/// A way to damage images, after Hendrycks & Dietterich 2019 ("Benchmarking neural network robustness to common
/// corruptions and perturbations"). The parameters by severity stand where the runtime computes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Corruption {
    /// Normal noise on every pixel.
    GaussianNoise,
    /// Each pixel a Gaussian mean of those around it.
    Blur,
    /// Less difference from the channel's mean.
    Contrast,
    /// Every pixel brighter.
    Brightness,
    /// Fewer, larger pixels.
    Pixelate,
    /// Turned about the centre.
    Rotation,
}

impl Corruption {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::GaussianNoise, Self::Blur, Self::Contrast, Self::Brightness, Self::Pixelate, Self::Rotation];

    /// Its name in specs and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::GaussianNoise => "gaussian_noise",
            Self::Blur => "blur",
            Self::Contrast => "contrast",
            Self::Brightness => "brightness",
            Self::Pixelate => "pixelate",
            Self::Rotation => "rotation",
        }
    }
}

/// A figure or table of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Metric {
    /// Share of inputs whose most probable class is the right one.
    Accuracy,
    /// Root of the mean squared distance of targets from their predicted means, in the targets' own units.
    RootMeanSquaredError,
    /// Mean distance of targets from their predicted means.
    MeanAbsoluteError,
    /// Share of targets in the central 50, 90 and 95 % intervals of their predictive distributions, and how wide those are.
    Coverage,
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
    /// Mean trace of the aleatoric covariance: of classes, or of real targets `E[σ²]`.
    Aleatoric,
    /// Mean trace of the epistemic covariance: of classes, or of real targets `Var[μ]`.
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

impl Metric {
    /// Its name in specs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::NegativeLogLikelihood => "nll",
            Self::Brier => "brier",
            Self::ExpectedCalibrationError { .. } => "ece",
            Self::AdaptiveCalibrationError { .. } => "adaptive_ece",
            Self::Aleatoric => "aleatoric",
            Self::Epistemic => "epistemic",
            Self::Entropy => "entropy",
            Self::MutualInformation => "mutual_information",
            Self::RootMeanSquaredError => "rmse",
            Self::MeanAbsoluteError => "mae",
            Self::Reliability { .. } => "reliability",
            Self::RiskCoverage => "risk_coverage",
            Self::PerClass => "per_class",
            Self::Confusion => "confusion",
            Self::Coverage => "coverage",
        }
    }
}
