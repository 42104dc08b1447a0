//! The peak memory of a run, on the processor and on a graphics processor.
//!
//! The native backend plans its buffers and says itself what they take (`planned`), and so does that for graphics
//! processors (`on_device`). For candle there is an estimate
//! (`estimated`), which follows from shapes and marks alone. Beside that stands what a run keeps whatever computes it
//! (`kept`).

mod estimated;
mod kept;
mod on_device;
mod peak;
mod planned;

pub(super) use estimated::estimate;
pub(super) use kept::{classes, kept_scores, scored};
pub(super) use on_device::plan_on_device;
pub use peak::MemoryForecast;
pub(super) use planned::plan;
