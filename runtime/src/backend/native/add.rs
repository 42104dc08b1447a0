//! Sums of two values.

use super::arena::Arena;
use super::pass::Pass;
use elbo_kernels::{Extent, for_each_tile};

pub(super) fn forward(pass: &Pass<'_>, arena: &mut Arena, number: usize, other: usize) {
    let input = pass.network.stages[number].input;
    copy(pass, arena, input, number + 1, false);
    copy(pass, arena, other, number + 1, true);
}

fn copy(pass: &Pass<'_>, arena: &mut Arena, from: usize, to: usize, add: bool) {
    let ids = [Some(pass.plan.values[from]), Some(pass.plan.values[to])];
    let capacity = pass.plan.rows(from);
    let [from, to_numbers] = arena.numbers(ids);
    let from = &*from;
    let grid = pass.grid(to, [1, 64, usize::MAX]);
    for_each_tile(&grid, [(to_numbers, Extent::Positions(1))], [], |region, [mut to], []| {
        for (at, row) in region.rows.clone().enumerate() {
            let from = &from[(region.positions.start * capacity + row) * grid.columns..][..grid.columns];
            if add {
                pass.kernels().add_to(from, to.row_mut(0, at));
            } else {
                to.row_mut(0, at).copy_from_slice(from);
            }
        }
    });
}

/// The gradient of one of the two.
pub(super) fn backward(pass: &Pass<'_>, arena: &mut Arena, number: usize, value: usize, add: bool) {
    let [gradient, to] = arena.numbers([pass.plan.gradients[number + 1], pass.plan.gradients[value]]);
    if to.is_empty() {
        return;
    }
    let grid = pass.grid(value, [1, 64, usize::MAX]);
    let whole = Extent::Positions(1);
    for_each_tile(&grid, [(gradient, whole), (to, whole)], [], |region, [mut gradient, mut to], []| {
        for row in 0..region.rows.len() {
            if add {
                pass.kernels().add_to(gradient.row_mut(0, row), to.row_mut(0, row));
            } else {
                to.row_mut(0, row).copy_from_slice(gradient.row_mut(0, row));
            }
        }
    });
}
