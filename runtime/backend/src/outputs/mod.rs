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
mod nodes;
mod normal;
mod observation;
mod poisson;
mod real_targets;
mod student_t;

pub use gaussian::GaussianMixture;
pub use marginal::{Marginal, RealFamily, Units};
pub use nodes::{DistributionNodes, gauss_nodes};
pub use normal::{folded_mean, normal_cdf};
pub(super) use observation::{Expected, Gradient, Observation, OnTensors, Sample};
pub use poisson::PoissonMixture;
pub use student_t::StudentTMixture;

use categorical::Labels;
use elbo_compiler::ir::{Categorical, Output, Run};
use real_targets::RealTargets;
use std::sync::Arc;

/// What a run observes.
///
/// # Errors
/// If the outputs are not those of the kind of observation.
pub(super) fn observation(run: &Run) -> Result<Arc<dyn Observation>, String> {
    let outputs = run.network.outputs();
    Ok(match run.network.output {
        Output::Categorical(family) => Arc::new(Labels::new(family, &run.training.likelihood, outputs)),
        Output::Gaussian(family) => Arc::new(RealTargets::new(family, outputs)?),
        Output::Poisson(family) => Arc::new(RealTargets::new(family, outputs)?),
        Output::StudentT(family) => Arc::new(RealTargets::new(family, outputs)?),
    })
}

/// What makes something of a family, by the kind of thing that it predicts.
pub trait TakesFamily<'f> {
    /// What it makes.
    type Made;

    /// Of scores of classes.
    fn classes(self, family: Categorical) -> Self::Made;

    /// Of a family of real targets.
    fn real_numbers<F: RealFamily>(self, family: &'f F) -> Self::Made;
}

/// Gives the family of an output to `taker`.
pub fn with_family<'f, T: TakesFamily<'f>>(output: &'f Output, taker: T) -> T::Made {
    match output {
        Output::Categorical(family) => taker.classes(*family),
        Output::Gaussian(family) => taker.real_numbers(family),
        Output::Poisson(family) => taker.real_numbers(family),
        Output::StudentT(family) => taker.real_numbers(family),
    }
}
