//! Posteriors: how each family is fitted, and how it is drawn from. A new one is its file here and a line of `family`.

mod family;
mod posterior;
mod trained_network;
mod variational;

#[cfg(test)]
mod tests;

pub(crate) use family::{Fitted, InferenceFamily};
pub use posterior::Posterior;
pub use trained_network::TrainedNetwork;

use elbo_compiler::ir::{Inference, Run};
use variational::Variational;

/// The family that a run's posterior is of.
pub(crate) fn family(run: &Run) -> &'static dyn InferenceFamily {
    match run.training.inference {
        Inference::Variational => &Variational,
    }
}
