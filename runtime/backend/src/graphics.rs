//! The graphics processors of this machine: what they are, and how fast the kernels are on them.

use super::{AdapterChoice, BackendError, DeviceChoice};

/// A graphics processor, or a driver that is one in software.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphicsAdapter {
    /// What it is asked for by; `None` for another driver in software than the first.
    pub device: Option<DeviceChoice>,
    /// As its driver calls it.
    pub name: String,
    /// `discrete`, `integrated`, `virtual`, `other` or `software`.
    pub kind: &'static str,
    /// The interface it is reached by: Vulkan, Metal or DX12.
    pub api: String,
    /// Its driver with its version.
    pub driver: String,
    /// Bytes of the largest buffer.
    pub largest_buffer: u64,
    /// Bytes of the largest operand of a kernel; larger tensors are divided.
    pub largest_operand: u64,
    /// Bytes that the threads of a workgroup share.
    pub shared_memory: u64,
    /// Why the kernels cannot run on it, if they cannot.
    pub problem: Option<String>,
}

/// How fast one kernel is over one shape.
#[derive(Debug, Clone, PartialEq)]
pub struct KernelSpeed {
    /// Rows, size, channels and window of the layer.
    pub shape: &'static str,
    /// What of the layer.
    pub kernel: &'static str,
    /// Additions and multiplications, at least.
    pub flops: f64,
    /// Bytes that cross its memory once.
    pub bytes: f64,
    /// The shortest time of several runs, in seconds.
    pub seconds: f64,
    /// What cards could need at least by their published peaks, in seconds, with their names.
    pub least: Vec<(&'static str, f64)>,
}

impl KernelSpeed {
    /// Billions of additions and multiplications a second.
    pub fn gigaflops(&self) -> f64 {
        self.flops / self.seconds / 1e9
    }
}

pub use here::{adapters, alike, kernel_speeds, planned_memory, speed_of_one};

impl GraphicsAdapter {
    /// Whether what lies in its memory lies in that of the processor.
    pub fn shares_memory(&self) -> bool {
        matches!(self.kind, "integrated" | "software")
    }
}

/// The graphics processor that a choice means; `None` if it is not there or means something else.
///
/// # Errors
/// As [`adapters`].
pub fn adapter_of(device: DeviceChoice) -> Result<Option<GraphicsAdapter>, BackendError> {
    let is_meant = |adapter: &GraphicsAdapter| match device {
        DeviceChoice::Gpu(AdapterChoice::Best) => adapter.kind != "software",
        DeviceChoice::Gpu(AdapterChoice::Number(_) | AdapterChoice::Software) => adapter.device == Some(device),
        DeviceChoice::Cpu | DeviceChoice::Cuda(_) | DeviceChoice::Metal => false,
    };
    Ok(adapters()?.into_iter().find(is_meant))
}

/// Through the kernels that this program was built with.
#[cfg(feature = "gpu")]
mod here {
    use super::{GraphicsAdapter, KernelSpeed};
    use crate::gpu;
    use crate::{AdapterChoice, BackendError, DeviceChoice, DeviceMemory};
    use elbo_compiler::ir;
    use elbo_gpu::adapter::Kind;
    use elbo_gpu::measure::{CARDS, Measured, measure, measure_one};

    /// All graphics processors there are, the best kinds first, those in software last.
    ///
    /// # Errors
    /// [`BackendError::NoDevice`] with what to do about it where there is none, or the program was built without.
    pub fn adapters() -> Result<Vec<GraphicsAdapter>, BackendError> {
        let found = elbo_gpu::adapters();
        let found = found.map_err(|error| gpu::no_device(DeviceChoice::Gpu(AdapterChoice::Best), error))?;
        let (mut numbered, mut in_software) = (0, 0);
        let adapters = found.into_iter().map(|adapter| {
            let described = adapter.description;
            let choice = match described.kind {
                Kind::Discrete | Kind::Integrated | Kind::Virtual | Kind::Other => {
                    numbered += 1;
                    Some(AdapterChoice::Number(numbered - 1))
                }
                Kind::Software => {
                    in_software += 1;
                    (in_software == 1).then_some(AdapterChoice::Software)
                }
            };
            GraphicsAdapter {
                device: choice.map(DeviceChoice::Gpu),
                kind: match described.kind {
                    Kind::Discrete => "discrete",
                    Kind::Integrated => "integrated",
                    Kind::Virtual => "virtual",
                    Kind::Other => "other",
                    Kind::Software => "software",
                },
                problem: described.check().err().map(|error| error.to_string()),
                largest_buffer: described.limits.buffer,
                largest_operand: described.limits.binding.min(described.limits.buffer),
                shared_memory: described.limits.shared_memory,
                name: described.name,
                api: described.api,
                driver: described.driver,
            }
        });
        Ok(adapters.collect())
    }

    /// How fast every product kernel is on a device, over layers of a few shapes; each is told as it is known.
    ///
    /// # Errors
    /// [`BackendError::NoDevice`] if it is no graphics processor or not there; what its driver refuses.
    pub fn kernel_speeds(device: DeviceChoice, tell: &mut dyn FnMut(KernelSpeed)) -> Result<(), BackendError> {
        let opened = gpu::open_device(device)?;
        measure(&opened, "", &mut |one| tell(speed(&one))).map_err(|error| gpu::no_device(device, error))
    }

    /// How fast one kernel is that speaks for the others: the two products of a convolution of 64 channels.
    ///
    /// # Errors
    /// As [`kernel_speeds`].
    pub fn speed_of_one(device: DeviceChoice) -> Result<Option<KernelSpeed>, BackendError> {
        let opened = gpu::open_device(device)?;
        let one = measure_one(&opened).map_err(|error| gpu::no_device(device, error))?;
        Ok(one.as_ref().map(speed))
    }

    /// What a run takes on a device in steps of `batch` examples and predictions of `scored`, beside its training
    /// split. No device is asked, and nothing of that size is allocated.
    ///
    /// # Errors
    /// [`BackendError::Internal`] where the IR contradicts itself.
    pub fn planned_memory(run: &ir::Run, batch: usize, scored: usize) -> Result<DeviceMemory, BackendError> {
        gpu::planned_memory(run, batch, scored)
    }

    /// The devices that compute what a device computes, to the bit: all cards of one kind and driver for `gpu`, a device
    /// that is named by itself.
    ///
    /// # Errors
    /// [`BackendError::NoDevice`] if the device is not there.
    pub fn alike(device: DeviceChoice) -> Result<Vec<DeviceChoice>, BackendError> {
        let DeviceChoice::Gpu(AdapterChoice::Best) = device else { return Ok(vec![device]) };
        let wanted = gpu::kernel_table(AdapterChoice::Best)?;
        let same = |choice: &DeviceChoice| match choice {
            DeviceChoice::Gpu(adapter) => gpu::kernel_table(*adapter).is_ok_and(|table| table == wanted),
            DeviceChoice::Cpu | DeviceChoice::Cuda(_) | DeviceChoice::Metal => false,
        };
        Ok(adapters()?.into_iter().filter_map(|adapter| adapter.device).filter(same).collect())
    }

    fn speed(one: &Measured) -> KernelSpeed {
        KernelSpeed {
            shape: one.shape,
            kernel: one.kernel,
            flops: one.cost.flops,
            bytes: one.cost.bytes,
            seconds: one.seconds,
            least: CARDS.iter().map(|card| (card.name, card.least_seconds(&one.cost))).collect(),
        }
    }
}

/// There are no kernels in this program.
#[cfg(not(feature = "gpu"))]
mod here {
    use super::{GraphicsAdapter, KernelSpeed};
    use crate::{AdapterChoice, BackendError, DeviceChoice, DeviceMemory};
    use elbo_compiler::ir;

    const BEST: DeviceChoice = DeviceChoice::Gpu(AdapterChoice::Best);

    /// None: the program was built without.
    ///
    /// # Errors
    /// [`BackendError::NoDevice`] with what to do about it.
    pub fn adapters() -> Result<Vec<GraphicsAdapter>, BackendError> {
        BEST.check_support().map(|()| Vec::new())
    }

    /// None: the program was built without.
    ///
    /// # Errors
    /// As [`adapters`].
    pub fn kernel_speeds(_device: DeviceChoice, _tell: &mut dyn FnMut(KernelSpeed)) -> Result<(), BackendError> {
        BEST.check_support()
    }

    /// None: the program was built without.
    ///
    /// # Errors
    /// As [`adapters`].
    pub fn speed_of_one(_device: DeviceChoice) -> Result<Option<KernelSpeed>, BackendError> {
        BEST.check_support().map(|()| None)
    }

    /// None: the program was built without.
    ///
    /// # Errors
    /// As [`adapters`].
    pub fn planned_memory(_run: &ir::Run, _batch: usize, _scored: usize) -> Result<DeviceMemory, BackendError> {
        BEST.check_support().map(|()| DeviceMemory { parameters: 0, optimizer: 0, passes: 0, largest: 0 })
    }

    /// The device itself; those of graphics processors are not there.
    ///
    /// # Errors
    /// As [`adapters`].
    pub fn alike(device: DeviceChoice) -> Result<Vec<DeviceChoice>, BackendError> {
        device.check_support().map(|()| vec![device])
    }
}
