//! A figure watched at the end of each epoch: when it is better, and for how long it has not been.

use super::{TrainingMeans, ValidationMeans};
use elbo_compiler::ir::Monitor;

/// The best value of a monitored figure so far, and the epochs since.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Watch {
    monitor: Monitor,
    best: Option<f64>,
    /// Epochs in a row that were not strictly better than the best.
    pub epochs_without_improvement: usize,
}

impl Watch {
    /// Nothing seen yet.
    pub fn new(monitor: Monitor) -> Self {
        Self { monitor, best: None, epochs_without_improvement: 0 }
    }

    /// Takes the figure of an epoch; whether it is strictly better than all before. What is no number
    /// never is.
    pub fn observe(&mut self, figure: f64) -> bool {
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
}

/// The figure of an epoch; `None` where it was not measured.
pub(super) fn figure(monitor: Monitor, train: &TrainingMeans, validation: Option<&ValidationMeans>) -> Option<f64> {
    match monitor {
        Monitor::TrainLoss => Some(train.loss),
        Monitor::ValidationNegativeLogLikelihood => validation.map(|means| means.negative_log_likelihood),
        Monitor::ValidationAccuracy => validation.map(|means| means.accuracy),
    }
}

/// The figure as a spec writes it, if it is measured on the validation split.
pub(super) const fn needs_validation(monitor: Monitor) -> Option<&'static str> {
    match monitor {
        Monitor::ValidationNegativeLogLikelihood => Some("validation.nll"),
        Monitor::ValidationAccuracy => Some("validation.accuracy"),
        Monitor::TrainLoss => None,
    }
}
