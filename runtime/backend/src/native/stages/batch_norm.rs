//! Batch normalisation (Ioffe & Szegedy 2015), as PyTorch computes it.

use crate::initialization::Start;
use crate::memory::BufferId;
use crate::native::arena::Arena;
use crate::native::gradients::Gradients;
use crate::native::lowering::{Lowering, Received};
use crate::native::network::Network;
use crate::native::packing::Packing;
use crate::native::pass::Pass;
use crate::native::plan::{Life, Plan, Planner, StageBuffers};
use crate::native::stage::{Load, Stage};
use crate::native::tensor::{Role, TensorId};
use crate::{BackendError, Work};
use elbo_compiler::ir;
use elbo_kernels::{Extent, for_each_tile};
use rayon::prelude::*;

/// What is kept by channel, each as long as the width: mean, 1/√(variance + ε), scale and shift of what is computed, and
/// the sum of squares over all numbers.
const MEAN: usize = 0;
const INVERSE: usize = 1;
const SCALE: usize = 2;
const SHIFT: usize = 3;
const SQUARES: usize = 4;
/// How many those are.
const BATCH_STATISTICS: usize = 5;

/// Normalisation by channel.
#[derive(Debug)]
pub(super) struct BatchNorm {
    /// Added to the variance.
    epsilon: f64,
    /// Weight of the new batch in the running statistics.
    momentum: f64,
    /// Scale, shift, running mean and running variance.
    tensors: [TensorId; 4],
}

/// The statistics of a pass.
struct Statistics(BufferId);

pub(super) fn lower(
    lowering: &mut Lowering<'_>,
    received: &Received<'_>,
    norm: &ir::BatchNorm,
) -> Result<BatchNorm, BackendError> {
    received.gives(received.shape)?;
    let length = received.shape.channels();
    let mut filled = |suffix: &str, role: Role, value: f64| {
        lowering.points(received.layer, suffix, Packing::Vector { length }, role, Start::Constant(value))
    };
    let tensors = [
        filled("weight", Role::Free, 1.0),
        filled("bias", Role::Free, 0.0),
        filled("running_mean", Role::Statistic, 0.0),
        filled("running_var", Role::Statistic, 1.0),
    ];
    Ok(BatchNorm { epsilon: norm.epsilon, momentum: norm.momentum, tensors })
}

impl Stage for BatchNorm {
    fn tensors(&self) -> Vec<TensorId> {
        self.tensors.to_vec()
    }

    fn plan(&self, network: &Network, planner: &mut Planner<'_>) -> StageBuffers {
        let length = BATCH_STATISTICS * network.values[planner.number + 1].width();
        StageBuffers::new(Statistics(planner.numbers("statistics", length, Life::Both)))
    }

    /// With the statistics of the batch in training, with the running ones at prediction.
    fn forward(&self, pass: &Pass<'_>, arena: &mut Arena, number: usize) {
        let input = pass.network.sites[number].input;
        let plan = pass.plan;
        let ids = [Some(plan.values[input]), Some(plan.values[number + 1]), Some(plan.buffers::<Statistics>(number).0)];
        let [from, to, statistics] = arena.numbers(ids);
        let (from, capacity) = (&*from, plan.rows(input));
        let value = pass.network.values[input];
        let (width, rows) = (value.width(), pass.rows(input));
        let [weight, bias, mean, variance] = self.tensors.map(|tensor| pass.network.tensors[tensor].centre());
        let (kept, _) = statistics.split_at_mut(BATCH_STATISTICS * width);
        if plan.trains() {
            let count = (value.positions() * rows) as f64;
            let shape = (value.positions(), rows, capacity, width);
            let sums = column_sums(shape, |at, _| f64::from(from[at]));
            let means: Vec<f64> = sums.iter().map(|sum| sum / count).collect();
            let squares = column_sums(shape, |at, channel| {
                let centred = f64::from(from[at]) - means[channel];
                centred * centred
            });
            for channel in 0..width {
                kept[MEAN * width + channel] = means[channel] as f32;
                kept[SQUARES * width + channel] = squares[channel] as f32;
                kept[INVERSE * width + channel] = (1.0 / (squares[channel] / count + self.epsilon).sqrt()) as f32;
            }
        } else {
            for channel in 0..width {
                kept[MEAN * width + channel] = mean[channel];
                kept[INVERSE * width + channel] = (1.0 / (f64::from(variance[channel]) + self.epsilon).sqrt()) as f32;
            }
        }
        for channel in 0..width {
            let scale = weight[channel] * kept[INVERSE * width + channel];
            kept[SCALE * width + channel] = scale;
            kept[SHIFT * width + channel] = bias[channel] - kept[MEAN * width + channel] * scale;
        }
        let kept = &*kept;
        let grid = pass.grid(number + 1, [1, 64, usize::MAX]);
        for_each_tile(&grid, [(to, Extent::Positions(1))], [], |region, [mut to], []| {
            for (at, row) in region.rows.clone().enumerate() {
                let from = &from[(region.positions.start * capacity + row) * width..][..width];
                let [scale, shift] = [SCALE, SHIFT].map(|what| &kept[what * width..][..width]);
                pass.kernels().affine(from, scale, shift, to.row_mut(0, at));
            }
        });
    }

    /// With x̂ the normalised values and g the gradient (Ioffe & Szegedy 2015, section 3): dbias = Σ g, dweight = Σ
    /// g·x̂, dx = weight·inverse·(g − dbias/count − x̂·dweight/count).
    fn backward(&self, pass: &Pass<'_>, arena: &mut Arena, number: usize, gradients: &mut Gradients, add: &[bool]) {
        let (input, plan, add) = (pass.network.sites[number].input, pass.plan, add[0]);
        let statistics = Some(plan.buffers::<Statistics>(number).0);
        let ids = [Some(plan.values[input]), plan.gradients[number + 1], plan.gradients[input], statistics];
        let [from, gradient, to, kept] = arena.numbers(ids);
        let (from, gradient, kept) = (&*from, &*gradient, &*kept);
        let value = pass.network.values[input];
        let (positions, width, rows, capacity) = (value.positions(), value.width(), pass.examples, plan.capacity);
        let count = (positions * rows) as f64;
        let shape = (positions, rows, capacity, width);
        let along_bias = column_sums(shape, |at, _| f64::from(gradient[at]));
        let along_weight = column_sums(shape, |at, channel| {
            let normal = (f64::from(from[at]) - f64::from(kept[MEAN * width + channel]))
                * f64::from(kept[INVERSE * width + channel]);
            f64::from(gradient[at]) * normal
        });
        for (tensor, sums) in self.tensors.into_iter().zip([&along_weight, &along_bias]) {
            let to = &mut gradients.tensors[tensor][0];
            for (to, sum) in to.iter_mut().zip(sums) {
                *to = if gradients.add { *to } else { 0.0 } + *sum as f32;
            }
            if !pass.kernels().is_finite(to) {
                gradients.spoil();
            }
        }
        if to.is_empty() {
            return;
        }
        let weight = pass.network.tensors[self.tensors[0]].centre();
        let grid = pass.grid(input, [1, 64, usize::MAX]);
        for_each_tile(&grid, [(to, Extent::Positions(1))], [], |region, [mut to], []| {
            for (at, row) in region.rows.clone().enumerate() {
                let offset = (region.positions.start * capacity + row) * width;
                for (channel, to) in to.row_mut(0, at).iter_mut().enumerate() {
                    let inverse = kept[INVERSE * width + channel];
                    let normal = (from[offset + channel] - kept[MEAN * width + channel]) * inverse;
                    let rest = gradient[offset + channel]
                        - (along_bias[channel] / count) as f32
                        - normal * (along_weight[channel] / count) as f32;
                    let along = weight[channel] * inverse * rest;
                    *to = if add { *to + along } else { along };
                }
            }
        });
    }

    /// Statistics take a loop of their own, forward and back.
    fn work(&self, network: &Network, number: usize, load: &Load) -> Work {
        load.elementwise(network, number).times(2.0)
    }

    fn description(&self, _network: &Network, _plan: &Plan, _number: usize) -> String {
        "normalisation by channel".to_owned()
    }

    /// The running statistics after a pass that trained; the variance takes the unbiased form, and stays where a batch of
    /// one value a channel has none.
    fn new_statistics(
        &self,
        pass: &Pass<'_>,
        arena: &mut Arena,
        number: usize,
        latest: &dyn Fn(TensorId) -> Vec<f32>,
    ) -> Vec<(TensorId, Vec<f32>)> {
        let (input, momentum, tensors) = (pass.network.sites[number].input, self.momentum, self.tensors);
        let [statistics] = arena.numbers([Some(pass.plan.buffers::<Statistics>(number).0)]);
        let value = pass.network.values[input];
        let (width, channels) = (value.width(), value.channels);
        let count = (value.positions() * pass.rows(input)) as f64;
        let blend = |tensor: TensorId, what: usize, factor: f64| {
            let mut new = latest(tensor);
            for (new, &batch) in new.iter_mut().zip(&statistics[what * width..][..channels]) {
                *new = (f64::from(*new) * (1.0 - momentum) + f64::from(batch) * momentum * factor) as f32;
            }
            (tensor, new)
        };
        let mut statistics = vec![blend(tensors[2], MEAN, 1.0)];
        if count > 1.0 {
            statistics.push(blend(tensors[3], SQUARES, 1.0 / (count - 1.0)));
        }
        statistics
    }
}

/// Σ over places and rows of f(index, channel), in double precision; places in parallel, added up in their order.
fn column_sums(
    (positions, rows, capacity, width): (usize, usize, usize, usize),
    function: impl Fn(usize, usize) -> f64 + Sync,
) -> Vec<f64> {
    let by_place: Vec<Vec<f64>> = (0..positions)
        .into_par_iter()
        .map(|position| {
            let mut sums = vec![0.0; width];
            for row in 0..rows {
                let first = (position * capacity + row) * width;
                for (channel, sum) in sums.iter_mut().enumerate() {
                    *sum += function(first + channel, channel);
                }
            }
            sums
        })
        .collect();
    let mut total = vec![0.0; width];
    for sums in by_place {
        total.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
    }
    total
}
