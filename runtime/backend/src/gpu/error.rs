//! Errors of the backend for graphics processors, and those of its device in the words of the contract.

use crate::BackendError;
use elbo_compiler::ir;
use elbo_gpu::GpuError;

/// The backend's name in records and messages.
pub(super) const NAME: &str = "gpu";

/// A contradiction in the IR: the compiler has let it pass.
pub(super) fn contradiction(layer: &ir::Layer, message: String) -> BackendError {
    internal(&layer.name, message)
}

/// An error of whoever called.
pub(super) fn misuse(message: String) -> BackendError {
    internal("the objective", message)
}

fn internal(layer: &str, message: String) -> BackendError {
    BackendError::Internal { backend: NAME, layer: layer.to_owned(), message }
}

/// What went wrong on a device, in a layer or in `the objective`, `the optimizer`.
pub(super) fn failed(device: &str, layer: &str, error: GpuError) -> BackendError {
    let device = device.to_owned();
    match error {
        GpuError::NoLoader
        | GpuError::NoAdapter
        | GpuError::OnlySoftware { .. }
        | GpuError::NoSoftware
        | GpuError::NoSuchAdapter { .. }
        | GpuError::TooSmall { .. }
        | GpuError::NotOpened { .. } => BackendError::NoDevice { device, reason: error.to_string() },
        GpuError::OutOfMemory { what, bytes, allocated, limit } => {
            BackendError::OutOfDeviceMemory { device, what, bytes, allocated, limit }
        }
        GpuError::TooLarge { .. } => {
            let limit = format!("{error}; a smaller `batch` may do, or `--device cpu`");
            BackendError::TooLarge { backend: NAME, layer: layer.to_owned(), limit }
        }
        GpuError::Lost { message } => BackendError::DeviceLost { device, reason: message },
        GpuError::Failed { .. } | GpuError::Misuse { .. } => internal(layer, error.to_string()),
    }
}
