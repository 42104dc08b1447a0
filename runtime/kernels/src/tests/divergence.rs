//! The divergence of single Gaussians and its gradient over wide ranges.

use super::{Numbers, close, on_every_table, reference};
use crate::{Along, Gaussians, Method, Motion, Prior};

pub(super) const PRIORS: [Prior; 5] = [
    Prior::Normal { mean: 0.0, std: 1.0 },
    Prior::Normal { mean: 0.3, std: 0.2 },
    Prior::Laplace { mean: 0.0, scale: 1.0 },
    Prior::Laplace { mean: -0.2, scale: 0.3 },
    Prior::Other,
];

const NO_STEP: Method = Method::Sgd { rate: 0.0, momentum: 0.0, nesterov: false };

/// ∂KL/∂μ and ∂KL/∂σ by central differences of the value.
pub(super) fn gradient(prior: Prior, mean: f64, deviation: f64) -> [f64; 2] {
    let h = 1e-5 * deviation;
    let value = |mean: f64, deviation: f64| reference::divergence(prior, mean, deviation);
    [
        (value(mean + h, deviation) - value(mean - h, deviation)) / (2.0 * h),
        (value(mean, deviation + h) - value(mean, deviation - h)) / (2.0 * h),
    ]
}

/// The kernel's divergence of one Gaussian, with its gradients along μ and ρ.
fn of_one(kernels: crate::Kernels, prior: Prior, mean: f32, rho: f32) -> [f32; 3] {
    let motion = Motion { method: NO_STEP, scale: 1.0, along: Along::Deviation, prior, divergence_weight: 1.0 };
    let (mut means, mut rhos, mut variances) = ([mean], [rho], [0.0]);
    let (mut mean_gradient, mut second_gradient) = ([0.0], [0.0]);
    let mut gaussians = Gaussians {
        means: &mut means,
        rhos: &mut rhos,
        variances: &mut variances,
        mean_gradient: &mut mean_gradient,
        second_gradient: &mut second_gradient,
        moments: [&mut [], &mut [], &mut [], &mut []],
    };
    let value = kernels.refresh(&mut gaussians, &motion);
    let norm = kernels.complete_gradients(&mut gaussians, &motion);
    let [along_mean, along_rho] = [mean_gradient[0], second_gradient[0]];
    let wanted = f64::from(along_mean).powi(2) + f64::from(along_rho).powi(2);
    assert!((norm - wanted).abs() <= 1e-6 * wanted);
    [value as f32, along_mean, along_rho]
}

/// Deviations from e⁻¹⁰ to 5 and means up to three away: to 2e-6 of what is added up.
#[test]
fn values_and_gradients_agree_with_the_definitions() {
    let mut stream = Numbers(71);
    for prior in PRIORS {
        let width = match prior {
            Prior::Normal { std, .. } => std,
            Prior::Laplace { scale, .. } => scale,
            Prior::Other => 1.0,
        };
        for round in 0..if super::MIRI { 2 } else { 1000 } {
            let (mean, rho) = match round {
                // The prior's own place, where a difference of large terms would show.
                0 => (0.0, 0.541_324_85),
                _ => (stream.within(-3.0, 3.0), stream.within(-10.0, 5.0)),
            };
            on_every_table(|kernels| {
                let got = of_one(kernels, prior, mean, rho);
                let what = || format!("{kernels:?} {prior:?} of μ = {mean}, ρ = {rho}");
                let (mean, rho, width) = (f64::from(mean), f64::from(rho), f64::from(width));
                let deviation = reference::softplus(rho);
                let value = reference::divergence(prior, mean, deviation);
                let scale = 1.0 + value.abs() + (deviation / width).powi(2);
                close(got[0], value, 2e-6 * scale, what);
                let [along_mean, along_deviation] = gradient(prior, mean, deviation);
                let slope = reference::sigmoid(rho);
                let of_mean = (1.0 + along_mean.abs()) / width;
                let of_rho = slope * (1.0 + 1.0 / width + 1.0 / deviation + deviation / (width * width));
                close(got[1], along_mean, 2e-6 * of_mean, what);
                close(got[2], along_deviation * slope, 3e-6 * of_rho, what);
                vec![(got[0], scale), (got[1], of_mean), (got[2], of_rho)]
            });
        }
    }
}

#[test]
fn a_gaussian_prior_is_nothing_from_itself() {
    for kernels in crate::usable() {
        // softplus(ρ) = 1.
        let [value, along_mean, along_rho] =
            of_one(kernels, Prior::Normal { mean: 0.25, std: 1.0 }, 0.25, 0.541_324_85);
        assert!(value.abs() < 2e-7 && along_mean == 0.0 && along_rho.abs() < 3e-7, "{kernels:?}: {value:e}");
    }
}
