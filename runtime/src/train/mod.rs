//! The training loop: schedules, order of examples, events; and the evaluation of
//! what was trained.

mod assess;
mod checked;
mod checkpoints;
mod draws;
mod error;
mod event;
mod examples;
mod metrics;
mod monitor;
mod plan;
mod predict;
mod schedule;
mod selection;
mod state;
mod summary;
mod trainer;
mod validation;
mod weight_draws;

pub use crate::outputs::{Assessment, Predicted, Scored};
pub use assess::assess;
#[cfg(test)]
pub(crate) use assess::evaluate;
pub use checkpoints::{Checkpoints, Moment, Next};
pub(crate) use draws::Draws;
pub use elbo_contract::PREDICTION_BATCH;
pub use error::TrainError;
pub use event::{EpochRecord, Event, Observer, Silent, StepRecord, TrainingMeans, ValidationMeans};
pub use examples::{TestExamples, TrainingData};
pub use metrics::{MetricsLog, read_epochs, read_steps};
pub use predict::predict;
pub use schedule::Schedule;
pub use state::{Progress, TrainingState};
pub use summary::TrainingSummary;
pub use trainer::{train, train_from};
#[cfg(test)]
pub(crate) use validation::validate;
pub use weight_draws::{ELBO_EXAMPLES, OpenAgain, elbo_examples, run_of_weight_draws, under_weight_draws};

#[cfg(test)]
mod tests;
