//! What predictions are drawn from.

use crate::backend::{BackendError, Batch, DrawsContext};

/// A posterior that has been fitted. Everything that is said of a network is said of its draws: validation, scores,
/// predictions and claims ask for nothing else.
pub trait Posterior {
    /// How many draws a prediction makes where `wanted` are asked for; 1 where nothing is random.
    fn draws(&self, wanted: usize) -> usize;

    /// The last layer's outputs of several draws, one after the other: `samples` × `batch.len()` × output features. Each is a
    /// function of its number, so that it does not depend on those that are made with it.
    ///
    /// # Errors
    /// [`BackendError`] of the network that computes.
    fn predict_draws(&self, batch: &Batch, draws: &DrawsContext) -> Result<Vec<f32>, BackendError>;

    /// What the output learned beside the layers, under this name, as it is in each of the first `draws` draws.
    ///
    /// # Errors
    /// [`BackendError`] of the network that learned it.
    fn learned(&self, name: &str, draws: usize) -> Result<Vec<Vec<f64>>, BackendError>;

    /// Whether two draws can differ.
    fn is_random(&self) -> bool {
        self.draws(2) > 1
    }

    /// Whether a draw has noise of its own for each example, so that the examples of one batch meet different noise.
    fn differs_between_examples(&self) -> bool;

    /// KL(q‖p) in nats; 0 where the family has no such term.
    ///
    /// # Errors
    /// [`BackendError`] of the network whose parameters it is of.
    fn kl(&self) -> Result<f64, BackendError>;
}
