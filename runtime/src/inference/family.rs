//! What is asked of a way to find a posterior.

use super::posterior::Posterior;
use crate::backend::{Backend, BackendError, Parameters};
use crate::train::{Checkpoints, TrainError, TrainingData, TrainingState, TrainingSummary};
use elbo_compiler::ir::Run;

/// What fitting a posterior came to.
pub(crate) struct Fitted {
    /// The tensors that say which posterior it is; they are published.
    pub tensors: Parameters,
    /// What the training came to.
    pub summary: TrainingSummary,
}

/// A way to find a posterior.
pub(crate) trait InferenceFamily {
    /// Fits the posterior of `run`, whose network `backend` holds, from where it was saved, if it was. `checkpoints` hears
    /// of all that happens and may save or stop it.
    ///
    /// A family that does something between steps hands [`crate::train::train_from`] a backend around the given one; what
    /// it remembers goes with the optimizer's state, and so into checkpoints. One that takes no such steps has
    /// [`Backend::gradient`] and [`Backend::update`].
    ///
    /// # Errors
    /// As [`crate::train::train_from`].
    fn fit(
        &self,
        run: &Run,
        backend: &mut dyn Backend,
        data: &dyn TrainingData,
        from: Option<TrainingState>,
        checkpoints: &mut dyn Checkpoints,
    ) -> Result<Fitted, TrainError>;

    /// Names and shapes of the tensors that [`InferenceFamily::fit`] gives, of a network with these parameters.
    fn tensors(&self, parameters: Parameters) -> Parameters {
        parameters
    }

    /// The posterior that was fitted, as it is drawn from for the report of `run`; `network` is that run's.
    ///
    /// # Errors
    /// [`BackendError::Parameters`] if the tensors are not those of such a posterior.
    fn posterior(
        &self,
        run: &Run,
        network: Box<dyn Backend>,
        tensors: &Parameters,
    ) -> Result<Box<dyn Posterior>, BackendError>;
}
