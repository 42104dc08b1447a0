//! Which graphics processors there are, what they can, and which one is meant.

use crate::error::GpuError;

/// What kind of device an adapter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// With memory of its own.
    Discrete,
    /// Shares the processor's memory.
    Integrated,
    /// Lent by a host.
    Virtual,
    /// Not known.
    Other,
    /// A driver that computes on the processor.
    Software,
}

/// What a device can do at most, as far as the kernels ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a buffer.
    pub buffer: u64,
    /// Bytes of an operand of a kernel.
    pub binding: u64,
    /// Operands of a kernel.
    pub operands: u64,
    /// Workgroups along one dimension.
    pub workgroups: u64,
    /// Bytes that a workgroup shares.
    pub shared_memory: u64,
    /// Threads of a workgroup.
    pub threads: u64,
    /// What offsets of operands must be multiples of, in bytes.
    pub alignment: u64,
}

/// What the kernels need; WebGPU promises as much.
const NEEDED: Limits = Limits {
    buffer: 1 << 28,
    binding: 1 << 27,
    operands: 8,
    workgroups: 65_535,
    shared_memory: 16_384,
    threads: 256,
    alignment: ALIGNMENT,
};

/// Operands begin at multiples of so many bytes.
pub(crate) const ALIGNMENT: u64 = 256;

/// What is known of an adapter before it is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// As its driver calls it.
    pub name: String,
    /// The interface it is reached by: Vulkan, Metal or DX12.
    pub api: String,
    /// Its driver with its version. Results may differ in their last bits between drivers.
    pub driver: String,
    /// What it is.
    pub kind: Kind,
    /// What it can at most.
    pub limits: Limits,
}

/// Which adapter is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// The first of the best kind, never one in software.
    Best,
    /// By its place in the list without those in software.
    Number(usize),
    /// The first in software, for tests.
    Software,
}

/// An adapter that could be opened.
#[derive(Debug, Clone)]
pub struct Adapter {
    /// What is known of it.
    pub description: Description,
    pub(crate) handle: wgpu::Adapter,
}

/// All adapters, the best kinds first, those in software last.
///
/// # Errors
/// [`GpuError::NoLoader`] or [`GpuError::NoAdapter`] where there is none at all.
pub fn adapters() -> Result<Vec<Adapter>, GpuError> {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    let apis = wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12;
    descriptor.backends = apis;
    let instance = wgpu::Instance::new(descriptor);
    let found = pollster::block_on(instance.enumerate_adapters(apis));
    let mut adapters: Vec<Adapter> =
        found.into_iter().map(|handle| Adapter { description: describe(&handle), handle }).collect();
    if adapters.is_empty() {
        let request = instance.request_adapter(&wgpu::RequestAdapterOptions::default());
        return Err(match pollster::block_on(request) {
            Err(wgpu::RequestAdapterError::NotFound { active_backends, .. }) => none(active_backends),
            Err(_) | Ok(_) => GpuError::NoAdapter,
        });
    }
    adapters.sort_by_key(|adapter| adapter.description.kind);
    Ok(adapters)
}

/// Why there is no adapter: an interface whose library is missing is not active.
fn none(active: wgpu::Backends) -> GpuError {
    if active.is_empty() { GpuError::NoLoader } else { GpuError::NoAdapter }
}

fn describe(adapter: &wgpu::Adapter) -> Description {
    let (info, limits) = (adapter.get_info(), adapter.limits());
    let kind = match info.device_type {
        wgpu::DeviceType::DiscreteGpu => Kind::Discrete,
        wgpu::DeviceType::IntegratedGpu => Kind::Integrated,
        wgpu::DeviceType::VirtualGpu => Kind::Virtual,
        wgpu::DeviceType::Cpu => Kind::Software,
        wgpu::DeviceType::Other => Kind::Other,
    };
    Description {
        name: info.name,
        api: format!("{:?}", info.backend),
        driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
        kind,
        limits: Limits {
            buffer: limits.max_buffer_size,
            binding: limits.max_storage_buffer_binding_size,
            operands: limits.max_storage_buffers_per_shader_stage.into(),
            workgroups: limits.max_compute_workgroups_per_dimension.into(),
            shared_memory: limits.max_compute_workgroup_storage_size.into(),
            threads: limits.max_compute_invocations_per_workgroup.min(limits.max_compute_workgroup_size_x).into(),
            alignment: limits.min_storage_buffer_offset_alignment.into(),
        },
    }
}

impl Description {
    /// Whether the kernels can run on it.
    ///
    /// # Errors
    /// [`GpuError::TooSmall`] with the first limit that is not enough.
    pub fn check(&self) -> Result<(), GpuError> {
        let have = &self.limits;
        let limits = [
            ("size of a buffer in bytes", have.buffer, NEEDED.buffer),
            ("size of an operand in bytes", have.binding, NEEDED.binding),
            ("number of operands", have.operands, NEEDED.operands),
            ("number of workgroups", have.workgroups, NEEDED.workgroups),
            ("shared memory in bytes", have.shared_memory, NEEDED.shared_memory),
            ("number of threads", have.threads, NEEDED.threads),
        ];
        let small = |limit, value, need| GpuError::TooSmall { adapter: self.name.clone(), limit, value, need };
        if let Some((limit, value, need)) = limits.into_iter().find(|(_, value, need)| value < need) {
            return Err(small(limit, value, need));
        }
        if have.alignment == 0 || !NEEDED.alignment.is_multiple_of(have.alignment) {
            return Err(small("alignment of operands in bytes", have.alignment, NEEDED.alignment));
        }
        Ok(())
    }
}

/// The adapter that is meant, of a list in the order of [`adapters`].
///
/// # Errors
/// [`GpuError::OnlySoftware`], [`GpuError::NoSuchAdapter`], [`GpuError::NoSoftware`] or [`GpuError::NoAdapter`] where
/// it is not there, [`GpuError::TooSmall`] where it does not do.
pub fn choose(adapters: &[Adapter], wanted: Wanted) -> Result<&Adapter, GpuError> {
    let descriptions: Vec<&Description> = adapters.iter().map(|adapter| &adapter.description).collect();
    Ok(&adapters[chosen(&descriptions, wanted)?])
}

/// The place of the one that is meant.
fn chosen(adapters: &[&Description], wanted: Wanted) -> Result<usize, GpuError> {
    let place = |software: bool| {
        adapters.iter().enumerate().filter(move |(_, adapter)| (adapter.kind == Kind::Software) == software)
    };
    let found = match wanted {
        Wanted::Best => {
            let best = place(false).min_by_key(|(_, adapter)| adapter.kind);
            best.ok_or_else(|| match adapters {
                [] => GpuError::NoAdapter,
                _ => GpuError::OnlySoftware { names: names(adapters) },
            })
        }
        Wanted::Number(number) => {
            let count = place(false).count();
            place(false).nth(number).ok_or(GpuError::NoSuchAdapter { number, count })
        }
        Wanted::Software => place(true).next().ok_or(GpuError::NoSoftware),
    };
    let (place, adapter) = found?;
    adapter.check()?;
    Ok(place)
}

fn names(adapters: &[&Description]) -> String {
    adapters.iter().map(|adapter| adapter.name.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapter(name: &str, kind: Kind) -> Description {
        Description { name: name.to_owned(), api: "Vulkan".to_owned(), driver: String::new(), kind, limits: NEEDED }
    }

    #[test]
    fn the_best_is_never_in_software() {
        let [software, integrated, discrete] =
            [adapter("llvmpipe", Kind::Software), adapter("Iris", Kind::Integrated), adapter("A100", Kind::Discrete)];
        assert_eq!(chosen(&[&software, &integrated, &discrete], Wanted::Best), Ok(2));
        assert_eq!(chosen(&[&software, &integrated], Wanted::Best), Ok(1));
        assert_eq!(chosen(&[&integrated, &software], Wanted::Software), Ok(1));
        assert_eq!(chosen(&[], Wanted::Best), Err(GpuError::NoAdapter));
        assert_eq!(chosen(&[&integrated], Wanted::Software), Err(GpuError::NoSoftware));
        let only = chosen(&[&software], Wanted::Best).unwrap_err();
        assert_eq!(only, GpuError::OnlySoftware { names: "llvmpipe".to_owned() });
        assert!(only.to_string().contains("gpu:cpu"), "{only}");
    }

    #[test]
    fn numbers_leave_out_what_is_in_software() {
        let [software, first, second] =
            [adapter("llvmpipe", Kind::Software), adapter("A100", Kind::Discrete), adapter("Iris", Kind::Integrated)];
        let all = [&first, &second, &software];
        assert_eq!(chosen(&all, Wanted::Number(1)), Ok(1));
        assert_eq!(chosen(&all, Wanted::Number(2)), Err(GpuError::NoSuchAdapter { number: 2, count: 2 }));
        assert_eq!(chosen(&[], Wanted::Number(0)), Err(GpuError::NoSuchAdapter { number: 0, count: 0 }));
    }

    #[test]
    fn a_small_adapter_is_refused_with_the_limit() {
        let mut small = adapter("Old", Kind::Discrete);
        small.limits.shared_memory = 8_192;
        let refused = chosen(&[&small], Wanted::Best).unwrap_err();
        assert_eq!(refused.to_string(), "Old is too small: its shared memory in bytes is 8192, and 16384 is needed");
        let mut coarse = adapter("Coarse", Kind::Discrete);
        coarse.limits.alignment = 512;
        assert!(matches!(coarse.check(), Err(GpuError::TooSmall { value: 512, need: 256, .. })));
        assert_eq!(adapter("Fine", Kind::Discrete).check(), Ok(()));
    }

    #[test]
    fn a_missing_loader_and_a_missing_adapter_are_told_apart() {
        assert_eq!(none(wgpu::Backends::empty()), GpuError::NoLoader);
        assert_eq!(none(wgpu::Backends::VULKAN), GpuError::NoAdapter);
        assert!(GpuError::NoLoader.to_string().contains("libvulkan1"));
        assert!(GpuError::NoAdapter.to_string().contains("mesa-vulkan-drivers"));
    }
}
