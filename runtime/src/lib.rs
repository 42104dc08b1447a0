//! A checked run in, a trained network and its uncertainty report out.

// So that a simulation shared with an example finds the same names in both.
#[cfg(test)]
extern crate self as elbo_runtime;

pub mod execute;
pub mod export;
pub mod finished;
pub mod forecast;
pub mod foreign_text;
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
