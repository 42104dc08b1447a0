//! The posterior as the parameters of one network, which training fits step by step: Gaussians of the weights, dropout
//! masks, or single values.

use super::family::{Fitted, InferenceFamily};
use super::posterior::Posterior;
use super::trained_network::TrainedNetwork;
use crate::backend::{Backend, BackendError, Parameters};
use crate::train::{Checkpoints, TrainError, TrainingData, TrainingState, train_from};
use elbo_compiler::ir::Run;

/// Networks whose parameters are trained along the gradient of the objective.
pub(super) struct Variational;

impl InferenceFamily for Variational {
    fn fit(
        &self,
        run: &Run,
        backend: &mut dyn Backend,
        data: &dyn TrainingData,
        from: Option<TrainingState>,
        checkpoints: &mut dyn Checkpoints,
    ) -> Result<Fitted, TrainError> {
        let summary = train_from(run, backend, data, from, checkpoints)?;
        Ok(Fitted { tensors: backend.parameters()?, summary })
    }

    fn posterior(
        &self,
        run: &Run,
        mut network: Box<dyn Backend>,
        tensors: &Parameters,
    ) -> Result<Box<dyn Posterior>, BackendError> {
        network.set_parameters(tensors)?;
        Ok(Box::new(TrainedNetwork::new(run, network)))
    }
}
