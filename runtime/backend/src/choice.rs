//! Which backend computes a run.

use super::BackendError;
use super::candle::DeviceChoice;
use super::native::NativeBackend;
use std::fmt;
use std::str::FromStr;

/// A backend as it is asked for: `native` or `candle`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BackendChoice {
    /// Our own kernels, on the processor only.
    Native,
    /// Candle's tensors, on every device.
    Candle,
}

/// What computes on the processor where nobody chooses.
const ON_THE_PROCESSOR: BackendChoice = BackendChoice::Native;

impl BackendChoice {
    /// All there are.
    pub const ALL: [Self; 2] = [Self::Native, Self::Candle];

    /// What computes on a device where nobody chooses.
    pub const fn of_device(device: DeviceChoice) -> Self {
        match device {
            DeviceChoice::Cpu => ON_THE_PROCESSOR,
            DeviceChoice::Cuda(_) | DeviceChoice::Metal => Self::Candle,
        }
    }

    /// Its name in records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Candle => "candle",
        }
    }

    /// The kernels that compute on a device. Others add in another order, so they are part of a run's identity.
    ///
    /// # Errors
    /// [`BackendError::NoBackend`] if the backend does not compute on the device, another one if it has not the
    /// kernels that it is asked for.
    pub fn kernel_table(self, device: DeviceChoice) -> Result<String, BackendError> {
        match self {
            Self::Native if device != DeviceChoice::Cpu => Err(BackendError::NoBackend {
                backend: self.to_string(),
                reason: format!(
                    "it computes on the processor only, not on `{device}`; leave `--backend` out, which lets candle \
                     compute on `{device}`, or choose the device `cpu`"
                ),
            }),
            Self::Native => NativeBackend::kernel_table().map(str::to_owned),
            Self::Candle => Ok(device.kernel_table()),
        }
    }

    /// Whether it can compute on a device, on this machine and with this binary.
    ///
    /// # Errors
    /// As [`BackendChoice::kernel_table`], and [`BackendError::NoDevice`] if the device is not there.
    pub fn check(self, device: DeviceChoice) -> Result<(), BackendError> {
        self.kernel_table(device)?;
        device.open().map(drop)
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
            reason: "backends are `native` (on the processor) and `candle`".to_owned(),
        })
    }
}
