//! How the outputs of a network are evaluated.

use super::assessment::{Assessment, Predicted, Scored};
use crate::backend::Batch;
use crate::inference::Posterior;
use crate::train::{Draws, Observer, TrainError, TrainingData, ValidationMeans};

/// Gives the examples of each of a report's out-of-distribution sets, by its place.
pub(crate) type Others<'o> = dyn Fn(usize) -> Box<dyn TrainingData> + 'o;

/// Takes the log-likelihood of an example of a batch by a draw: draw, example, nats.
pub(crate) type TakeLogLikelihood<'t> = dyn FnMut(usize, usize, f64) + 't;

/// Evaluates the outputs of one kind.
pub(crate) trait Evaluator {
    /// The scores on the test split and what is said beside them.
    fn assess(
        &self,
        posterior: &dyn Posterior,
        data: &dyn TrainingData,
        others: &Others<'_>,
        observer: &mut dyn Observer,
    ) -> Result<Assessment, TrainError>;

    /// The scores on the test split alone.
    fn score(
        &self,
        posterior: &dyn Posterior,
        data: &dyn TrainingData,
        observer: &mut dyn Observer,
    ) -> Result<Scored, TrainError>;

    /// Scores of a split by the mean of the draws: `Some(None)` if it is empty, `None` if it was told to stop before it was
    /// through.
    fn validate(
        &self,
        draws: &Draws<'_>,
        is_stopping: &dyn Fn() -> bool,
    ) -> Result<Option<Option<ValidationMeans>>, TrainError>;

    /// What will predict examples by these draws.
    fn predictor<'d>(&'d self, draws: &'d Draws<'d>) -> Result<Box<dyn Predictor + 'd>, TrainError>;

    /// Gives `take` the log-likelihoods of a batch, whose first example stands at `first`, in the units the network is
    /// trained in.
    fn log_likelihoods(
        &self,
        draws: &Draws<'_>,
        batch: &Batch,
        first: usize,
        take: &mut TakeLogLikelihood<'_>,
    ) -> Result<(), TrainError>;
}

/// Predicts examples batch by batch.
pub(crate) trait Predictor {
    /// The next batch; noise is keyed as if its first example stood at `address`.
    fn add(&mut self, batch: &Batch, address: usize) -> Result<(), TrainError>;

    /// What was predicted.
    fn finish(self: Box<Self>) -> Predicted;
}
