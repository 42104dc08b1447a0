//! From places and channels to features, channels outermost, where no linear map reads them as they lie.

use super::arena::Arena;
use super::pass::Pass;
use elbo_kernels::{Extent, for_each_tile};

pub(super) fn forward(pass: &Pass<'_>, arena: &mut Arena, number: usize) {
    let input = pass.network.stages[number].input;
    let [from, to] = arena.numbers([Some(pass.plan.values[input]), Some(pass.plan.values[number + 1])]);
    let (from, capacity) = (&*from, pass.plan.rows(input));
    let value = pass.network.values[input];
    let (positions, channels, width) = (value.positions(), value.channels, value.width());
    let grid = pass.grid(number + 1, [1, 8, usize::MAX]);
    for_each_tile(&grid, [(to, Extent::Positions(1))], [], |region, [mut to], []| {
        for (at, row) in region.rows.clone().enumerate() {
            let to = to.row_mut(0, at);
            to[positions * channels..].fill(0.0);
            for position in 0..positions {
                let from = &from[(position * capacity + row) * width..][..channels];
                for (channel, &number) in from.iter().enumerate() {
                    to[channel * positions + position] = number;
                }
            }
        }
    });
}

pub(super) fn backward(pass: &Pass<'_>, arena: &mut Arena, number: usize, add: bool) {
    let input = pass.network.stages[number].input;
    let [gradient, to] = arena.numbers([pass.plan.gradients[number + 1], pass.plan.gradients[input]]);
    if to.is_empty() {
        return;
    }
    let gradient = &*gradient;
    let value = pass.network.values[input];
    let (positions, channels) = (value.positions(), value.channels);
    let features = pass.network.values[number + 1].width();
    let grid = pass.grid(input, [positions, 8, usize::MAX]);
    for_each_tile(&grid, [(to, Extent::Positions(1))], [], |region, [mut to], []| {
        for (at, row) in region.rows.clone().enumerate() {
            let gradient = &gradient[row * features..][..positions * channels];
            for position in 0..positions {
                let to = to.row_mut(position, at);
                for (channel, number) in to.iter_mut().enumerate() {
                    let along = if channel < channels { gradient[channel * positions + position] } else { 0.0 };
                    *number = if add { *number + along } else { along };
                }
            }
        }
    });
}
