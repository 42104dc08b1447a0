//! From a choice to a network in memory.

use super::candle::{CandleBackend, DeviceChoice};
use super::native::NativeBackend;
use super::{Backend, BackendChoice, BackendError, Parameters};
use elbo_compiler::ir::Run;

/// The network of a run on a device. `given` holds the parameters, under the network's names for them, of the layers
/// that start from files; it may hold others, too.
///
/// # Errors
/// [`BackendError::NoBackend`] and [`BackendError::NoDevice`] if it cannot compute there, [`BackendError::Parameters`]
/// if a parameter is missing, unknown, or has another shape, [`BackendError::Internal`] if memory runs out.
pub fn open(
    backend: BackendChoice,
    device: DeviceChoice,
    run: &Run,
    given: &Parameters,
) -> Result<Box<dyn Backend>, BackendError> {
    // Says what is wrong with the pair.
    backend.kernel_table(device)?;
    Ok(match backend {
        BackendChoice::Native => Box::new(NativeBackend::starting_from(run, given)?),
        BackendChoice::Candle => Box::new(CandleBackend::starting_from(run, device.open()?, given)?),
    })
}
