//! How much memory there is.

use super::control_groups::{Limit, Limits, limits};
use std::path::Path;
use sysinfo::{MemoryRefreshKind, RefreshKind, System};

/// Bytes that the system can give to this process without swapping: what is available on the machine, or what a limit
/// of its control groups, of its address space or of its data leaves free, if that is less. `None` where the system
/// does not say.
pub fn available_memory() -> Option<u64> {
    let available = available_on_the_machine()?;
    Some(limits(Path::new("/")).least_free().map_or(available, |limit| limit.free.min(available)))
}

/// The limit that leaves less than the machine could give, in words: `the limit of …`; `None` where it is the machine.
pub fn memory_limit() -> Option<String> {
    let available = available_on_the_machine()?;
    limits(Path::new("/")).least_free().filter(|limit| limit.free < available).map(|limit| limit.of.clone())
}

/// Memory that this process and those it begins have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedMemory {
    /// Bytes that the system can give to all of them.
    pub available: u64,
    /// Bytes that there are in all.
    pub total: u64,
    /// The control group that allows no more than that, where it is not the machine that has no more.
    pub limit: Option<Limit>,
}

/// The memory of the machine, or of the control groups that this process and those it begins belong to. What limits
/// each process by itself is [`own_limit`]. `None` where the system does not say.
pub fn shared_memory() -> Option<SharedMemory> {
    let (available, total) = (available_on_the_machine()?, system().total_memory());
    let Limits { groups, .. } = limits(Path::new("/"));
    let available = groups.iter().map(|limit| limit.free).fold(available, u64::min);
    let limit = groups.into_iter().min_by_key(|limit| limit.total).filter(|limit| limit.total < total);
    Some(SharedMemory { available, total: limit.as_ref().map_or(total, |limit| limit.total), limit })
}

/// The tightest limit of what one process may take (`ulimit -v` and `-d`). Processes that this one begins inherit it,
/// each for itself.
pub fn own_limit() -> Option<Limit> {
    limits(Path::new("/")).own.into_iter().min_by_key(|limit| limit.total)
}

/// Bytes that each process which this one begins may take: what all of them have in common, or what limits each by
/// itself if that is less. `None` where the system does not say.
pub fn available_to_each() -> Option<u64> {
    let shared = shared_memory()?.available;
    Some(own_limit().map_or(shared, |limit| limit.total.min(shared)))
}

fn available_on_the_machine() -> Option<u64> {
    let system = system();
    match (system.available_memory(), system.total_memory()) {
        (0, 0) => None,
        (0, total) => Some(total),
        (available, _) => Some(available),
    }
}

fn system() -> System {
    System::new_with_specifics(RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram()))
}

/// The processor's name, as it gives it.
pub fn processor() -> String {
    let mut system = System::new();
    system.refresh_cpu_list(sysinfo::CpuRefreshKind::nothing());
    system.cpus().first().map_or_else(|| "unknown".to_owned(), |processor| processor.brand().trim().to_owned())
}
