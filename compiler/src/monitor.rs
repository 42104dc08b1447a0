//! The figures that a training may watch.

use serde::{Deserialize, Serialize};

/// A figure watched at the end of each epoch; smaller is better but for accuracy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Monitor {
    /// `train.loss`
    TrainLoss,
    /// `validation.nll`
    ValidationNegativeLogLikelihood,
    /// `validation.accuracy`
    ValidationAccuracy,
}

impl Monitor {
    /// Its name in the IR.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::TrainLoss => "train_loss",
            Self::ValidationNegativeLogLikelihood => "validation_negative_log_likelihood",
            Self::ValidationAccuracy => "validation_accuracy",
        }
    }
}
