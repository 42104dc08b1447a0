//! The peak memory of a run on the processor.
//!
//! The native backend plans its buffers and says itself what they take (`planned`). For candle there is an estimate
//! (`estimated`), which follows from shapes and marks alone. Beside that stands what a run keeps whatever computes it
//! (`kept`).

mod estimated;
mod kept;
mod peak;
mod planned;

pub(super) use estimated::estimate;
pub(super) use kept::{classes, kept_scores, scored};
pub use peak::MemoryForecast;
pub(super) use planned::plan;
