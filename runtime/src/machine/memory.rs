//! How much memory there is.

use sysinfo::{MemoryRefreshKind, RefreshKind, System};

/// Bytes that the system can give to this process without swapping: what is available, or what a container or
/// batch job leaves free of its limit if that is less. `None` where the system does not say.
pub fn available_memory() -> Option<u64> {
    let system =
        System::new_with_specifics(RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram()));
    let available = match (system.available_memory(), system.total_memory()) {
        (0, 0) => return None,
        (0, total) => total,
        (available, _) => available,
    };
    Some(system.cgroup_limits().map_or(available, |limits| available.min(limits.free_memory)))
}

/// Bytes of memory that this machine has, or that a container or batch job may take if that is less. `None` where the
/// system does not say.
pub fn total_memory() -> Option<u64> {
    let system =
        System::new_with_specifics(RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram()));
    let total = Some(system.total_memory()).filter(|total| *total > 0)?;
    Some(system.cgroup_limits().map_or(total, |limits| total.min(limits.total_memory)))
}

/// The processor's name, as it gives it.
pub fn processor() -> String {
    let mut system = System::new();
    system.refresh_cpu_list(sysinfo::CpuRefreshKind::nothing());
    system.cpus().first().map_or_else(|| "unknown".to_owned(), |processor| processor.brand().trim().to_owned())
}
