//! Element-wise functions that no convolution applies itself.

use crate::functions;
use crate::native::arena::Arena;
use crate::native::gradients::Gradients;
use crate::native::lowering::Received;
use crate::native::network::Network;
use crate::native::pass::Pass;
use crate::native::plan::Plan;
use crate::native::stage::{Load, Stage};
use crate::{BackendError, Work};
use elbo_compiler::ir::Elementwise;
use elbo_kernels::{Extent, Function, for_each_tile};

/// A function of each number.
#[derive(Debug)]
pub(super) struct Activation {
    /// Which.
    pub(super) function: Function,
}

pub(super) fn lower(received: &Received<'_>, elementwise: &Elementwise) -> Result<Activation, BackendError> {
    received.gives(received.shape)?;
    Ok(Activation { function: functions::of(elementwise.function) })
}

impl Stage for Activation {
    fn forward(&self, pass: &Pass<'_>, arena: &mut Arena, number: usize) {
        let input = pass.network.sites[number].input;
        let [from, to] = arena.numbers([Some(pass.plan.values[input]), Some(pass.plan.values[number + 1])]);
        let grid = pass.grid(number + 1, [1, 64, usize::MAX]);
        let whole = Extent::Positions(1);
        for_each_tile(&grid, [(from, whole), (to, whole)], [], |region, [mut from, mut to], []| {
            for row in 0..region.rows.len() {
                pass.kernels().activate(self.function, from.row_mut(0, row), to.row_mut(0, row));
            }
        });
    }

    fn backward(&self, pass: &Pass<'_>, arena: &mut Arena, number: usize, _: &mut Gradients, add: &[bool]) {
        let (input, add) = (pass.network.sites[number].input, add[0]);
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
                    pass.kernels().retract(self.function, from, gradient, &mut along);
                    pass.kernels().add_to(&along, to);
                } else {
                    pass.kernels().retract(self.function, from, gradient, to);
                }
            }
        });
    }

    fn work(&self, network: &Network, number: usize, load: &Load) -> Work {
        let passes = if load.along_input { 2.0 } else { 1.0 };
        let each = if functions::is_transcendental(self.function) { passes } else { 0.0 };
        Work { functions: each * load.numbers(network, number + 1), ..load.elementwise(network, number) }
    }

    fn description(&self, _network: &Network, _plan: &Plan, _number: usize) -> String {
        functions::name(self.function).to_owned()
    }
}
