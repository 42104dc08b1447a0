//! Means over windows: a few places with their shares for each place.

use super::arena::Arena;
use super::network::Averages;
use super::pass::Pass;
use elbo_kernels::{Extent, for_each_tile};

pub(super) fn forward(pass: &Pass<'_>, arena: &mut Arena, number: usize, averages: &Averages) {
    let input = pass.network.stages[number].input;
    let [from, to] = arena.numbers([Some(pass.plan.values[input]), Some(pass.plan.values[number + 1])]);
    mix(pass, (&*from, pass.plan.rows(input)), (to, number + 1), &averages.forward, false);
}

pub(super) fn backward(pass: &Pass<'_>, arena: &mut Arena, number: usize, averages: &Averages, add: bool) {
    let input = pass.network.stages[number].input;
    let [gradient, to] = arena.numbers([pass.plan.gradients[number + 1], pass.plan.gradients[input]]);
    if !to.is_empty() {
        mix(pass, (&*gradient, pass.plan.capacity), (to, input), &averages.backward, add);
    }
}

/// Each place of `to` as the sum of places of `from` with their shares.
fn mix(
    pass: &Pass<'_>,
    (from, capacity): (&[f32], usize),
    (to, value): (&mut [f32], usize),
    places: &[Vec<(u32, f32)>],
    add: bool,
) {
    let grid = pass.grid(value, [1, 64, usize::MAX]);
    let width = grid.columns;
    for_each_tile(&grid, [(to, Extent::Positions(1))], [], |region, [mut to], []| {
        for (at, row) in region.rows.clone().enumerate() {
            let to = to.row_mut(0, at);
            if !add {
                to.fill(0.0);
            }
            for &(place, share) in &places[region.positions.start] {
                let from = &from[(place as usize * capacity + row) * width..][..width];
                pass.kernels().add_multiple_to(share, from, to);
            }
        }
    });
}
