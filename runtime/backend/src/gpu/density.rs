//! Priors that have no closed divergence, as the kernels know them.

use elbo_compiler::ir::Prior;
use elbo_gpu::kernels::parameters::Density;

/// The density of a prior whose divergence is estimated on draws.
pub(super) fn density(prior: &Prior) -> Option<Density> {
    match prior {
        Prior::Normal(_) | Prior::Laplace(_) => None,
        Prior::ScaleMixture(mixture) => {
            Some(Density::ScaleMixture { share: mixture.pi, deviations: [mixture.std1, mixture.std2] })
        }
        Prior::StudentT(student) => {
            let height = prior.family().density().at(student.mean);
            Some(Density::StudentT { df: student.df, scale: student.scale, mean: student.mean, height })
        }
    }
}
