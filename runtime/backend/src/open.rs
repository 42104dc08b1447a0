//! From a choice to a network in memory.

use super::candle::{self, CandleBackend};
use super::native::NativeBackend;
use super::{Backend, BackendChoice, BackendError, DeviceChoice, Parameters};
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
        BackendChoice::Gpu => return open_gpu(device, run, given),
        BackendChoice::Candle => Box::new(CandleBackend::starting_from(run, candle::open(device)?, given)?),
    })
}

#[cfg(feature = "gpu")]
fn open_gpu(device: DeviceChoice, run: &Run, given: &Parameters) -> Result<Box<dyn Backend>, BackendError> {
    Ok(Box::new(super::gpu::GpuBackend::starting_from(run, device, given)?))
}

/// There is none: the choice has been refused with what to do about it.
#[cfg(not(feature = "gpu"))]
fn open_gpu(device: DeviceChoice, _run: &Run, _given: &Parameters) -> Result<Box<dyn Backend>, BackendError> {
    device.check_support()?;
    Err(BackendError::NoDevice { device: device.to_string(), reason: "this binary was built without it".to_owned() })
}
