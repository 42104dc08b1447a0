//! What a training came to.

use super::{TrainingMeans, ValidationMeans};
use serde::{Deserialize, Serialize};

/// What a training came to. It holds no time, so that equal runs have equal summaries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingSummary {
    /// Examples of the training split, N.
    pub examples: usize,
    /// Examples of the validation split.
    pub validation_examples: usize,
    /// Epochs begun; the last is not whole if `max_steps` cut it short, and not the last of the spec if
    /// `early_stopping` ended the training.
    pub epochs: usize,
    /// Steps taken.
    pub steps: u64,
    /// Whether `max_steps` ended it before its epochs were over.
    pub cut_short: bool,
    /// Whether `early_stopping` ended it before its epochs were over.
    pub stopped_early: bool,
    /// The epoch, counted from 1, after which the weights were those that are scored and published: the last, or the
    /// one that `select` found best.
    pub selected_epoch: usize,
    /// KL(q‖p) before the first step, in nats; 0 without variational weights.
    pub initial_kl: f64,
    /// KL(q‖p) of the selected weights, in nats.
    pub final_kl: f64,
    /// w·N averaged over the selected epoch, as if it were whole: annealing, KL weighting and temperature of the objective
    /// together, as the weights that are scored were last trained with; `None` without a variational posterior.
    pub effective_temperature: Option<f64>,
    /// Over the selected epoch.
    pub train: TrainingMeans,
    /// After the selected epoch; `None` without a validation split.
    pub validation: Option<ValidationMeans>,
}
