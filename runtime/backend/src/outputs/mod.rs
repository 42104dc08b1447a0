//! What a network's outputs mean in numbers: a file for each family, in double precision on the host.
//!
//! A family says what observations cost and along which gradient, and, where its targets are real numbers, which
//! distributions it predicts ([`RealFamily`]).
//! The native backend trains by these functions. candle has tensors of its own for some families (`OnTensors`); where it
//! has none, the cost and the gradient of the host enter its graph.

pub(super) mod categorical;
pub(super) mod gaussian;
pub(super) mod label_counts;
mod marginal;
mod normal;
mod observation;

pub use gaussian::GaussianMixture;
pub use marginal::{Marginal, RealFamily, Units};
pub use normal::{folded_mean, normal_cdf};
pub(super) use observation::{Expected, Gradient, Observation, OnTensors, Sample};

use categorical::Labels;
use elbo_compiler::ir::{Output, Run};
use std::sync::Arc;

/// What a run observes.
///
/// # Errors
/// If the outputs are not those of the kind of observation.
pub(super) fn observation(run: &Run) -> Result<Arc<dyn Observation>, String> {
    let outputs = run.network.outputs();
    Ok(match run.network.output {
        Output::Categorical(family) => Arc::new(Labels::new(family, &run.training.likelihood, outputs)),
        Output::Gaussian(family) => Arc::new(gaussian::Gaussian::new(family.noise, outputs)?),
    })
}
