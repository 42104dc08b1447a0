//! Maxima over windows that no convolution does itself. The gradient goes to the first of equal maxima in row-major
//! order of the window, as PyTorch has it.

use super::arena::Arena;
use super::geometry::{Geometry, Input, Layout};
use super::pass::Pass;
use elbo_kernels::{Extent, for_each_tile};

/// Places, one after the other.
const BY_PLACE: Input = Input::Places(Layout { capacity: 1, width: 1 });

/// Whether `value` takes the place of `best`: strictly larger, or the first that is not a number.
fn beats(value: f32, best: f32) -> bool {
    value > best || (value.is_nan() && !best.is_nan())
}

pub(super) fn forward(pass: &Pass<'_>, arena: &mut Arena, number: usize, geometry: &Geometry) {
    let input = pass.network.stages[number].input;
    let [from, to] = arena.numbers([Some(pass.plan.values[input]), Some(pass.plan.values[number + 1])]);
    let (from, capacity) = (&*from, pass.plan.rows(input));
    let grid = pass.grid(number + 1, [1, 64, usize::MAX]);
    let width = grid.columns;
    for_each_tile(&grid, [(to, Extent::Positions(1))], [], |region, [mut to], []| {
        for (at, row) in region.rows.clone().enumerate() {
            let to = to.row_mut(0, at);
            to.fill(f32::NEG_INFINITY);
            geometry.taps(region.positions.start, BY_PLACE, |_, place| {
                let from = &from[(place * capacity + row) * width..][..width];
                for (best, &value) in to.iter_mut().zip(from) {
                    *best = if beats(value, *best) { value } else { *best };
                }
            });
        }
    });
}

/// Windows may overlap, so that each input place looks for those it won.
pub(super) fn backward(pass: &Pass<'_>, arena: &mut Arena, number: usize, geometry: &Geometry, add: bool) {
    let input = pass.network.stages[number].input;
    let plan = pass.plan;
    let ids =
        [plan.gradients[input], Some(plan.values[input]), Some(plan.values[number + 1]), plan.gradients[number + 1]];
    let [to, from, values, gradient] = arena.numbers(ids);
    if to.is_empty() {
        return;
    }
    let (from, values, gradient) = (&*from, &*values, &*gradient);
    let capacity = plan.capacity;
    let positions = geometry.positions();
    let width = pass.network.values[input].width();
    // One task for all places of a few rows: windows overlap within an example only.
    let grid = pass.grid(input, [positions, 4, usize::MAX]);
    for_each_tile(&grid, [(to, Extent::Positions(1))], [], |region, [mut to], []| {
        let mut open = vec![false; width];
        for (at, row) in region.rows.clone().enumerate() {
            if !add {
                for place in 0..positions {
                    to.row_mut(place, at).fill(0.0);
                }
            }
            for window in 0..geometry.slots.len() {
                let offset = (window * capacity + row) * width;
                let (value, gradient) = (&values[offset..][..width], &gradient[offset..][..width]);
                open.fill(true);
                geometry.taps(window, BY_PLACE, |_, place| {
                    let from = &from[(place * capacity + row) * width..][..width];
                    let to = to.row_mut(place, at);
                    for channel in 0..width {
                        let won =
                            from[channel] == value[channel] || (from[channel].is_nan() && value[channel].is_nan());
                        let takes = open[channel] & won;
                        to[channel] += if takes { gradient[channel] } else { 0.0 };
                        open[channel] &= !won;
                    }
                });
            }
        }
    });
}
