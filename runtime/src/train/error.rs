//! What can stop a training or an evaluation.

use super::examples::name_of;
use crate::backend::BackendError;
use crate::data::Part;
use crate::uncertainty::UncertaintyError;

/// What can stop a training or an evaluation.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// A split that is needed has no example.
    #[error("the {} split holds no example; give it a larger share of the data", name_of(*.split))]
    EmptySplit {
        /// Which.
        split: Part,
    },
    /// A set of another distribution has no image.
    #[error("the out-of-distribution set `{name}` holds no image; take it out of the report's `ood`")]
    EmptySet {
        /// Which.
        name: String,
    },
    /// Classes are asked for where targets are real numbers.
    #[error("the network predicts real numbers, which have no scores of classes")]
    NoClasses,
    /// A number that must be positive is 0.
    #[error("`{key}` is 0; it must be at least 1")]
    Zero {
        /// The key of the train block.
        key: &'static str,
    },
    /// More than can be counted.
    #[error("{what} is {found}, but at most {maximum} are supported")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How much.
        found: usize,
        /// The most there can be.
        maximum: usize,
    },
    /// Something watches a figure that is never measured.
    #[error(
        "{watcher} watches `{monitor}`, but the validation split holds no example; \
         keep some, for example `split = fraction(train=0.9, validation=0.1)`, or watch `train.loss`"
    )]
    NeverMeasured {
        /// Who watches: `the learning rate`, or a key of the train block.
        watcher: &'static str,
        /// The figure, as a spec writes it.
        monitor: &'static str,
    },
    /// The objective is no number although the backend has found nothing wrong.
    #[error("the loss stopped being a finite number at step {step}; a lower learning rate often helps")]
    LossNotFinite {
        /// The step, counted from 0.
        step: u64,
    },
    /// The network could not be run.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// Predictions could not be scored.
    #[error("the {} split could not be scored: {source}", name_of(*.split))]
    Score {
        /// Which split.
        split: Part,
        /// Why.
        source: UncertaintyError,
    },
    /// The report asks for what cannot be.
    #[error("the report cannot be made: {0}")]
    Report(UncertaintyError),
    /// It was stopped and can be resumed.
    #[error("training was stopped after {steps} of {of} steps")]
    Stopped {
        /// Steps taken.
        steps: u64,
        /// Steps of the whole training.
        of: u64,
    },
    /// Where the training stands could not be saved.
    #[error("the progress of the training could not be saved: {0}")]
    Checkpoint(Box<dyn std::error::Error + Send + Sync>),
    /// The record of the training could not be written.
    #[error("the record of the training could not be written: {0}")]
    Record(#[from] std::io::Error),
}
