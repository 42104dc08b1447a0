//! What happens in a training, told to whoever wants to know.

use serde::{Deserialize, Serialize};
use std::io;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Training begins, or is resumed.
    Started {
        /// Epochs that will be begun.
        epochs: usize,
        /// Steps of a whole epoch.
        steps_per_epoch: usize,
        /// Steps that will be taken in all.
        steps: u64,
        /// Steps that were taken before it was resumed; 0 where it begins.
        resumed_at: u64,
        /// Examples of the training split.
        examples: usize,
        /// KL(q‖p) before the first step, in nats, unweighted; 0 without variational weights.
        kl: f64,
        /// w·N averaged over an epoch once every warm-up is over; `None` without a variational posterior.
        effective_temperature: Option<f64>,
        /// Whether the loss is a surrogate and not −ELBO/N: some `bayes` layer adds independent noise at each position
        /// ([`elbo_compiler::analysis::drawn_by_position`]).
        surrogate: bool,
    },
    /// A step was taken.
    Step(StepRecord),
    /// An epoch has ended, its validation done.
    Epoch(EpochRecord),
    /// Training has ended.
    Finished {
        /// Steps taken.
        steps: u64,
        /// Seconds it took, validation included.
        seconds: f64,
    },
    /// A part of an evaluation is done; the first event of an evaluation has `done` = 0.
    Evaluation {
        /// Examples all draws of which are made.
        done: usize,
        /// Examples of the split.
        examples: usize,
        /// Draws of each.
        samples: usize,
    },
}

/// What a step measured, before its update took effect.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepRecord {
    /// Steps taken before this one.
    pub step: u64,
    /// The epoch, counted from 1.
    pub epoch: usize,
    /// The objective, in nats per example.
    pub loss: f64,
    /// Mean over the batch, in nats, with the training's label smoothing and class weights: `loss` is this +
    /// `kl_weight`·`kl` + the weight penalty.
    pub negative_log_likelihood: f64,
    /// KL(q‖p) over all variational weights, in nats, unweighted.
    pub kl: f64,
    /// Its weight in the loss.
    pub kl_weight: f64,
    /// The learning rate in force.
    pub learning_rate: f64,
    /// Share of the batch that was right; `None` where targets are real numbers.
    pub accuracy: Option<f64>,
    /// Root of the mean of (y − μ̄)² over examples and targets, in the units the network is trained in; left out where
    /// targets are classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_mean_squared_error: Option<f64>,
}

/// What an epoch came to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EpochRecord {
    /// The epoch, counted from 1.
    pub epoch: usize,
    /// Over its training steps.
    pub train: TrainingMeans,
    /// Over the validation split after its last step; `None` if that is empty.
    pub validation: Option<ValidationMeans>,
    /// Training examples a second of wall-clock time, validation left out.
    pub images_per_second: f64,
    /// Seconds of its training steps, validation left out.
    pub seconds: f64,
}

/// Means over the training examples an epoch saw, each as measured in its own step. The KL enters the loss with the
/// weight that it has on average over a whole epoch, whatever the sizes of its batches: `loss` is
/// `negative_log_likelihood` + w̄·`kl` + the weight penalty, at an effective temperature w̄·N of 1 −ELBO/N.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingMeans {
    /// The objective, in nats per example.
    pub loss: f64,
    /// In nats, with the training's label smoothing and class weights.
    pub negative_log_likelihood: f64,
    /// KL(q‖p) over all variational weights, in nats, unweighted.
    pub kl: f64,
    /// Share of examples that were right; `None` where targets are real numbers.
    pub accuracy: Option<f64>,
    /// Root of the mean of (y − μ̄)² over examples and targets, in the units the network is trained in; left out where
    /// targets are classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_mean_squared_error: Option<f64>,
}

/// Means over the validation split.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidationMeans {
    /// −ln p̄(y), in nats, p̄ the mean over `validation_samples` draws; of real targets in the units the network is trained
    /// in.
    pub negative_log_likelihood: f64,
    /// Share of examples that are right; `None` where targets are real numbers.
    pub accuracy: Option<f64>,
    /// As of training, by the mean of the draws.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_mean_squared_error: Option<f64>,
}

/// Is told what happens, in order: a progress bar, a file, a test.
pub trait Observer {
    /// Something happened.
    ///
    /// # Errors
    /// What it could not write. Training stops then: results nobody can read are not worth hours.
    fn event(&mut self, event: &Event) -> io::Result<()>;
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn event(&mut self, _: &Event) -> io::Result<()> {
        Ok(())
    }
}

/// Tells each in turn.
impl Observer for Vec<&mut dyn Observer> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        self.iter_mut().try_for_each(|observer| observer.event(event))
    }
}
