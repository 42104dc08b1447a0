//! From places and channels to features, channels outermost, where no linear map reads them as they lie.

use super::weighted;
use crate::BackendError;
use crate::native::arena::Arena;
use crate::native::gradients::Gradients;
use crate::native::lowering::{Lowering, Received};
use crate::native::network::Network;
use crate::native::pass::Pass;
use crate::native::plan::Plan;
use crate::native::stage::Stage;
use elbo_compiler::ir::Shape;
use elbo_kernels::{Extent, for_each_tile};

/// Features, channels outermost.
#[derive(Debug)]
struct Flatten;

/// A value of one place is a vector as it lies, and a linear map that follows reads places as they lie, if it can.
pub(super) fn lower<'l>(lowering: &mut Lowering<'l>, received: &Received<'l>) -> Result<usize, BackendError> {
    received.gives(Shape::Vector { features: received.shape.elements() })?;
    if received.value.positions() == 1 {
        lowering.pass_on(received);
    } else if let Some(linear) = weighted::reads_places(lowering, received.at) {
        return weighted::lower(lowering, received, received.at + 1, weighted::linear(linear, received.value));
    } else {
        lowering.alone(received, Box::new(Flatten));
    }
    Ok(received.at + 1)
}

impl Stage for Flatten {
    fn forward(&self, pass: &Pass<'_>, arena: &mut Arena, number: usize) {
        let input = pass.network.sites[number].input;
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

    fn backward(&self, pass: &Pass<'_>, arena: &mut Arena, number: usize, _: &mut Gradients, add: &[bool]) {
        let (input, add) = (pass.network.sites[number].input, add[0]);
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

    fn description(&self, _network: &Network, _plan: &Plan, _number: usize) -> String {
        "channels outermost".to_owned()
    }
}
