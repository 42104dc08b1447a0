//! What a kind of layer offers: this is all that the network knows of it.

use super::kernels::Kernels;
use super::noise::Randomness;
use super::parameters::Parameter;
use super::variational::{LayerPosterior, Weights};
use candle_core::{Result, Tensor, Var};
use std::fmt::Debug;

/// The values that a training pass leaves for running statistics, to be set once the step has succeeded.
pub(super) type NewStatistics = Vec<(Var, Tensor)>;

/// One pass through one layer.
pub(super) struct Call<'c> {
    /// The layer's name; its random numbers are keyed by it.
    pub(super) name: &'c str,
    /// How operations are computed.
    pub(super) kernels: Kernels,
    /// μ and σ of the layer, where its weights are Gaussian.
    pub(super) posterior: Option<&'c LayerPosterior>,
    /// The pass's random numbers, and whether it trains.
    pub(super) randomness: &'c Randomness<'c>,
    /// Whether parameters are leaves of a graph.
    pub(super) gradients: bool,
    /// Running statistics that this step has left so far.
    pub(super) statistics: &'c mut NewStatistics,
}

/// What a layer computes.
pub(super) trait Module: Debug + Send + Sync {
    /// From the values it reads, the one it receives first: `[examples, height, width, channels]` or `[examples,
    /// features]`.
    ///
    /// # Errors
    /// Whatever candle reports.
    fn apply(&self, inputs: &[&Tensor], call: &mut Call<'_>) -> Result<Tensor>;

    /// Its parameters and running statistics.
    fn parameters(&self) -> Vec<&Parameter> {
        Vec::new()
    }

    /// Its weights, where it has any that a mark is on.
    fn weights(&self) -> Option<&Weights> {
        None
    }

    /// Whether it draws numbers of its own at prediction, beside what its weights draw.
    fn draws_at_prediction(&self) -> bool {
        false
    }
}
