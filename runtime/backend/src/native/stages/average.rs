//! Means over windows: a few places with their shares for each place.

use crate::BackendError;
use crate::native::arena::Arena;
use crate::native::gradients::Gradients;
use crate::native::lowering::{Lowering, Received, no_window};
use crate::native::network::Network;
use crate::native::pass::Pass;
use crate::native::plan::Plan;
use crate::native::stage::Stage;
use elbo_compiler::ir::{AdaptiveAvgPool, AvgPool, Window};
use elbo_kernels::{Extent, for_each_tile};

/// A few input places with weights for each output place, and the transpose.
#[derive(Debug, Default)]
pub(super) struct Average {
    /// By output place.
    forward: Vec<Vec<(u32, f32)>>,
    /// By input place.
    backward: Vec<Vec<(u32, f32)>>,
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
    Ok(average(lowering, size, output, MEAN, |axis, place| window_shares(&pool.window, size, axis, place)))
}

/// Over windows chosen so that the output has its size.
pub(super) fn adaptive(lowering: &Lowering<'_>, received: &Received<'_>, pool: &AdaptiveAvgPool) -> Average {
    let size = received.value.size;
    average(lowering, size, pool.size, MEAN, |axis, place| {
        let (inputs, outputs) = (size[axis], pool.size[axis]);
        let (start, end) = (place * inputs / outputs, ((place + 1) * inputs).div_ceil(outputs));
        (start..end).map(|at| (at, 1.0 / (end - start) as f64)).collect()
    })
}

/// The input places that a window covers along an axis, with their shares; padding counts, but has no place.
fn window_shares(window: &Window, size: [usize; 2], axis: usize, place: usize) -> Vec<(usize, f64)> {
    let at = |tap: usize| {
        let padded = place * window.stride[axis] + tap * window.dilation[axis];
        padded.checked_sub(window.padding[axis]).filter(|&at| at < size[axis])
    };
    (0..window.kernel[axis]).filter_map(at).map(|at| (at, 1.0 / window.kernel[axis] as f64)).collect()
}

/// Sums of input places with weights that are products of shares along both axes: `shares` gives those of an output
/// place along an axis. An outline has none.
pub(super) fn average(
    lowering: &Lowering<'_>,
    size: [usize; 2],
    output: [usize; 2],
    what: &'static str,
    shares: impl Fn(usize, usize) -> Vec<(usize, f64)>,
) -> Average {
    if lowering.key.is_none() {
        return Average { what, ..Average::default() };
    }
    let mut forward = Vec::with_capacity(output[0] * output[1]);
    let mut backward = vec![Vec::new(); size[0] * size[1]];
    for y in 0..output[0] {
        for x in 0..output[1] {
            let mut places = Vec::new();
            for &(iy, vertical) in &shares(0, y) {
                for &(ix, horizontal) in &shares(1, x) {
                    let (place, share) = (iy * size[1] + ix, (vertical * horizontal) as f32);
                    places.push((place as u32, share));
                    backward[place].push((forward.len() as u32, share));
                }
            }
            forward.push(places);
        }
    }
    Average { forward, backward, what }
}

impl Stage for Average {
    fn forward(&self, pass: &Pass<'_>, arena: &mut Arena, number: usize) {
        let input = pass.network.sites[number].input;
        let [from, to] = arena.numbers([Some(pass.plan.values[input]), Some(pass.plan.values[number + 1])]);
        mix(pass, (&*from, pass.plan.rows(input)), (to, number + 1), &self.forward, false);
    }

    fn backward(&self, pass: &Pass<'_>, arena: &mut Arena, number: usize, _: &mut Gradients, add: &[bool]) {
        let input = pass.network.sites[number].input;
        let [gradient, to] = arena.numbers([pass.plan.gradients[number + 1], pass.plan.gradients[input]]);
        if !to.is_empty() {
            mix(pass, (&*gradient, pass.plan.capacity), (to, input), &self.backward, add[0]);
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
