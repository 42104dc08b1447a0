//! The device a run is computed on.

use super::BackendError;
use std::fmt;
use std::str::FromStr;

/// A device as it is asked for: `cpu`, `gpu`, `gpu:1`, `gpu:cpu`, `cuda`, `cuda:1` or `metal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeviceChoice {
    /// The processor.
    Cpu,
    /// A graphics processor through Vulkan, Metal or DirectX 12.
    Gpu(AdapterChoice),
    /// An NVIDIA GPU by its number, counted from 0, through CUDA; `cuda` alone is number 0.
    Cuda(usize),
    /// The GPU of an Apple machine, through candle.
    Metal,
}

/// Which of a machine's graphics processors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AdapterChoice {
    /// The one that is expected to be fastest, `gpu`; never a driver that computes on the processor.
    Best,
    /// By its number, counted from 0, as `elbo doctor` lists them: `gpu:1`.
    Number(usize),
    /// A driver that computes on the processor, `gpu:cpu`: slow, for tests.
    Software,
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => formatter.write_str("cpu"),
            Self::Gpu(AdapterChoice::Best) => formatter.write_str("gpu"),
            Self::Gpu(AdapterChoice::Number(number)) => write!(formatter, "gpu:{number}"),
            Self::Gpu(AdapterChoice::Software) => formatter.write_str("gpu:cpu"),
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
            reason:
                "devices are `cpu`, `gpu`, `gpu:N` (N counted from 0), `gpu:cpu` (a graphics driver that computes on \
                     the processor), `cuda`, `cuda:N` and `metal`"
                    .to_owned(),
        };
        let number = |text: &str| {
            // `parse` would take a sign, too.
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|_| digits)
        };
        match text.split_once(':') {
            None => match text {
                "cpu" => Ok(Self::Cpu),
                "gpu" => Ok(Self::Gpu(AdapterChoice::Best)),
                "cuda" => Ok(Self::Cuda(0)),
                "metal" => Ok(Self::Metal),
                _ => Err(unknown()),
            },
            Some(("gpu", "cpu")) => Ok(Self::Gpu(AdapterChoice::Software)),
            Some(("gpu", which)) => number(which).map(AdapterChoice::Number).map(Self::Gpu).ok_or_else(unknown),
            Some(("cuda", which)) => number(which).map(Self::Cuda).ok_or_else(unknown),
            Some(_) => Err(unknown()),
        }
    }
}

impl DeviceChoice {
    /// `cpu`, `gpu`, `cuda` or `metal`; not which one of several.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Gpu(_) => "gpu",
            Self::Cuda(_) => "cuda",
            Self::Metal => "metal",
        }
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
            Self::Gpu(_) if !cfg!(feature = "gpu") => Err(without("graphics processors", "gpu")),
            Self::Cuda(_) if !cfg!(feature = "cuda") => Err(without("CUDA", "cuda")),
            Self::Metal if !cfg!(feature = "metal") => Err(without("Metal", "metal")),
            Self::Cpu | Self::Gpu(_) | Self::Cuda(_) | Self::Metal => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written() {
        for (text, choice) in [
            ("cpu", DeviceChoice::Cpu),
            ("gpu", DeviceChoice::Gpu(AdapterChoice::Best)),
            ("gpu:0", DeviceChoice::Gpu(AdapterChoice::Number(0))),
            ("gpu:12", DeviceChoice::Gpu(AdapterChoice::Number(12))),
            ("gpu:cpu", DeviceChoice::Gpu(AdapterChoice::Software)),
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
        let numbers = ["cuda:", "cuda:+1", "cuda:-1", "cuda:x", "cuda:99999999999999999999"];
        let others = ["", "tpu", "CPU", "GPU", "gpu:", "gpu:+1", "gpu:-1", "gpu:x", "gpu:CPU", "gpu:0:1", "cpu:0"];
        for text in numbers.iter().chain(&others) {
            let error = text.parse::<DeviceChoice>().unwrap_err().to_string();
            assert!(error.contains(text) && error.contains("`cuda:N`") && error.contains("`gpu:cpu`"), "{error}");
        }
    }
}
