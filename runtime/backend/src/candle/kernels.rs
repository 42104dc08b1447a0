//! Which of its two forms an operation takes.

use candle_core::Device;

/// Operations that candle lacks, or computes slowly, exist twice: as one parallel loop over host
/// memory, and composed of candle's own operations for every other device. Tests run whole networks
/// both ways on the CPU, so that what a GPU executes differs in the device only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kernels {
    /// One loop over host memory; CPU only.
    Fused,
    /// Composed of candle's operations; any device.
    Portable,
}

impl Kernels {
    /// The form for a device.
    pub(super) fn for_device(device: &Device) -> Self {
        if device.is_cpu() { Self::Fused } else { Self::Portable }
    }
}
