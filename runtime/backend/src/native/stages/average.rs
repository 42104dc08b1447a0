//! Means over windows: a few places with their shares for each place.

use crate::BackendError;
use crate::native::arena::Arena;
use crate::native::gradients::Gradients;
use crate::native::lowering::{Lowering, Received, no_window};
use crate::native::network::Network;
use crate::native::pairwise::add_pairwise;
use crate::native::pass::Pass;
use crate::native::plan::Plan;
use crate::native::stage::Stage;
use crate::shares::{Places, Shares};
use elbo_compiler::ir::{AdaptiveAvgPool, AvgPool};
use elbo_kernels::{Extent, for_each_tile};

/// A few input places with weights for each output place, and the transpose.
#[derive(Debug)]
pub(super) struct Average {
    /// Which; none of an outline.
    shares: Shares,
    /// What they are called in plans.
    what: &'static str,
}

const MEAN: &str = "mean over windows";

/// Over the windows of a pool.
pub(super) fn windows(
    lowering: &Lowering<'_>,
    received: &Received<'_>,
    pool: &AvgPool,
) -> Result<Average, BackendError> {
    let size = received.value.size;
    let output = pool.window.output_size(size).ok_or_else(|| no_window(received.layer))?;
    Ok(average(lowering, MEAN, || Shares::windows(size, output, pool)))
}

/// Over windows chosen so that the output has its size.
pub(super) fn adaptive(lowering: &Lowering<'_>, received: &Received<'_>, pool: &AdaptiveAvgPool) -> Average {
    average(lowering, MEAN, || Shares::adaptive(received.value.size, pool.size))
}

/// Of these shares; an outline has none.
pub(super) fn average(lowering: &Lowering<'_>, what: &'static str, shares: impl FnOnce() -> Shares) -> Average {
    let shares = if lowering.key.is_some() { shares() } else { Shares::default() };
    Average { shares, what }
}

impl Stage for Average {
    fn forward(&self, pass: &Pass<'_>, arena: &mut Arena, number: usize) {
        let input = pass.network.sites[number].input;
        let [from, to] = arena.numbers([Some(pass.plan.values[input]), Some(pass.plan.values[number + 1])]);
        mix(pass, (&*from, pass.plan.rows(input)), (to, number + 1), &self.shares.forward, false);
    }

    fn backward(&self, pass: &Pass<'_>, arena: &mut Arena, number: usize, _: &mut Gradients, add: &[bool]) {
        let input = pass.network.sites[number].input;
        let [gradient, to] = arena.numbers([pass.plan.gradients[number + 1], pass.plan.gradients[input]]);
        if !to.is_empty() {
            mix(pass, (&*gradient, pass.plan.capacity), (to, input), &self.shares.backward, add[0]);
        }
    }

    fn description(&self, _network: &Network, _plan: &Plan, _number: usize) -> String {
        self.what.to_owned()
    }
}

/// Each place of `to` as the sum of places of `from` with their shares.
fn mix(
    pass: &Pass<'_>,
    (from, capacity): (&[f32], usize),
    (to, value): (&mut [f32], usize),
    places: &Places,
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
            let places = &places[region.positions.start];
            add_pairwise(pass.kernels(), places.len(), to, |term, to| {
                let (place, share) = places[term];
                let from = &from[(place as usize * capacity + row) * width..][..width];
                pass.kernels().add_multiple_to(share, from, to);
            });
        }
    });
}
