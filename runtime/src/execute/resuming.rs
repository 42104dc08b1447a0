//! A training that goes on from where an earlier attempt stood.

use super::error::ExecuteError;
use super::inputs::Inputs;
use super::request::{Request, RunObserver};
use crate::backend::{Backend, BackendError, open};
use crate::store::{FoundCheckpoint, Identity, Usability};
use elbo_compiler::ir::Run;
use std::path::Path;

/// A training that goes on: from a checkpoint, by a network that takes its tensors.
pub(super) struct Resumed {
    pub checkpoint: Box<FoundCheckpoint>,
    pub network: Box<dyn Backend>,
}

/// What a run is trained as. What is reported changes nothing of the training: validation draws as the layers are
/// trained, whatever estimator the report asks for.
pub(super) fn as_trained(run: &Run) -> Run {
    let mut run = run.clone();
    run.report.estimator = None;
    run
}

/// The newest checkpoint of the run, unless it is to start from the beginning. Those that cannot be used are told.
///
/// # Errors
/// [`ExecuteError::Backend`] if the machine does not let the network be tried, which is no fault of a checkpoint.
pub(super) fn find_checkpoint(
    request: &Request<'_>,
    inputs: &Inputs,
    identity: &Identity,
    observer: &mut dyn RunObserver,
) -> Result<Option<Resumed>, ExecuteError> {
    if request.fresh || request.force {
        return Ok(None);
    }
    let mut skipped = |path: &Path, problem: &str| {
        observer.remark(&format!("the checkpoint `{}` is skipped: {problem}", path.display()));
    };
    let run = as_trained(request.run);
    // The network itself says which tensors it has.
    let mut network = None;
    let found = request.store.find_checkpoint::<ExecuteError>(
        identity,
        &mut |state, metrics| {
            if let Err(problem) = state.check(request.run, &inputs.dataset, metrics) {
                return Ok(Usability::Unusable(problem));
            }
            let network: &mut Box<dyn Backend> = match &mut network {
                Some(network) => network,
                none => none.insert(open(request.backend, request.device, &run, &inputs.starting.parameters)?),
            };
            let taken = match &state.best {
                Some(best) => network.set_parameters(best),
                None => Ok(()),
            };
            let taken = taken
                .and_then(|()| network.set_parameters(&state.parameters))
                .and_then(|()| network.set_optimizer_state(&state.optimizer));
            usability(taken)
        },
        &mut skipped,
    )?;
    Ok(found.zip(network).map(|(checkpoint, network)| Resumed { checkpoint: Box::new(checkpoint), network }))
}

/// What it says of a checkpoint whether a network took its tensors. A machine that could not even try says nothing of
/// it.
pub(super) fn usability(taken: Result<(), BackendError>) -> Result<Usability, ExecuteError> {
    match taken {
        Ok(()) => Ok(Usability::Usable),
        Err(error @ (BackendError::Parameters(_) | BackendError::NotFinite { .. })) => {
            Ok(Usability::Unusable(error.to_string()))
        }
        Err(
            error @ (BackendError::NoBackend { .. }
            | BackendError::NoDevice { .. }
            | BackendError::DeviceLost { .. }
            | BackendError::OutOfDeviceMemory { .. }
            | BackendError::TooLarge { .. }
            | BackendError::Internal { .. }),
        ) => Err(error.into()),
    }
}
