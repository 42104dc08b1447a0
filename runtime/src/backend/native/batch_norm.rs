//! Batch normalisation (Ioffe & Szegedy 2015), as PyTorch computes it.

use super::arena::Arena;
use super::gradients::Gradients;
use super::network::Kind;
use super::pass::Pass;
use super::tensor::TensorId;
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
pub(super) const BATCH_STATISTICS: usize = 5;

/// With the statistics of the batch in training, with the running ones at prediction.
pub(super) fn forward(pass: &Pass<'_>, arena: &mut Arena, number: usize, epsilon: f64, tensors: [TensorId; 4]) {
    let input = pass.network.stages[number].input;
    let plan = pass.plan;
    let ids = [Some(plan.values[input]), Some(plan.values[number + 1]), plan.stages[number].statistics];
    let [from, to, statistics] = arena.numbers(ids);
    let (from, capacity) = (&*from, plan.rows(input));
    let value = pass.network.values[input];
    let (width, rows) = (value.width(), pass.rows(input));
    let [weight, bias, mean, variance] = tensors.map(|tensor| pass.network.tensors[tensor].centre());
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
            kept[INVERSE * width + channel] = (1.0 / (squares[channel] / count + epsilon).sqrt()) as f32;
        }
    } else {
        for channel in 0..width {
            kept[MEAN * width + channel] = mean[channel];
            kept[INVERSE * width + channel] = (1.0 / (f64::from(variance[channel]) + epsilon).sqrt()) as f32;
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

/// The running statistics after a pass that trained; the variance takes the unbiased form, and stays where a batch of
/// one value a channel has none.
pub(super) fn new_statistics(
    pass: &Pass<'_>,
    arena: &mut Arena,
    number: usize,
    latest: impl Fn(TensorId) -> Vec<f32>,
) -> Vec<(TensorId, Vec<f32>)> {
    let stage = &pass.network.stages[number];
    let Kind::BatchNorm { momentum, tensors, .. } = &stage.kind else { return Vec::new() };
    let [statistics] = arena.numbers([pass.plan.stages[number].statistics]);
    let value = pass.network.values[stage.input];
    let (width, channels) = (value.width(), value.channels);
    let count = (value.positions() * pass.rows(stage.input)) as f64;
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

/// With x̂ the normalised values and g the gradient (Ioffe & Szegedy 2015, section 3): dbias = Σ g, dweight = Σ g·x̂, dx =
/// weight·inverse·(g − dbias/count − x̂·dweight/count).
pub(super) fn backward(
    pass: &Pass<'_>,
    arena: &mut Arena,
    number: usize,
    tensors: [TensorId; 4],
    gradients: &mut Gradients,
    add: bool,
) {
    let input = pass.network.stages[number].input;
    let plan = pass.plan;
    let ids =
        [Some(plan.values[input]), plan.gradients[number + 1], plan.gradients[input], plan.stages[number].statistics];
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
    for (tensor, sums) in tensors.into_iter().zip([&along_weight, &along_bias]) {
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
    let weight = pass.network.tensors[tensors[0]].centre();
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
