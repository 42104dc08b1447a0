//! A mark as a spec chooses it.

use crate::ir::{DropoutPlacement, DropoutUnit, Estimator, Initialization, Mark, Posterior, Prior};

/// A mark as it was chosen: like [`Mark`], with what a run may still decide left open.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum MarkChoice {
    Point {
        initialization: Initialization,
    },
    Bayes {
        prior: Prior,
        posterior: Posterior,
        estimator: Option<Estimator>,
    },
    Dropout {
        probability: f64,
        on: DropoutPlacement,
        unit: DropoutUnit,
        at_prediction: bool,
        initialization: Initialization,
    },
}

impl MarkChoice {
    /// The mark with the run's own estimator where the layer names none.
    pub fn settle(&self, estimator: Estimator) -> Mark {
        match self.clone() {
            Self::Point { initialization } => Mark::Point { initialization },
            Self::Bayes { prior, posterior, estimator: own } => {
                Mark::Bayes { prior, posterior, estimator: own.unwrap_or(estimator) }
            }
            Self::Dropout { probability, on, unit, at_prediction, initialization } => {
                Mark::Dropout { probability, on, unit, at_prediction, initialization }
            }
        }
    }
}
