//! A trained network as a posterior.

use super::posterior::Posterior;
use crate::backend::{Backend, BackendError, Batch, DrawsContext};
use elbo_compiler::analysis::draws_mask_at_prediction;
use elbo_compiler::ir::{Estimator, Layer, Mark, Run};
use std::ops::Deref;

/// A network whose parameters say all of its posterior: Gaussians of its weights, masks that are drawn at prediction, or
/// single values. The backend draws.
pub struct TrainedNetwork<B> {
    backend: B,
    differs_between_examples: bool,
}

impl<B> TrainedNetwork<B> {
    /// The network of `run`, owned or borrowed, which draws as its report asks for.
    pub fn new(run: &Run, backend: B) -> Self {
        let own_noise = |layer: &Layer| draws_for_each_example(layer, run.report.estimator);
        Self { backend, differs_between_examples: run.network.layers.iter().any(own_noise) }
    }
}

impl<'b, B: Deref<Target = dyn Backend + 'b>> Posterior for TrainedNetwork<B> {
    fn draws(&self, wanted: usize) -> usize {
        if self.backend.is_stochastic() { wanted } else { 1 }
    }

    fn predict_draws(&self, batch: &Batch, draws: &DrawsContext) -> Result<Vec<f32>, BackendError> {
        self.backend.predict_draws(batch, draws)
    }

    fn learned(&self, name: &str, draws: usize) -> Result<Vec<Vec<f64>>, BackendError> {
        let parameters = self.backend.parameters()?;
        let values = parameters.get(name).map(|tensor| tensor.values.as_slice()).unwrap_or_default();
        Ok(vec![values.iter().map(|&value| f64::from(value)).collect(); draws])
    }

    fn differs_between_examples(&self) -> bool {
        self.backend.is_stochastic() && self.differs_between_examples
    }

    fn kl(&self) -> Result<f64, BackendError> {
        self.backend.kl()
    }
}

/// Whether a draw has noise of its own for each example.
fn draws_for_each_example(layer: &Layer, prediction: Option<Estimator>) -> bool {
    let drawn_apart = match &layer.mark {
        Some(Mark::Bayes { estimator, .. }) => match prediction.unwrap_or(*estimator) {
            Estimator::LocalReparameterization | Estimator::Flipout => true,
            Estimator::Reparameterization => false,
        },
        Some(Mark::Point { .. } | Mark::Dropout { .. }) | None => false,
    };
    drawn_apart || draws_mask_at_prediction(layer)
}
