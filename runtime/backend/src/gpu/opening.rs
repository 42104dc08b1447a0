//! Devices: which is meant, and one that is opened once for all networks of a process.

use super::error::failed;
use crate::{AdapterChoice, BackendError, DeviceChoice};
use elbo_gpu::adapter::{Adapter, Wanted};
use elbo_gpu::{Device, GpuError, Opening, adapters, choose};
use std::sync::{Mutex, PoisonError};

/// Devices that are open. Kernels are compiled once for a device, so that networks share it.
static OPEN: Mutex<Vec<(AdapterChoice, Device)>> = Mutex::new(Vec::new());

fn wanted(choice: AdapterChoice) -> Wanted {
    match choice {
        AdapterChoice::Best => Wanted::Best,
        AdapterChoice::Number(number) => Wanted::Number(number),
        AdapterChoice::Software => Wanted::Software,
    }
}

fn adapter(choice: AdapterChoice) -> Result<Adapter, BackendError> {
    let found = adapters().and_then(|adapters| choose(&adapters, wanted(choice)).cloned());
    found.map_err(|error| failed(&DeviceChoice::Gpu(choice).to_string(), "the device", error))
}

/// The kernels on an adapter: it and its driver, whose compiler decides how sums are rounded.
///
/// # Errors
/// [`BackendError::NoDevice`] if there is no such adapter, with what to do about it.
pub(crate) fn kernel_table(choice: AdapterChoice) -> Result<String, BackendError> {
    let description = adapter(choice)?.description;
    let parts = ["wgsl", &description.api, &description.name, &description.driver];
    Ok(parts.map(|part| part.split_whitespace().collect::<Vec<_>>().join("-")).join("-"))
}

/// Whether an adapter can be opened.
///
/// # Errors
/// As [`open`].
pub(crate) fn check(choice: AdapterChoice) -> Result<(), BackendError> {
    open(choice).map(drop)
}

/// The device of an adapter; opened again where it was lost.
///
/// # Errors
/// [`BackendError::NoDevice`] if there is no such adapter or it cannot be opened, with what to do about it.
pub(super) fn open(choice: AdapterChoice) -> Result<Device, BackendError> {
    let mut devices = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    devices.retain(|(_, device)| device.check().is_ok());
    if let Some((_, device)) = devices.iter().find(|(known, _)| *known == choice) {
        return Ok(device.clone());
    }
    let opened = Device::open(&adapter(choice)?, &Opening::default());
    let device = opened.map_err(|error| failed(&DeviceChoice::Gpu(choice).to_string(), "the device", error))?;
    devices.push((choice, device.clone()));
    Ok(device)
}

/// The device of a choice, for whoever measures it.
///
/// # Errors
/// As [`open`], also where another kind of device is meant.
pub(crate) fn open_device(device: DeviceChoice) -> Result<Device, BackendError> {
    match device {
        DeviceChoice::Gpu(choice) => open(choice),
        DeviceChoice::Cpu | DeviceChoice::Cuda(_) | DeviceChoice::Metal => Err(BackendError::NoDevice {
            device: device.to_string(),
            reason: "these kernels compute on graphics processors; choose `gpu`, `gpu:N` or `gpu:cpu`".to_owned(),
        }),
    }
}

/// Why a device cannot be used, in the words of the contract.
pub(crate) fn no_device(device: DeviceChoice, error: GpuError) -> BackendError {
    failed(&device.to_string(), "the device", error)
}
