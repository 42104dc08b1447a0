//! Which backend computes a run.

use super::native::NativeBackend;
use super::{BackendError, DeviceChoice, candle};
use std::fmt;
use std::str::FromStr;

/// A backend as it is asked for: `native`, `gpu` or `candle`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BackendChoice {
    /// Our own kernels, on the processor only.
    Native,
    /// Our own kernels, on graphics processors only.
    Gpu,
    /// Candle's tensors, on the processor, CUDA and Metal.
    Candle,
}

/// What computes on the processor where nobody chooses.
const ON_THE_PROCESSOR: BackendChoice = BackendChoice::Native;

impl BackendChoice {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Native, Self::Gpu, Self::Candle];

    /// What computes on a device where nobody chooses.
    pub const fn of_device(device: DeviceChoice) -> Self {
        match device {
            DeviceChoice::Cpu => ON_THE_PROCESSOR,
            DeviceChoice::Gpu(_) => Self::Gpu,
            DeviceChoice::Cuda(_) | DeviceChoice::Metal => Self::Candle,
        }
    }

    /// Its name in records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Gpu => "gpu",
            Self::Candle => "candle",
        }
    }

    /// The kernels that compute on a device. Others add in another order, so they are part of a run's identity.
    ///
    /// # Errors
    /// [`BackendError::NoBackend`] if the backend does not compute on the device, another one if it has not the
    /// kernels that it is asked for, or the device is not there.
    pub fn kernel_table(self, device: DeviceChoice) -> Result<String, BackendError> {
        match (self, device) {
            (Self::Native, DeviceChoice::Cpu) => NativeBackend::kernel_table().map(str::to_owned),
            (Self::Native, DeviceChoice::Gpu(_) | DeviceChoice::Cuda(_) | DeviceChoice::Metal) => {
                Err(self.elsewhere(device, "the processor", "cpu"))
            }
            (Self::Gpu, DeviceChoice::Gpu(adapter)) => {
                device.check_support()?;
                on_an_adapter::kernel_table(adapter)
            }
            (Self::Gpu, DeviceChoice::Cpu | DeviceChoice::Cuda(_) | DeviceChoice::Metal) => {
                Err(self.elsewhere(device, "graphics processors", "gpu"))
            }
            (Self::Candle, device) => candle::kernel_table(device),
        }
    }

    fn elsewhere(self, device: DeviceChoice, place: &str, name: &str) -> BackendError {
        let other = Self::of_device(device);
        BackendError::NoBackend {
            backend: self.to_string(),
            reason: format!(
                "it computes on {place} only, not on `{device}`; leave `--backend` out, which lets {other} compute on \
                 `{device}`, or choose the device `{name}`"
            ),
        }
    }

    /// Whether it can compute on a device, on this machine and with this binary.
    ///
    /// # Errors
    /// As [`BackendChoice::kernel_table`], and [`BackendError::NoDevice`] if the device is not there.
    pub fn check(self, device: DeviceChoice) -> Result<(), BackendError> {
        self.kernel_table(device)?;
        match (self, device) {
            (Self::Native, _) => Ok(()),
            (Self::Gpu, DeviceChoice::Gpu(adapter)) => on_an_adapter::check(adapter),
            (Self::Gpu, DeviceChoice::Cpu | DeviceChoice::Cuda(_) | DeviceChoice::Metal) => Ok(()),
            (Self::Candle, device) => candle::open(device).map(drop),
        }
    }
}

impl fmt::Display for BackendChoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for BackendChoice {
    type Err = BackendError;

    /// # Errors
    /// [`BackendError::NoBackend`] naming the backends there are.
    fn from_str(text: &str) -> Result<Self, BackendError> {
        Self::ALL.into_iter().find(|backend| backend.name() == text).ok_or_else(|| BackendError::NoBackend {
            backend: text.to_owned(),
            reason: "backends are `native` (on the processor), `gpu` (on graphics processors) and `candle`".to_owned(),
        })
    }
}

/// What computes on an adapter.
#[cfg(feature = "gpu")]
mod on_an_adapter {
    pub(super) use crate::gpu::{check, kernel_table};
}

/// Nothing computes there: [`DeviceChoice::check_support`] has said so before.
#[cfg(not(feature = "gpu"))]
mod on_an_adapter {
    use crate::{AdapterChoice, BackendError, DeviceChoice};

    pub(super) fn kernel_table(adapter: AdapterChoice) -> Result<String, BackendError> {
        check(adapter).map(|()| String::new())
    }

    pub(super) fn check(adapter: AdapterChoice) -> Result<(), BackendError> {
        DeviceChoice::Gpu(adapter).check_support()
    }
}
