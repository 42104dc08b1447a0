//! Sums of two values.

use crate::BackendError;
use crate::native::arena::Arena;
use crate::native::error::contradiction;
use crate::native::gradients::Gradients;
use crate::native::lowering::Received;
use crate::native::network::Network;
use crate::native::pass::Pass;
use crate::native::plan::Plan;
use crate::native::stage::Stage;
use elbo_kernels::{Extent, for_each_tile};

/// The sum of the values it reads.
#[derive(Debug)]
pub(super) struct Add;

pub(super) fn lower(received: &Received<'_>) -> Result<Add, BackendError> {
    let shape = received.shape;
    match received.others.iter().find(|(_, added)| *added != shape) {
        Some((_, added)) => Err(contradiction(received.layer, format!("it adds {added} to {shape}"))),
        None => Ok(Add),
    }
}

impl Stage for Add {
    fn forward(&self, pass: &Pass<'_>, arena: &mut Arena, number: usize) {
        for (at, value) in pass.network.sites[number].reads().enumerate() {
            copy(pass, arena, value, number + 1, at > 0);
        }
    }

    fn backward(&self, pass: &Pass<'_>, arena: &mut Arena, number: usize, _: &mut Gradients, add: &[bool]) {
        for (value, &add) in pass.network.sites[number].reads().zip(add) {
            pull_back(pass, arena, number, value, add);
        }
    }

    fn description(&self, _network: &Network, _plan: &Plan, _number: usize) -> String {
        "sum of two values".to_owned()
    }
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
fn pull_back(pass: &Pass<'_>, arena: &mut Arena, number: usize, value: usize, add: bool) {
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
