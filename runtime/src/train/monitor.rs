//! Figures that are watched from epoch to epoch.

use super::{TrainingMeans, ValidationMeans};
use elbo_compiler::ir::Monitor;
use serde::{Deserialize, Serialize};

/// The best that a monitored figure has been, and for how long it has not been better.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Watch {
    monitor: Monitor,
    best: Option<f64>,
    epochs_without_improvement: usize,
}

impl Watch {
    /// Of nothing yet.
    pub fn new(monitor: Monitor) -> Self {
        Self { monitor, best: None, epochs_without_improvement: 0 }
    }

    /// What is watched.
    pub fn monitor(&self) -> Monitor {
        self.monitor
    }

    /// Takes the figure of an epoch and tells whether it is strictly better than all before: larger for accuracy,
    /// smaller for everything else. PyTorch's `ReduceLROnPlateau` with `threshold=0`.
    pub fn improves(&mut self, figure: f64) -> bool {
        let better = match self.monitor {
            Monitor::ValidationAccuracy => figure > self.best.unwrap_or(f64::NEG_INFINITY),
            Monitor::TrainLoss | Monitor::ValidationNegativeLogLikelihood => {
                figure < self.best.unwrap_or(f64::INFINITY)
            }
        };
        if better {
            self.best = Some(figure);
            self.epochs_without_improvement = 0;
        } else {
            self.epochs_without_improvement += 1;
        }
        better
    }

    /// Whether more than `patience` epochs in a row were not better.
    pub fn exceeds(&self, patience: usize) -> bool {
        self.epochs_without_improvement > patience
    }

    /// Counts epochs without improvement anew; the best stays.
    pub fn forgive(&mut self) {
        self.epochs_without_improvement = 0;
    }
}

/// The figure of an epoch; `None` if it was not measured.
pub(super) fn monitored(monitor: Monitor, train: &TrainingMeans, validation: Option<&ValidationMeans>) -> Option<f64> {
    match monitor {
        Monitor::TrainLoss => Some(train.loss),
        Monitor::ValidationNegativeLogLikelihood => validation.map(|means| means.negative_log_likelihood),
        Monitor::ValidationAccuracy => validation.and_then(|means| means.accuracy),
    }
}

/// A figure of the validation split as a spec writes it; `None` for one of the training split.
pub(super) const fn name_on_validation(monitor: Monitor) -> Option<&'static str> {
    match monitor {
        Monitor::ValidationNegativeLogLikelihood => Some("validation.nll"),
        Monitor::ValidationAccuracy => Some("validation.accuracy"),
        Monitor::TrainLoss => None,
    }
}
