//! The backends: our own on the processor (`native`), and candle's tensors on every device (`candle`).
//!
//! [`open`] makes the network of a run in memory; what it does then is the contract, [`Backend`].

pub mod candle;
mod choice;
mod initialization;
pub mod native;
mod open;
pub mod outputs;
mod starting;
#[cfg(test)]
mod tests;
mod work;

pub use choice::BackendChoice;
pub use elbo_contract::{
    Backend, BackendError, Batch, Closeness, DrawContext, DrawsContext, NamedTensor, OptimizerState, PREDICTION_BATCH,
    Parameters, StepContext, StepOutcome, Targets, file_name, network_name,
};
pub use open::open;
pub use starting::{StartingPart, StartingTensor, starting_tensors};
pub use work::Work;
