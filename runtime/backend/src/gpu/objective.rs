//! What a run's outputs mean, as the kernels know it.

use crate::Targets;
use elbo_compiler::gamma::ln_gamma_half_step;
use elbo_compiler::ir::{NoiseModel, Output, ProbabilityLink, Run};
use elbo_gpu::kernels::outputs::{self, Categorical, Distribution, Family, Link, RealTargets, Second};
use elbo_gpu::{Device, GpuError};

/// The family of a run's outputs.
///
/// # Errors
/// [`GpuError::Misuse`] if the outputs are not those of the family; what uploading weights of classes gives.
pub(super) fn family(run: &Run, device: &Device) -> Result<Family, GpuError> {
    let outputs = run.network.outputs();
    let likelihood = &run.training.likelihood;
    let targets = run.network.output.family().targets(outputs) as u64;
    let second = |noise: NoiseModel| match noise {
        NoiseModel::Learned => Second::Learned,
        NoiseModel::Heteroscedastic => Second::Given,
    };
    let distribution = match &run.network.output {
        Output::Categorical(family) => {
            let link = match family.link {
                ProbabilityLink::Softmax => Link::Softmax,
                ProbabilityLink::Softplus => Link::Softplus,
            };
            let (smoothing, weights) = (likelihood.label_smoothing, likelihood.class_weights.as_deref());
            let categorical = Categorical::upload(device, link, outputs as u64, smoothing, weights)?;
            return Ok(Family::Categorical(categorical));
        }
        Output::Gaussian(family) => Distribution::Gaussian { log_variance: second(family.noise) },
        Output::StudentT(family) => {
            // The logarithm of the standard density at 0 (Lange, Little & Taylor 1989, equation 1).
            let height = ln_gamma_half_step(0.5 * family.df) - 0.5 * (family.df * std::f64::consts::PI).ln();
            Distribution::StudentT { df: family.df, height, log_square: second(family.noise) }
        }
        Output::Poisson(_) => Distribution::Poisson,
    };
    RealTargets::new(distribution, targets).map(Family::Real)
}

/// Targets as kernels take them.
pub(super) fn targets(targets: &Targets) -> outputs::Targets<'_> {
    match targets {
        Targets::Classes(classes) => outputs::Targets::Classes(classes),
        Targets::Values { values, .. } => outputs::Targets::Values(values),
    }
}
