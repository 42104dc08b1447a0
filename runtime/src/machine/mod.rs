//! What this machine and this binary have: devices, threads, and a proof that a device computes what
//! the processor computes.

mod memory;
mod selftest;

pub use memory::{available_memory, processor};
pub use selftest::{SelfTest, SelfTestError, selftest};

use crate::backend::BackendError;
use crate::backend::candle::DeviceChoice;

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
