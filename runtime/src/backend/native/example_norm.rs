//! Normalisations of each example by itself: over groups of channels (Wu & He 2018) and over all its numbers (Ba, Kiros &
//! Hinton 2016), as PyTorch computes them.

use super::arena::Arena;
use super::gradients::Gradients;
use super::pass::Pass;
use super::tensor::TensorId;
use elbo_kernels::{Extent, for_each_tile};
use rayon::prelude::*;

/// What distinguishes one from another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Norm {
    /// Groups of channels with statistics of their own.
    pub(super) groups: usize,
    /// Added to the variance.
    pub(super) epsilon: f64,
    /// Whether each number has its own scale, not each channel.
    pub(super) each: bool,
}

/// (x − mean)/√(variance + ε)·weight + bias with the biased variance of each example and group.
pub(super) fn forward(pass: &Pass<'_>, arena: &mut Arena, number: usize, norm: Norm, tensors: [TensorId; 2]) {
    let input = pass.network.stages[number].input;
    let plan = pass.plan;
    let ids = [Some(plan.values[input]), Some(plan.values[number + 1]), plan.stages[number].statistics];
    let [from, to, statistics] = arena.numbers(ids);
    let (from, capacity) = (&*from, plan.rows(input));
    let value = pass.network.values[input];
    let (positions, channels, width) = (value.positions(), value.channels, value.width());
    let (rows, group) = (pass.rows(input), channels / norm.groups);
    let count = (positions * group) as f64;
    let [weight, bias] = tensors.map(|tensor| pass.network.tensors[tensor].centre());
    statistics[..2 * rows * norm.groups].par_chunks_exact_mut(2 * norm.groups).enumerate().for_each(|(row, kept)| {
        for (at, kept) in kept.chunks_exact_mut(2).enumerate() {
            let numbers = || {
                (0..positions).flat_map(move |position| {
                    let first = (position * capacity + row) * width + at * group;
                    from[first..first + group].iter().map(|&number| f64::from(number))
                })
            };
            let mean = numbers().sum::<f64>() / count;
            let variance = numbers().map(|number| (number - mean) * (number - mean)).sum::<f64>() / count;
            kept[0] = mean as f32;
            kept[1] = (1.0 / (variance + norm.epsilon).sqrt()) as f32;
        }
    });
    let statistics = &*statistics;
    let grid = pass.grid(number + 1, [1, 64, usize::MAX]);
    for_each_tile(&grid, [(to, Extent::Positions(1))], [], |region, [mut to], []| {
        let position = region.positions.start;
        for (at, row) in region.rows.clone().enumerate() {
            let from = &from[(position * capacity + row) * width..][..width];
            let to = to.row_mut(0, at);
            to[channels..].fill(0.0);
            let own = if norm.each { position * width } else { 0 };
            for channel in 0..channels {
                let kept = &statistics[2 * (row * norm.groups + channel / group)..];
                to[channel] = (from[channel] - kept[0]) * kept[1] * weight[own + channel] + bias[own + channel];
            }
        }
    });
}

/// With x̂ the normalised values, h = g·weight: dweight = Σ g·x̂, dbias = Σ g, dx = inverse·(h − mean(h) − x̂·mean(h·x̂)), the
/// means over an example's group.
pub(super) fn backward(
    pass: &Pass<'_>,
    arena: &mut Arena,
    number: usize,
    norm: Norm,
    tensors: [TensorId; 2],
    gradients: &mut Gradients,
    add: bool,
) {
    let input = pass.network.stages[number].input;
    let plan = pass.plan;
    let ids =
        [Some(plan.values[input]), plan.gradients[number + 1], plan.gradients[input], plan.stages[number].statistics];
    let [from, gradient, to, statistics] = arena.numbers(ids);
    let (from, gradient, statistics) = (&*from, &*gradient, &*statistics);
    let value = pass.network.values[input];
    let (positions, channels, width) = (value.positions(), value.channels, value.width());
    let (rows, group, capacity) = (pass.examples, channels / norm.groups, plan.capacity);
    let count = (positions * group) as f64;
    let weight = pass.network.tensors[tensors[0]].centre();
    let normal = |position: usize, row: usize, channel: usize| {
        let kept = &statistics[2 * (row * norm.groups + channel / group)..];
        f64::from((from[(position * capacity + row) * width + channel] - kept[0]) * kept[1])
    };
    // By place, so that the order of a sum does not depend on who computes it.
    let by_place: Vec<[Vec<f64>; 2]> = (0..positions)
        .into_par_iter()
        .map(|position| {
            let mut sums = [vec![0.0; width], vec![0.0; width]];
            for row in 0..rows {
                for channel in 0..channels {
                    let g = f64::from(gradient[(position * capacity + row) * width + channel]);
                    sums[0][channel] += g * normal(position, row, channel);
                    sums[1][channel] += g;
                }
            }
            sums
        })
        .collect();
    for (tensor, at) in tensors.into_iter().zip([0, 1]) {
        let to = &mut gradients.tensors[tensor][0];
        if !gradients.add {
            to.fill(0.0);
        }
        for (position, sums) in by_place.iter().enumerate() {
            let own = if norm.each { position * width } else { 0 };
            to[own..own + width].iter_mut().zip(&sums[at]).for_each(|(to, sum)| *to += *sum as f32);
        }
        if !pass.kernels().is_finite(to) {
            gradients.spoil();
        }
    }
    if to.is_empty() {
        return;
    }
    let scaled = |position: usize, row: usize, channel: usize| {
        let own = if norm.each { position * width } else { 0 };
        f64::from(gradient[(position * capacity + row) * width + channel] * weight[own + channel])
    };
    let grid = pass.grid(input, [positions, 1, usize::MAX]);
    for_each_tile(&grid, [(to, Extent::Positions(1))], [], |region, [mut to], []| {
        let row = region.rows.start;
        for at in 0..norm.groups {
            let (mut mean, mut along) = (0.0, 0.0);
            for position in 0..positions {
                for channel in at * group..(at + 1) * group {
                    let h = scaled(position, row, channel);
                    mean += h / count;
                    along += h * normal(position, row, channel) / count;
                }
            }
            let inverse = f64::from(statistics[2 * (row * norm.groups + at) + 1]);
            for position in 0..positions {
                let to = to.row_mut(position, 0);
                for (channel, to) in to.iter_mut().enumerate().skip(at * group).take(group) {
                    let rest = scaled(position, row, channel) - mean - normal(position, row, channel) * along;
                    let gradient = (inverse * rest) as f32;
                    *to = if add { *to + gradient } else { gradient };
                }
                if !add {
                    to[channels..].fill(0.0);
                }
            }
        }
    });
}
