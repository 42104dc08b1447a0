//! The bytes of one forecast.

use serde::Serialize;

/// What a process takes beside its tensors and data: pages of the program that training touches, stacks, packing
/// buffers of the matrix products. Measured as the growth of a run whose tensors are negligible.
pub(super) const PROGRAM: u64 = 5 << 20;

/// Bytes of one forecast, and what they are made of. Sums are saturating.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct MemoryForecast {
    /// The data set's images, labels and order.
    pub data: u64,
    /// Parameters; two numbers for each weight of a `bayes` layer.
    pub parameters: u64,
    /// What the optimizer remembers.
    pub optimizer: u64,
    /// What passes and gradients need at most beside all that.
    pub passes: u64,
    /// What of it lies in the memory of a graphics processor; 0 where the processor computes.
    pub on_device: u64,
    /// The peak of the process's growth: all of it together.
    pub peak: u64,
    /// Whether the peak is worked out from shapes alone, as for candle, and not planned buffer by buffer.
    pub is_rough: bool,
}
