//! The peak memory of a run on the processor.
//!
//! The native backend plans its buffers and says itself what they take (`planned`). For candle there is a bound
//! (`bound`), which follows from shapes and marks alone. Beside that stands what a run keeps whatever computes it
//! (`kept`).

mod bound;
mod kept;
mod planned;

pub(super) use bound::bound;
pub(super) use kept::{classes, kept_scores, scored};
pub(super) use planned::plan;

use serde::Serialize;

/// What a process takes beside its tensors and data: pages of the program that training touches, stacks, packing
/// buffers of the matrix products. Measured as the growth of a run whose tensors are negligible.
const PROGRAM: u64 = 5 << 20;

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
    /// The peak of the process's growth: all of it together.
    pub peak: u64,
    /// Whether the peak is a bound, as for candle, and not planned.
    pub is_bound: bool,
}
