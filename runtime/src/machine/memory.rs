//! How much memory there is.

use super::control_groups::limits;
use std::path::Path;
use sysinfo::{MemoryRefreshKind, RefreshKind, System};

/// Bytes that the system can give to this process without swapping: what is available on the machine, or what a limit
/// of its control groups, of its address space or of its data leaves free, if that is less. `None` where the system
/// does not say.
pub fn available_memory() -> Option<u64> {
    let available = available_on_the_machine()?;
    Some(limits(Path::new("/")).map_or(available, |(free, _)| free.free.min(available)))
}

/// The limit that leaves less than the machine could give, in words: `the limit of …`; `None` where it is the machine.
pub fn memory_limit() -> Option<String> {
    let available = available_on_the_machine()?;
    limits(Path::new("/")).filter(|(free, _)| free.free < available).map(|(free, _)| free.of)
}

/// Bytes of memory that this machine has, or that this process may take in all if that is less. `None` where the system
/// does not say.
pub fn total_memory() -> Option<u64> {
    let total = Some(system().total_memory()).filter(|total| *total > 0)?;
    Some(limits(Path::new("/")).map_or(total, |(_, limit)| limit.total.min(total)))
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
