//! Element-wise functions that no convolution applies itself.

use super::arena::Arena;
use super::pass::Pass;
use elbo_kernels::{Extent, Function, for_each_tile};

pub(super) fn forward(pass: &Pass<'_>, arena: &mut Arena, number: usize, function: Function) {
    let input = pass.network.stages[number].input;
    let [from, to] = arena.numbers([Some(pass.plan.values[input]), Some(pass.plan.values[number + 1])]);
    let grid = pass.grid(number + 1, [1, 64, usize::MAX]);
    let whole = Extent::Positions(1);
    for_each_tile(&grid, [(from, whole), (to, whole)], [], |region, [mut from, mut to], []| {
        for row in 0..region.rows.len() {
            pass.kernels().activate(function, from.row_mut(0, row), to.row_mut(0, row));
        }
    });
}

pub(super) fn backward(pass: &Pass<'_>, arena: &mut Arena, number: usize, function: Function, add: bool) {
    let input = pass.network.stages[number].input;
    let plan = pass.plan;
    let ids = [Some(plan.values[input]), plan.gradients[number + 1], plan.gradients[input]];
    let [from, gradient, to] = arena.numbers(ids);
    if to.is_empty() {
        return;
    }
    let grid = pass.grid(input, [1, 64, usize::MAX]);
    let whole = Extent::Positions(1);
    let floats = [(from, whole), (gradient, whole), (to, whole)];
    for_each_tile(&grid, floats, [], |region, [mut from, mut gradient, mut to], []| {
        let mut along = vec![0.0; if add { region.columns.len() } else { 0 }];
        for row in 0..region.rows.len() {
            let (from, gradient, to) = (from.row_mut(0, row), gradient.row_mut(0, row), to.row_mut(0, row));
            if add {
                pass.kernels().retract(function, from, gradient, &mut along);
                pass.kernels().add_to(&along, to);
            } else {
                pass.kernels().retract(function, from, gradient, to);
            }
        }
    });
}
