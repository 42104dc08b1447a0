//! Weights that are drawn once for a whole pass: μ + σ ⊙ ε, or σ ⊙ ε beside the means (flipout); and the gradient of a
//! draw.

use super::buffers::Buffers;
use super::layer::Weighted;
use crate::memory::BufferId;
use crate::native::arena::Arena;
use crate::native::divergence::{density_of, drawn};
use crate::native::pass::Pass;
use crate::native::tensor::TensorId;
use elbo_kernels::{Extent, Grid, Perturbation, for_each_tile};
use rayon::prelude::*;

/// Numbers of a task.
const PIECE: usize = 1 << 13;

/// Draws the weights and the bias of a stage into its buffers.
pub(super) fn draw(pass: &Pass<'_>, arena: &mut Arena, number: usize, weighted: &Weighted, centred: bool) {
    let buffers: &Buffers = pass.plan.buffers(number);
    let tensors = [Some(weighted.weight), weighted.bias];
    for (at, tensor) in tensors.into_iter().enumerate() {
        let Some(tensor) = tensor else { continue };
        let ids = [buffers.drawn[at], buffers.weight_noise[at], buffers.canonical];
        draw_tensor(pass, arena, tensor, ids, centred);
    }
}

fn draw_tensor(pass: &Pass<'_>, arena: &mut Arena, tensor: TensorId, ids: [Option<BufferId>; 3], centred: bool) {
    let tensor = &pass.network.tensors[tensor];
    let Some(gaussians) = tensor.gaussians() else { return };
    let [weights, noise, canonical] = arena.numbers(ids);
    let canonical = &mut canonical[..tensor.packing.elements()];
    pass.randomness.weight_noise(&tensor.name, canonical);
    let length = weights.len();
    let grid = Grid { positions: 1, capacity: 1, rows: 1, columns: length, block: [1, 1, PIECE] };
    let whole = Extent::Positions(1);
    let canonical = &*canonical;
    for_each_tile(&grid, [(weights, whole), (noise, whole)], [], |region, [mut weights, mut noise], []| {
        let (weights, noise) = (weights.row_mut(0, 0), noise.row_mut(0, 0));
        // What does not exist has the deviation 0 kept for it, and stays 0.
        weights.fill(0.0);
        noise.fill(0.0);
        let first = region.columns.start;
        tensor.packing.stretches(region.columns.clone(), |stretch| {
            let local = stretch.start - first..stretch.end - first;
            for (number, &place) in noise[local.clone()].iter_mut().zip(&gaussians.order[stretch.clone()]) {
                *number = canonical[place as usize];
            }
            pass.kernels().perturb(&mut Perturbation {
                means: &gaussians.means[stretch.clone()],
                rhos: &gaussians.rhos[stretch],
                noise: &noise[local.clone()],
                centred,
                weights: &mut weights[local],
            });
        });
    });
}

/// Adds the gradient of a draw, g along its weights and g·ε along σ, to the gradients of its Gaussians. With `means`
/// the first part is left out.
pub(super) fn spread(pass: &Pass<'_>, gradient: &[f32], noise: &[f32], [first, second]: [Option<&mut [f32]>; 2]) {
    let kernels = pass.kernels();
    if let Some(first) = first {
        let pieces = first.par_chunks_mut(PIECE).zip(gradient.par_chunks(PIECE));
        pieces.for_each(|(to, gradient)| kernels.add_to(gradient, to));
    }
    if let Some(second) = second {
        let pieces = second.par_chunks_mut(PIECE).zip(gradient.par_chunks(PIECE)).zip(noise.par_chunks(PIECE));
        pieces.for_each(|((to, gradient), noise)| kernels.add_product_to(gradient, noise, to));
    }
}

/// ln q − ln p at the drawn weights, where the prior has no closed divergence.
pub(super) fn divergence(pass: &Pass<'_>, arena: &mut Arena, number: usize, weighted: &Weighted) -> f64 {
    let mut sum = 0.0;
    for (at, tensor) in [Some(weighted.weight), weighted.bias].into_iter().enumerate() {
        let Some(tensor) = tensor.map(|tensor| &pass.network.tensors[tensor]) else { continue };
        let Some(gaussians) = tensor.gaussians() else { continue };
        let Some(prior) = density_of(&gaussians.prior) else { continue };
        let [noise] = arena.numbers([pass.plan.buffers::<Buffers>(number).weight_noise[at]]);
        sum += drawn(tensor, gaussians, &*prior, noise);
    }
    sum
}
