//! Normalisations of each example by itself: over groups of channels (Wu & He 2018) and over all its numbers (Ba, Kiros &
//! Hinton 2016), as PyTorch computes them.

use crate::initialization::Start;
use crate::memory::BufferId;
use crate::native::arena::Arena;
use crate::native::error::contradiction;
use crate::native::gradients::Gradients;
use crate::native::lowering::{Lowering, Received};
use crate::native::network::Network;
use crate::native::packing::Packing;
use crate::native::pairwise::add_pairwise;
use crate::native::pass::Pass;
use crate::native::plan::{Life, Plan, Planner, StageBuffers};
use crate::native::stage::{Load, Stage};
use crate::native::tensor::{Role, TensorId};
use crate::{BackendError, Work};
use elbo_compiler::ir;
use elbo_kernels::{Extent, for_each_tile};
use rayon::prelude::*;

/// Normalisation of each example.
#[derive(Debug)]
pub(super) struct ExampleNorm {
    /// Groups of channels with statistics of their own.
    groups: usize,
    /// Added to the variance.
    epsilon: f64,
    /// Whether each number has its own scale, not each channel.
    each: bool,
    /// Scale and shift.
    tensors: [TensorId; 2],
}

/// Means and inverse deviations of a pass, by example and group.
struct Statistics(BufferId);

/// Over groups of channels.
pub(super) fn groups(
    lowering: &mut Lowering<'_>,
    received: &Received<'_>,
    norm: &ir::GroupNorm,
) -> Result<ExampleNorm, BackendError> {
    received.gives(received.shape)?;
    let (groups, length) = (norm.groups, received.value.channels);
    if groups == 0 || !length.is_multiple_of(groups) {
        return Err(contradiction(received.layer, format!("{groups} groups do not divide its channels")));
    }
    let tensors = tensors(lowering, received, &Packing::Vector { length });
    Ok(ExampleNorm { groups, epsilon: norm.epsilon, each: false, tensors })
}

/// Over all numbers.
pub(super) fn layer(
    lowering: &mut Lowering<'_>,
    received: &Received<'_>,
    norm: &ir::LayerNorm,
) -> Result<ExampleNorm, BackendError> {
    received.gives(received.shape)?;
    let tensors = tensors(lowering, received, &Packing::Positions { shape: received.shape.sizes() });
    Ok(ExampleNorm { groups: 1, epsilon: norm.epsilon, each: true, tensors })
}

/// Scale and shift.
fn tensors(lowering: &mut Lowering<'_>, received: &Received<'_>, packing: &Packing) -> [TensorId; 2] {
    [("weight", 1.0), ("bias", 0.0)].map(|(suffix, value)| {
        lowering.points(received.layer, suffix, packing.clone(), Role::Free, Start::Constant(value))
    })
}

impl Stage for ExampleNorm {
    fn tensors(&self) -> Vec<TensorId> {
        self.tensors.to_vec()
    }

    fn plan(&self, _network: &Network, planner: &mut Planner<'_>) -> StageBuffers {
        let length = 2 * planner.plan.rows(planner.number + 1) * self.groups;
        StageBuffers::new(Statistics(planner.numbers("statistics", length, Life::Both)))
    }

    /// (x − mean)/√(variance + ε)·weight + bias with the biased variance of each example and group.
    fn forward(&self, pass: &Pass<'_>, arena: &mut Arena, number: usize) {
        let input = pass.network.sites[number].input;
        let plan = pass.plan;
        let ids = [Some(plan.values[input]), Some(plan.values[number + 1]), Some(plan.buffers::<Statistics>(number).0)];
        let [from, to, statistics] = arena.numbers(ids);
        let (from, capacity) = (&*from, plan.rows(input));
        let value = pass.network.values[input];
        let (positions, channels, width) = (value.positions(), value.channels, value.width());
        let (rows, group) = (pass.rows(input), channels / self.groups);
        let count = (positions * group) as f64;
        let [weight, bias] = self.tensors.map(|tensor| pass.network.tensors[tensor].centre());
        statistics[..2 * rows * self.groups].par_chunks_exact_mut(2 * self.groups).enumerate().for_each(
            |(row, kept)| {
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
                    kept[1] = (1.0 / (variance + self.epsilon).sqrt()) as f32;
                }
            },
        );
        let statistics = &*statistics;
        let grid = pass.grid(number + 1, [1, 64, usize::MAX]);
        for_each_tile(&grid, [(to, Extent::Positions(1))], [], |region, [mut to], []| {
            let position = region.positions.start;
            for (at, row) in region.rows.clone().enumerate() {
                let from = &from[(position * capacity + row) * width..][..width];
                let to = to.row_mut(0, at);
                to[channels..].fill(0.0);
                let own = if self.each { position * width } else { 0 };
                for channel in 0..channels {
                    let kept = &statistics[2 * (row * self.groups + channel / group)..];
                    to[channel] = (from[channel] - kept[0]) * kept[1] * weight[own + channel] + bias[own + channel];
                }
            }
        });
    }

    /// With x̂ the normalised values, h = g·weight: dweight = Σ g·x̂, dbias = Σ g, dx = inverse·(h − mean(h) −
    /// x̂·mean(h·x̂)), the means over an example's group.
    fn backward(&self, pass: &Pass<'_>, arena: &mut Arena, number: usize, gradients: &mut Gradients, add: &[bool]) {
        let (input, plan, add) = (pass.network.sites[number].input, pass.plan, add[0]);
        let statistics = Some(plan.buffers::<Statistics>(number).0);
        let ids = [Some(plan.values[input]), plan.gradients[number + 1], plan.gradients[input], statistics];
        let [from, gradient, to, statistics] = arena.numbers(ids);
        let (from, gradient, statistics) = (&*from, &*gradient, &*statistics);
        let value = pass.network.values[input];
        let (positions, channels, width) = (value.positions(), value.channels, value.width());
        let (rows, group, capacity) = (pass.examples, channels / self.groups, plan.capacity);
        let count = (positions * group) as f64;
        let weight = pass.network.tensors[self.tensors[0]].centre();
        let normal = |position: usize, row: usize, channel: usize| {
            let kept = &statistics[2 * (row * self.groups + channel / group)..];
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
        for (tensor, at) in self.tensors.into_iter().zip([0, 1]) {
            let to = &mut gradients.tensors[tensor][0];
            if !gradients.add {
                to.fill(0.0);
            }
            let add_place = |position: usize, to: &mut [f32]| {
                to.iter_mut().zip(&by_place[position][at]).for_each(|(to, sum)| *to += *sum as f32);
            };
            if self.each {
                to.chunks_exact_mut(width).enumerate().for_each(|(position, to)| add_place(position, to));
            } else {
                add_pairwise(pass.kernels(), positions, to, add_place);
            }
            if !pass.kernels().is_finite(to) {
                gradients.spoil();
            }
        }
        if to.is_empty() {
            return;
        }
        let scaled = |position: usize, row: usize, channel: usize| {
            let own = if self.each { position * width } else { 0 };
            f64::from(gradient[(position * capacity + row) * width + channel] * weight[own + channel])
        };
        let grid = pass.grid(input, [positions, 1, usize::MAX]);
        for_each_tile(&grid, [(to, Extent::Positions(1))], [], |region, [mut to], []| {
            let row = region.rows.start;
            for at in 0..self.groups {
                let (mut mean, mut along) = (0.0, 0.0);
                for position in 0..positions {
                    for channel in at * group..(at + 1) * group {
                        let h = scaled(position, row, channel);
                        mean += h / count;
                        along += h * normal(position, row, channel) / count;
                    }
                }
                let inverse = f64::from(statistics[2 * (row * self.groups + at) + 1]);
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

    /// Statistics take a loop of their own, forward and back.
    fn work(&self, network: &Network, number: usize, load: &Load) -> Work {
        load.elementwise(network, number).times(2.0)
    }

    fn description(&self, _network: &Network, _plan: &Plan, _number: usize) -> String {
        format!("normalisation of each example in {} groups", self.groups)
    }
}
