//! Channels of several values, one after the other.

use crate::BackendError;
use crate::native::arena::Arena;
use crate::native::error::contradiction;
use crate::native::gradients::Gradients;
use crate::native::lowering::Received;
use crate::native::network::{Network, Value};
use crate::native::pass::Pass;
use crate::native::plan::Plan;
use crate::native::stage::Stage;
use elbo_kernels::{Extent, for_each_tile};

/// The channels of the values it reads: of the one it receives last.
#[derive(Debug)]
pub(super) struct Concat {
    /// Where the channels of each value begin, in the order it reads them.
    starts: Vec<usize>,
}

pub(super) fn lower(received: &Received<'_>) -> Result<Concat, BackendError> {
    let output = Value::of(received.layer.output);
    let mut starts = vec![0];
    let mut end = 0;
    for value in received.others.iter().map(|&(_, shape)| Value::of(shape)) {
        starts.push(end);
        end += value.channels;
        if value.size != output.size {
            return Err(contradiction(received.layer, format!("it puts {:?} to {:?}", value.size, output.size)));
        }
    }
    starts[0] = end;
    if received.value.size != output.size || end + received.value.channels != output.channels {
        return Err(contradiction(received.layer, format!("its values do not make {}", received.layer.output)));
    }
    Ok(Concat { starts })
}

impl Stage for Concat {
    fn forward(&self, pass: &Pass<'_>, arena: &mut Arena, number: usize) {
        let grid = pass.grid(number + 1, [1, 64, usize::MAX]);
        let channels = pass.network.values[number + 1].channels;
        for (value, &start) in pass.network.sites[number].reads().zip(&self.starts) {
            let ids = [Some(pass.plan.values[value]), Some(pass.plan.values[number + 1])];
            let (capacity, shape) = (pass.plan.rows(value), pass.network.values[value]);
            let [from, to] = arena.numbers(ids);
            let from = &*from;
            for_each_tile(&grid, [(to, Extent::Positions(1))], [], |region, [mut to], []| {
                for (at, row) in region.rows.clone().enumerate() {
                    let from = &from[(region.positions.start * capacity + row) * shape.width()..][..shape.channels];
                    let to = to.row_mut(0, at);
                    to[start..start + shape.channels].copy_from_slice(from);
                    to[channels..].fill(0.0);
                }
            });
        }
    }

    fn backward(&self, pass: &Pass<'_>, arena: &mut Arena, number: usize, _: &mut Gradients, add: &[bool]) {
        let joined = pass.network.values[number + 1].width();
        let capacity = pass.plan.rows(number + 1);
        for ((value, &add), &start) in pass.network.sites[number].reads().zip(add).zip(&self.starts) {
            let [gradient, to] = arena.numbers([pass.plan.gradients[number + 1], pass.plan.gradients[value]]);
            if to.is_empty() {
                continue;
            }
            let (gradient, channels) = (&*gradient, pass.network.values[value].channels);
            let grid = pass.grid(value, [1, 64, usize::MAX]);
            for_each_tile(&grid, [(to, Extent::Positions(1))], [], |region, [mut to], []| {
                for (at, row) in region.rows.clone().enumerate() {
                    let from = &gradient[(region.positions.start * capacity + row) * joined + start..][..channels];
                    let to = to.row_mut(0, at);
                    if add {
                        to[..channels].iter_mut().zip(from).for_each(|(to, from)| *to += from);
                    } else {
                        to[..channels].copy_from_slice(from);
                        to[channels..].fill(0.0);
                    }
                }
            });
        }
    }

    fn description(&self, _network: &Network, _plan: &Plan, _number: usize) -> String {
        format!("channels of {} values", self.starts.len())
    }
}
