//! KL(q‖p) of the variational weights.

use super::network::Network;
use super::tensor::{Gaussians, Tensor};
use elbo_compiler::analysis::softplus;
use elbo_compiler::ir::Prior;
use elbo_compiler::priors::LogDensity;
use rayon::prelude::*;
use std::sync::Arc;

/// Numbers that are added up by one task.
const PIECE: usize = 1 << 12;

/// The sum over the existing numbers of a tensor of `function(place)`, in double precision and a fixed order.
pub(super) fn sum_over(tensor: &Tensor, function: impl Fn(usize) -> f64 + Sync) -> f64 {
    let pieces = tensor.packing.length().div_ceil(PIECE);
    let parts: Vec<f64> = (0..pieces)
        .into_par_iter()
        .map(|piece| {
            let range = piece * PIECE..tensor.packing.length().min((piece + 1) * PIECE);
            let mut sum = 0.0;
            tensor.packing.stretches(range, |stretch| sum += stretch.map(&function).sum::<f64>());
            sum
        })
        .collect();
    parts.iter().sum()
}

/// KL(q‖p) of a tensor, in nats; 0 if it has one value each.
pub(super) fn of(tensor: &Tensor) -> f64 {
    let Some(gaussians) = tensor.gaussians() else { return 0.0 };
    sum_over(tensor, |at| {
        gaussians.prior.divergence(f64::from(gaussians.means[at]), softplus(f64::from(gaussians.rhos[at])))
    })
}

/// KL(q‖p) of all variational weights, in nats: closed forms, and expectations where there is none.
pub(super) fn expected(network: &Network) -> f64 {
    network.tensors.iter().map(of).sum()
}

/// The log-density of a prior whose divergence is estimated on draws.
pub(super) fn density_of(prior: &Prior) -> Option<Arc<dyn LogDensity>> {
    (!prior.has_closed_form()).then(|| prior.family().density())
}

/// ln(2π)
const TWO_PI_LN: f64 = 1.837_877_066_409_345_3;

/// Σ ln q(w) − ln p(w) at the draw w = μ + σ·ε (Blundell et al. 2015, equation 2).
pub(super) fn drawn(tensor: &Tensor, gaussians: &Gaussians, prior: &dyn LogDensity, noise: &[f32]) -> f64 {
    sum_over(tensor, |at| {
        let (deviation, noise) = (softplus(f64::from(gaussians.rhos[at])), f64::from(noise[at]));
        let weight = f64::from(gaussians.means[at]) + deviation * noise;
        -deviation.ln() - 0.5 * (noise * noise + TWO_PI_LN) - prior.at(weight)
    })
}

/// Adds the gradient of [`drawn`] times `scale`: −s along μ and −1/σ − ε·s along σ, where s = d ln p/dw.
pub(super) fn add_drawn_gradient(
    tensor: &Tensor,
    gaussians: &Gaussians,
    prior: &dyn LogDensity,
    noise: &[f32],
    scale: f64,
    [along_mean, along_deviation]: [&mut [f32]; 2],
) {
    let pieces = along_mean.par_chunks_mut(PIECE).zip(along_deviation.par_chunks_mut(PIECE)).enumerate();
    pieces.for_each(|(piece, (along_mean, along_deviation))| {
        let first = piece * PIECE;
        tensor.packing.stretches(first..first + along_mean.len(), |stretch| {
            for at in stretch {
                let (deviation, noise) = (softplus(f64::from(gaussians.rhos[at])), f64::from(noise[at]));
                let slope = prior.slope(f64::from(gaussians.means[at]) + deviation * noise);
                along_mean[at - first] -= (scale * slope) as f32;
                along_deviation[at - first] -= (scale * (1.0 / deviation + noise * slope)) as f32;
            }
        });
    });
}
