//! A checked run in, a trained network and its uncertainty report out.

// So that a simulation shared with an example finds the same names in both.
#[cfg(test)]
extern crate self as elbo_runtime;

pub mod backend;
pub mod data;
pub mod execute;
pub mod export;
pub mod fetch;
pub mod finished;
pub mod forecast;
pub mod foreign_text;
pub mod machine;
pub mod output;
pub mod partial;
pub mod random;
pub mod report;
pub mod spec_files;
pub mod store;
pub mod threads;
pub mod train;
pub mod uncertainty;
