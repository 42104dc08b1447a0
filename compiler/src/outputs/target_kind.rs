//! What is predicted of an example, whatever the family of its distribution.

use crate::ir::{Metric, Monitor, Target};

/// What is predicted of an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetKind {
    /// Which of several classes it is of.
    Classes,
    /// One or more real numbers.
    RealNumbers,
}

/// Bins of a calibration error where a spec names none.
const DEFAULT_BINS: usize = 15;

/// What holds for every output that predicts a kind of thing.
#[derive(Debug, Clone, Copy)]
pub struct KindFacts {
    /// In words: `classes`.
    pub name: &'static str,
    /// An output for such targets, as a spec writes it.
    pub output: &'static str,
    /// What a report holds that names no metrics.
    pub default_metrics: &'static [Metric],
    /// Whether there are labels, which can be smoothed and weighed, and scores by which other distributions are told.
    pub has_labels: bool,
    /// Whether claims of its figures can be decided.
    pub has_claims: bool,
    /// Whether all draws of an input are kept at once, for its quantiles.
    pub keeps_draws: bool,
}

const CLASSES: KindFacts = KindFacts {
    name: "classes",
    output: "categorical",
    default_metrics: &[
        Metric::Accuracy,
        Metric::NegativeLogLikelihood,
        Metric::Brier,
        Metric::ExpectedCalibrationError { bins: DEFAULT_BINS },
        Metric::Aleatoric,
        Metric::Epistemic,
    ],
    has_labels: true,
    has_claims: true,
    keeps_draws: false,
};

const REAL_NUMBERS: KindFacts = KindFacts {
    name: "real numbers",
    output: "gaussian(noise=learned)",
    default_metrics: &[
        Metric::RootMeanSquaredError,
        Metric::NegativeLogLikelihood,
        Metric::Coverage,
        Metric::Aleatoric,
        Metric::Epistemic,
    ],
    has_labels: false,
    has_claims: false,
    keeps_draws: true,
};

impl TargetKind {
    /// What such data hold.
    pub const fn of(target: &Target) -> Self {
        match target {
            Target::Classes { .. } => Self::Classes,
            Target::Values { .. } => Self::RealNumbers,
        }
    }

    /// What holds for every output of the kind.
    pub const fn facts(self) -> &'static KindFacts {
        match self {
            Self::Classes => &CLASSES,
            Self::RealNumbers => &REAL_NUMBERS,
        }
    }

    /// What data called `name` hold, as the end of a sentence.
    pub(crate) fn held_by(self, name: &str) -> String {
        match self {
            Self::Classes => format!("`{name}` has classes"),
            Self::RealNumbers => format!("the targets of `{name}` are real numbers"),
        }
    }

    /// Nats that the target of an example can say at most, from its network's outputs; `None` where there is no bound.
    pub(crate) fn information(self, outputs: usize) -> Option<f64> {
        match self {
            Self::Classes => Some((outputs as f64).ln()),
            Self::RealNumbers => None,
        }
    }

    /// Whether a figure is measured in training.
    pub(crate) const fn measures(self, monitor: Monitor) -> bool {
        match monitor {
            Monitor::TrainLoss | Monitor::ValidationNegativeLogLikelihood => true,
            Monitor::ValidationAccuracy => matches!(self, Self::Classes),
        }
    }

    /// Whether a report has a figure.
    pub(crate) const fn reports(self, metric: Metric) -> bool {
        match metric {
            Metric::NegativeLogLikelihood | Metric::Aleatoric | Metric::Epistemic => true,
            Metric::RootMeanSquaredError | Metric::MeanAbsoluteError | Metric::Coverage => {
                matches!(self, Self::RealNumbers)
            }
            Metric::Accuracy
            | Metric::Brier
            | Metric::ExpectedCalibrationError { .. }
            | Metric::AdaptiveCalibrationError { .. }
            | Metric::Reliability { .. }
            | Metric::RiskCoverage
            | Metric::Entropy
            | Metric::MutualInformation
            | Metric::PerClass
            | Metric::Confusion => matches!(self, Self::Classes),
        }
    }
}
