//! What this machine and this binary have: backends, devices, threads, and a proof that one of them computes what
//! candle computes on the processor.

mod peak;
mod selftest;

pub use elbo_machine::{
    Limit, ProcessKey, SharedMemory, available_memory, available_to_each, is_suspended, memory_limit, own_limit,
    processor, resident_memory, shared_memory,
};
pub use peak::{Peak, peak};
pub use selftest::{SelfTest, SelfTestError, selftest};

use crate::backend::candle::DeviceChoice;
use crate::backend::{BackendChoice, BackendError};

/// The optional parts this binary was built with.
pub const FEATURES: [(&str, bool); 4] = [
    ("cuda", cfg!(feature = "cuda")),
    ("cudnn", cfg!(feature = "cudnn")),
    ("metal", cfg!(feature = "metal")),
    ("accelerate", cfg!(feature = "accelerate")),
];

/// A device and whether it can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceReport {
    /// The device.
    pub device: DeviceChoice,
    /// Why it cannot be used, if it cannot.
    pub problem: Option<String>,
}

/// A backend on the processor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackendReport {
    /// The backend.
    pub backend: BackendChoice,
    /// The kernels that compute, or why it cannot.
    pub kernel_table: Result<String, String>,
    /// Whether it computes where nobody chooses.
    pub is_default: bool,
}

/// What every backend computes with on the processor.
pub fn backends() -> Vec<BackendReport> {
    BackendChoice::ALL
        .into_iter()
        .map(|backend| BackendReport {
            backend,
            kernel_table: backend.kernel_table(DeviceChoice::Cpu).map_err(|error| error.to_string()),
            is_default: backend == BackendChoice::of_device(DeviceChoice::Cpu),
        })
        .collect()
}

/// Why a device is not there, without repeating which.
fn reason(error: BackendError) -> String {
    match error {
        BackendError::NoDevice { reason, .. } => reason,
        other => other.to_string(),
    }
}

/// Tries every kind of device.
pub fn devices() -> Vec<DeviceReport> {
    [DeviceChoice::Cpu, DeviceChoice::Cuda(0), DeviceChoice::Metal]
        .into_iter()
        .map(|device| DeviceReport { device, problem: device.open().err().map(reason) })
        .collect()
}
