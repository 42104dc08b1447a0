//! A checked run in, a trained network and its uncertainty report out.
//!
//! [`execute`](fn@execute::execute) is the whole of it: it forecasts time and memory, opens data, trains with checkpoints that
//! a killed run goes on from to the same bits, draws predictions, scores them and publishes a run directory in a store.
//! [`finished`] works with what that left; [`report`], [`uncertainty`] and [`export`] make of it what people and other
//! programs read. Programs in Rust use the crate `elbo`, which stands in front of this one.
//!
//! ```
//! use elbo_runtime::uncertainty::{Decomposition, entropy};
//!
//! // Two draws of the weights that are sure of different classes: all of the uncertainty is epistemic.
//! let split = Decomposition::of(2, &[1.0, 0.0, 0.0, 1.0])?;
//! assert_eq!(split.mean(), [0.5, 0.5]);
//! assert_eq!(entropy(split.mean()), 2.0_f64.ln());
//! # Ok::<(), elbo_runtime::uncertainty::UncertaintyError>(())
//! ```

// So that a simulation shared with an example finds the same names in both.
#[cfg(test)]
extern crate self as elbo_runtime;

pub mod execute;
pub mod export;
pub mod finished;
pub mod forecast;
pub mod foreign_text;
pub mod inference;
pub mod machine;
pub mod output;
mod outputs;
pub mod report;
pub mod spec_files;
pub mod store;
pub mod threads;
pub mod train;
pub mod uncertainty;

pub use elbo_backend as backend;
pub use elbo_data as data;
pub use elbo_data::fetch;
pub use elbo_machine::partial;
pub use elbo_random as random;
