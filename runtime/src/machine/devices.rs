//! Which kinds of devices can be used here, and why the others cannot.

use crate::backend::{AdapterChoice, BackendChoice, BackendError, DeviceChoice};

/// A device and whether it can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceReport {
    /// The device.
    pub device: DeviceChoice,
    /// Why it cannot be used, if it cannot.
    pub problem: Option<String>,
}

/// Why a device is not there, without repeating which.
pub(super) fn reason(error: BackendError) -> String {
    match error {
        BackendError::NoDevice { reason, .. } => reason,
        other => other.to_string(),
    }
}

/// Tries every kind of device.
pub fn devices() -> Vec<DeviceReport> {
    [DeviceChoice::Cpu, DeviceChoice::Gpu(AdapterChoice::Best), DeviceChoice::Cuda(0), DeviceChoice::Metal]
        .into_iter()
        .map(|device| DeviceReport {
            device,
            problem: BackendChoice::of_device(device).check(device).err().map(reason),
        })
        .collect()
}
