//! What this machine and this binary have: backends, devices, threads, and a proof that one of them computes what
//! candle computes on the processor.

mod devices;
mod graphics;
mod peak;
mod selftest;

pub use devices::{DeviceReport, devices};
pub use elbo_machine::{
    Limit, ProcessKey, SharedMemory, available_memory, available_to_each, is_suspended, memory_limit, own_limit,
    processor, resident_memory, shared_memory,
};
pub use graphics::{KernelForm, graphics_text, kernels_text};
pub use peak::{Peak, peak};
pub use selftest::{SelfTest, SelfTestError, selftest};

use crate::backend::{BackendChoice, DeviceChoice};

/// The optional parts this binary was built with.
pub const FEATURES: [(&str, bool); 5] = [
    ("gpu", cfg!(feature = "gpu")),
    ("cuda", cfg!(feature = "cuda")),
    ("cudnn", cfg!(feature = "cudnn")),
    ("metal", cfg!(feature = "metal")),
    ("accelerate", cfg!(feature = "accelerate")),
];

/// A backend on the processor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackendReport {
    /// The backend.
    pub backend: BackendChoice,
    /// The kernels that compute, or why it cannot.
    pub kernel_table: Result<String, String>,
    /// Whether it computes where nobody chooses.
    pub is_default: bool,
}

/// What every backend that computes on the processor does it with.
pub fn backends() -> Vec<BackendReport> {
    BackendChoice::ALL
        .into_iter()
        .filter(|backend| *backend != BackendChoice::Gpu)
        .map(|backend| BackendReport {
            backend,
            kernel_table: backend.kernel_table(DeviceChoice::Cpu).map_err(|error| error.to_string()),
            is_default: backend == BackendChoice::of_device(DeviceChoice::Cpu),
        })
        .collect()
}
