//! Where a training stands between two steps.

use super::event::{TrainingMeans, ValidationMeans};
use super::monitor::Watch;
use crate::backend::{Closeness, OptimizerState, Parameters, StepOutcome};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Everything that a training needs to go on after a step. The order of examples and all noise are functions of seed,
/// epoch and step, so there is nothing else to remember.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingState {
    /// How far it has come, and what it has measured.
    pub progress: Progress,
    /// The network's parameters and running statistics.
    pub parameters: Parameters,
    /// What the optimizer remembers.
    pub optimizer: OptimizerState,
    /// The weights of the best epoch so far, where `select` keeps them.
    pub best: Option<Arc<Parameters>>,
}

/// How far a training has come, and what it has measured on the way. JSON keeps every bit of its numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// Steps taken.
    pub steps: u64,
    /// The epoch that is going on, counted from 1; the next one where one has just ended.
    pub epoch: usize,
    /// Batches of that epoch that have been seen.
    pub batch: usize,
    /// Whether there is nothing left to train.
    pub ended: bool,
    /// Seconds the training took so far, validation included.
    pub seconds: f64,
    /// Seconds of the steps of the epoch that is going on.
    pub(super) epoch_seconds: f64,
    /// Over the examples that it has seen.
    pub(super) sums: EpochSums,
    /// KL(q‖p) before the first step, in nats.
    pub(super) initial_kl: f64,
    /// The epoch that ended last.
    pub(super) last: Option<EpochEnd>,
    pub(super) plateau: Option<Plateau>,
    pub(super) selection: Selected,
}

/// What the schedule `plateau` remembers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Plateau {
    pub watch: Watch,
    /// The factor it has reached.
    pub factor: f64,
}

/// What `select` and `early_stopping` remember, weights left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Selected {
    pub select: Option<Watch>,
    pub stop: Option<Watch>,
    pub stopped: bool,
    /// The best epoch so far, if weights are kept.
    pub kept: Option<EpochEnd>,
}

/// What an epoch came to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EpochEnd {
    /// The epoch, counted from 1.
    pub epoch: usize,
    /// Over its training steps.
    pub train: TrainingMeans,
    /// After its last step.
    pub validation: Option<ValidationMeans>,
}

/// The weight of the KL in a loss.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct KlWeights {
    /// In the step's own.
    pub of_step: f64,
    /// On average over the steps of its epoch.
    pub of_epoch: f64,
}

/// Sums over the examples of an epoch.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EpochSums {
    pub examples: usize,
    correct: Option<usize>,
    /// Σ (y − μ̄)², and over how many targets.
    squared_error: Option<(f64, usize)>,
    loss: f64,
    negative_log_likelihood: f64,
    kl: f64,
}

impl EpochSums {
    /// Takes what a step measured on so many examples. Weightings that change from batch to batch, such as Blundell's,
    /// divide one KL over the batches of an epoch whatever their sizes; a mean over examples would count that of the last,
    /// smaller batch for less. So the KL enters the sum of losses with its mean weight.
    pub fn add(&mut self, outcome: &StepOutcome, kl_weights: KlWeights, examples: usize) {
        let weight = examples as f64;
        self.examples += examples;
        match outcome.closeness {
            Closeness::Correct(correct) => *self.correct.get_or_insert(0) += correct,
            Closeness::SquaredError { sum, targets } => {
                let (all, count) = self.squared_error.get_or_insert((0.0, 0));
                *all += sum;
                *count += targets;
            }
        }
        let KlWeights { of_step, of_epoch } = kl_weights;
        self.loss += weight * (outcome.loss + (of_epoch - of_step) * outcome.kl);
        self.negative_log_likelihood += weight * outcome.negative_log_likelihood;
        self.kl += weight * outcome.kl;
    }

    /// Examples that were right, where that is counted.
    pub fn correct(&self) -> Option<usize> {
        self.correct
    }

    /// Real targets whose errors are summed up, where there are any.
    pub fn targets(&self) -> Option<usize> {
        self.squared_error.map(|(_, targets)| targets)
    }

    /// The means over the examples.
    pub fn means(&self) -> TrainingMeans {
        let mean = |sum: f64| sum / self.examples as f64;
        TrainingMeans {
            loss: mean(self.loss),
            negative_log_likelihood: mean(self.negative_log_likelihood),
            kl: mean(self.kl),
            accuracy: self.correct.map(|correct| mean(correct as f64)),
            root_mean_squared_error: self.squared_error.map(|(sum, count)| (sum / count as f64).sqrt()),
        }
    }
}
