//! The device a run is computed on.

use super::super::BackendError;
use candle_core::Device;
use std::fmt;
use std::str::FromStr;

/// A device as it is asked for: `cpu`, `cuda`, `cuda:1` or `metal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeviceChoice {
    /// The processor.
    Cpu,
    /// An NVIDIA GPU by its number, counted from 0; `cuda` alone is number 0.
    Cuda(usize),
    /// The GPU of an Apple machine.
    Metal,
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => formatter.write_str("cpu"),
            Self::Cuda(number) => write!(formatter, "cuda:{number}"),
            Self::Metal => formatter.write_str("metal"),
        }
    }
}

impl FromStr for DeviceChoice {
    type Err = BackendError;

    /// # Errors
    /// [`BackendError::NoDevice`] naming the devices there are.
    fn from_str(text: &str) -> Result<Self, BackendError> {
        let unknown = || BackendError::NoDevice {
            device: text.to_owned(),
            reason: "devices are `cpu`, `cuda`, `cuda:N` (N counted from 0) and `metal`".to_owned(),
        };
        match text {
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(0)),
            "metal" => Ok(Self::Metal),
            _ => {
                let number = text.strip_prefix("cuda:").ok_or_else(unknown)?;
                // `parse` would take a sign, too.
                if !number.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(unknown());
                }
                number.parse().map(Self::Cuda).map_err(|_| unknown())
            }
        }
    }
}

impl DeviceChoice {
    /// `cpu`, `cuda` or `metal`; not which one of several.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Cuda(_) => "cuda",
            Self::Metal => "metal",
        }
    }

    /// What computes on it: candle's version and, on the processor, the instructions that its matrix products
    /// choose as the program starts. Another choice adds in another order, so it is part of a run's identity.
    pub fn kernel_table(self) -> String {
        let instructions = match self {
            Self::Cpu => processor_instructions(),
            Self::Cuda(_) | Self::Metal => self.kind(),
        };
        format!("candle-0.11.1-{instructions}")
    }

    /// Whether this binary can compute on it, on a machine that has it.
    ///
    /// # Errors
    /// [`BackendError::NoDevice`] if it was built without support for it, with what to do about it.
    pub fn check_support(self) -> Result<(), BackendError> {
        let without = |name: &str, feature: &str| BackendError::NoDevice {
            device: self.to_string(),
            reason: format!(
                "this binary was built without {name}; build it with `--features {feature}`, or choose the device `cpu`"
            ),
        };
        match self {
            Self::Cuda(_) if !cfg!(feature = "cuda") => Err(without("CUDA", "cuda")),
            Self::Metal if !cfg!(feature = "metal") => Err(without("Metal", "metal")),
            Self::Cpu | Self::Cuda(_) | Self::Metal => Ok(()),
        }
    }

    /// Opens the device; never another one.
    ///
    /// # Errors
    /// [`BackendError::NoDevice`] if this binary was built without support for it, or it is not there,
    /// with what to do about it.
    pub fn open(self) -> Result<Device, BackendError> {
        let missing = |reason: String| BackendError::NoDevice { device: self.to_string(), reason };
        self.check_support()?;
        match self {
            Self::Cpu => Ok(Device::Cpu),
            Self::Cuda(number) => Device::new_cuda(number).map_err(|error| {
                missing(format!(
                    "{error}; `nvidia-smi` lists the GPUs of this machine and its driver, and the device `cpu` always works"
                ))
            }),
            Self::Metal => Device::new_metal(0).map_err(|error| {
                missing(format!("{error}; Metal needs an Apple GPU, and the device `cpu` always works"))
            }),
        }
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

    #[test]
    fn names_are_read_and_written() {
        for (text, choice) in [
            ("cpu", DeviceChoice::Cpu),
            ("cuda:0", DeviceChoice::Cuda(0)),
            ("cuda:12", DeviceChoice::Cuda(12)),
            ("metal", DeviceChoice::Metal),
        ] {
            assert_eq!(text.parse::<DeviceChoice>().unwrap(), choice);
            assert_eq!(choice.to_string(), text);
        }
        assert_eq!("cuda".parse::<DeviceChoice>().unwrap(), DeviceChoice::Cuda(0));
    }

    #[test]
    fn other_names_are_refused_with_the_valid_ones() {
        for text in ["", "gpu", "CPU", "cuda:", "cuda:+1", "cuda:-1", "cuda:x", "cuda:99999999999999999999"] {
            let error = text.parse::<DeviceChoice>().unwrap_err().to_string();
            assert!(error.contains(text) && error.contains("`cuda:N`"), "{error}");
        }
    }

    #[cfg(not(any(feature = "cuda", feature = "metal")))]
    #[test]
    fn a_device_this_binary_lacks_is_an_error_that_says_what_to_do() {
        for choice in [DeviceChoice::Cuda(0), DeviceChoice::Metal] {
            let error = choice.open().unwrap_err().to_string();
            assert!(error.contains("built without") && error.contains("--features"), "{error}");
        }
        assert!(DeviceChoice::Cpu.open().unwrap().is_cpu());
    }
}
