//! Candle's devices.

use crate::{BackendError, DeviceChoice};
use candle_core::Device;

/// What computes on it: candle's version and, on the processor, the instructions that its matrix products
/// choose as the program starts. Another choice adds in another order, so it is part of a run's identity.
///
/// # Errors
/// [`BackendError::NoBackend`] if candle does not compute there.
pub(crate) fn kernel_table(device: DeviceChoice) -> Result<String, BackendError> {
    let instructions = match device {
        DeviceChoice::Cpu => processor_instructions(),
        DeviceChoice::Cuda(_) | DeviceChoice::Metal => device.kind(),
        DeviceChoice::Gpu(_) => return Err(elsewhere(device)),
    };
    Ok(format!("candle-0.11.1-{instructions}"))
}

fn elsewhere(device: DeviceChoice) -> BackendError {
    BackendError::NoBackend {
        backend: "candle".to_owned(),
        reason: format!(
            "it does not compute on `{device}`; leave `--backend` out, or choose the device `cuda` or `cpu`"
        ),
    }
}

/// Opens a device; never another one.
///
/// # Errors
/// [`BackendError::NoDevice`] if this binary was built without support for it, or it is not there, with what to do about
/// it; [`BackendError::NoBackend`] if candle does not compute there.
pub(crate) fn open(device: DeviceChoice) -> Result<Device, BackendError> {
    let missing = |reason: String| BackendError::NoDevice { device: device.to_string(), reason };
    device.check_support()?;
    match device {
        DeviceChoice::Cpu => Ok(Device::Cpu),
        DeviceChoice::Gpu(_) => Err(elsewhere(device)),
        DeviceChoice::Cuda(number) => Device::new_cuda(number).map_err(|error| {
            missing(format!(
                "{error}; `nvidia-smi` lists the GPUs of this machine and its driver, and the device `cpu` always works"
            ))
        }),
        DeviceChoice::Metal => Device::new_metal(0)
            .map_err(|error| missing(format!("{error}; Metal needs an Apple GPU, and the device `cpu` always works"))),
    }
}

#[cfg(target_arch = "x86_64")]
fn processor_instructions() -> &'static str {
    if std::arch::is_x86_feature_detected!("avx512f") {
        "avx512"
    } else if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        "avx2"
    } else {
        "portable"
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn processor_instructions() -> &'static str {
    std::env::consts::ARCH
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AdapterChoice;

    #[cfg(not(any(feature = "cuda", feature = "metal")))]
    #[test]
    fn a_device_this_binary_lacks_is_an_error_that_says_what_to_do() {
        for choice in [DeviceChoice::Cuda(0), DeviceChoice::Metal] {
            let error = open(choice).unwrap_err().to_string();
            assert!(error.contains("built without") && error.contains("--features"), "{error}");
        }
        assert!(open(DeviceChoice::Cpu).unwrap().is_cpu());
    }

    #[test]
    fn graphics_processors_are_not_its() {
        let error = kernel_table(DeviceChoice::Gpu(AdapterChoice::Best)).unwrap_err().to_string();
        assert!(error.contains("candle") && error.contains("`gpu`"), "{error}");
    }
}
