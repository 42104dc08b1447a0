//! Maxima over windows that no convolution does itself. The gradient goes to the first of equal maxima in row-major
//! order of the window, as PyTorch has it.

use crate::BackendError;
use crate::native::arena::Arena;
use crate::native::geometry::{Geometry, Input, Layout};
use crate::native::gradients::Gradients;
use crate::native::lowering::Received;
use crate::native::network::Network;
use crate::native::pass::Pass;
use crate::native::plan::Plan;
use crate::native::stage::Stage;
use elbo_compiler::ir;
use elbo_kernels::{Extent, for_each_tile};
use std::cell::RefCell;

/// Places, one after the other.
const BY_PLACE: Input = Input::Places(Layout { capacity: 1, width: 1 });

/// Rows of a task of the way back.
const ROWS: usize = 16;

thread_local! {
    /// Whether a window's maximum has not been found yet.
    static OPEN: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Maxima over windows.
#[derive(Debug)]
pub(super) struct MaxPool {
    /// Which places make which.
    pub(super) geometry: Geometry,
}

pub(super) fn lower(received: &Received<'_>, pool: &ir::MaxPool) -> Result<MaxPool, BackendError> {
    Ok(MaxPool { geometry: received.windows(pool.window)? })
}

impl Stage for MaxPool {
    fn forward(&self, pass: &Pass<'_>, arena: &mut Arena, number: usize) {
        let input = pass.network.sites[number].input;
        let [from, to] = arena.numbers([Some(pass.plan.values[input]), Some(pass.plan.values[number + 1])]);
        let (from, capacity) = (&*from, pass.plan.rows(input));
        let grid = pass.grid(number + 1, [1, 64, usize::MAX]);
        let width = grid.columns;
        for_each_tile(&grid, [(to, Extent::Positions(1))], [], |region, [mut to], []| {
            let to = to.rows_mut(0);
            to.fill(f32::NEG_INFINITY);
            self.geometry.taps(region.positions.start, BY_PLACE, |_, place| {
                let from = &from[(place * capacity + region.rows.start) * width..][..to.len()];
                pass.kernels().maximum_to(from, to);
            });
        });
    }

    /// Windows may overlap, so that a task has all places of its rows.
    fn backward(&self, pass: &Pass<'_>, arena: &mut Arena, number: usize, _: &mut Gradients, add: &[bool]) {
        let (input, add) = (pass.network.sites[number].input, add[0]);
        let plan = pass.plan;
        let ids = [
            plan.gradients[input],
            Some(plan.values[input]),
            Some(plan.values[number + 1]),
            plan.gradients[number + 1],
        ];
        let [to, from, maxima, gradient] = arena.numbers(ids);
        if to.is_empty() {
            return;
        }
        let (from, maxima, gradient) = (&*from, &*maxima, &*gradient);
        let capacity = plan.capacity;
        let positions = self.geometry.positions();
        let grid = pass.grid(input, [positions, ROWS, usize::MAX]);
        let width = grid.columns;
        for_each_tile(&grid, [(to, Extent::Positions(1))], [], |region, [mut to], []| {
            let length = region.rows.len() * width;
            let place_of = |position: usize| (position * capacity + region.rows.start) * width;
            if !add {
                (0..positions).for_each(|place| to.rows_mut(place).fill(0.0));
            }
            OPEN.with_borrow_mut(|open| {
                open.resize(length, 0.0);
                for window in 0..self.geometry.slots.count() {
                    open.fill(1.0);
                    let [maxima, gradient] = [maxima, gradient].map(|all| &all[place_of(window)..][..length]);
                    self.geometry.taps(window, BY_PLACE, |_, place| {
                        let from = &from[place_of(place)..][..length];
                        pass.kernels().claim(from, maxima, gradient, open, to.rows_mut(place));
                    });
                }
            });
        });
    }

    fn description(&self, _network: &Network, _plan: &Plan, _number: usize) -> String {
        "maximum over windows".to_owned()
    }
}
