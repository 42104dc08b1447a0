//! Bernoulli masks (Srivastava et al. 2014), drawn at prediction, too, where the mark says so (Gal & Ghahramani 2016).

use crate::memory::BufferId;
use crate::native::arena::Arena;
use crate::native::error::contradiction;
use crate::native::geometry::Slots;
use crate::native::gradients::Gradients;
use crate::native::lowering::Received;
use crate::native::network::Network;
use crate::native::noise::Target;
use crate::native::pass::Pass;
use crate::native::plan::{Life, Plan, Planner, StageBuffers};
use crate::native::stage::{Draws, Load, Stage};
use crate::{BackendError, Work};
use elbo_compiler::ir::{Dropout, DropoutUnit};
use elbo_kernels::{Extent, for_each_tile};

/// The factors of a pass, where any are drawn.
struct Mask(Option<BufferId>);

pub(super) fn lower(received: &Received<'_>, dropout: &Dropout) -> Result<Dropout, BackendError> {
    received.gives(received.shape)?;
    if !(0.0..1.0).contains(&dropout.probability) {
        let message = format!("{} is not a probability below 1", dropout.probability);
        return Err(contradiction(received.layer, message));
    }
    Ok(*dropout)
}

impl Stage for Dropout {
    fn draws(&self, trains: bool) -> Draws {
        if Dropout::draws(self, trains) { Draws::Rows } else { Draws::Nothing }
    }

    fn plan(&self, network: &Network, planner: &mut Planner<'_>) -> StageBuffers {
        let value = planner.number + 1;
        let length = planner.plan.rows(value) * network.values[value].numbers();
        let drawn = Dropout::draws(self, planner.plan.trains());
        StageBuffers::new(Mask(drawn.then(|| planner.numbers("mask", length, Life::Both))))
    }

    /// A unit whose uniform number is below p becomes 0, the others are divided by 1 − p.
    fn forward(&self, pass: &Pass<'_>, arena: &mut Arena, number: usize) {
        let site = &pass.network.sites[number];
        let (plan, input) = (pass.plan, site.input);
        let ids = [Some(plan.values[input]), Some(plan.values[number + 1]), plan.buffers::<Mask>(number).0];
        let [from, to, mask] = arena.numbers(ids);
        let (from, capacity) = (&*from, plan.rows(input));
        let value = pass.network.values[number + 1];
        // Rows of the input repeat where it is shared by all samples.
        let examples = pass.rows(input);
        if !mask.is_empty() {
            let by_channel = self.unit == DropoutUnit::Channel;
            let mut units = value;
            if by_channel {
                units.size = [1, 1];
            }
            let target = Target {
                numbers: mask,
                capacity: plan.rows(number + 1),
                rows: pass.examples,
                samples: pass.samples,
                value: units,
                slots: Slots::all(units.size),
            };
            pass.randomness.mask_uniforms(&site.name, target);
        }
        let (kept, share) = (self.probability as f32, (1.0 / (1.0 - self.probability)) as f32);
        let by_channel = self.unit == DropoutUnit::Channel;
        let grid = pass.grid(number + 1, [1, 64, usize::MAX]);
        let rows = plan.rows(number + 1);
        // The numbers become the factors, which the way back needs.
        if !mask.is_empty() {
            let positions = if by_channel { 1 } else { value.positions() };
            let units = elbo_kernels::Grid { positions, ..grid };
            for_each_tile(&units, [(&mut *mask, Extent::Positions(1))], [], |region, [mut mask], []| {
                for row in 0..region.rows.len() {
                    mask.row_mut(0, row).iter_mut().for_each(|unit| *unit = if *unit >= kept { share } else { 0.0 });
                }
            });
        }
        let mask = &*mask;
        for_each_tile(&grid, [(to, Extent::Positions(1))], [], |region, [mut to], []| {
            for (at, row) in region.rows.clone().enumerate() {
                let position = region.positions.start;
                let from = &from[(position * capacity + row % examples) * grid.columns..][..grid.columns];
                let to = to.row_mut(0, at);
                if mask.is_empty() {
                    to.copy_from_slice(from);
                } else {
                    let position = if by_channel { 0 } else { position };
                    let mask = &mask[(position * rows + row) * grid.columns..][..grid.columns];
                    pass.kernels().multiply_each(from, mask, to);
                }
            }
        });
    }

    fn backward(&self, pass: &Pass<'_>, arena: &mut Arena, number: usize, _: &mut Gradients, add: &[bool]) {
        let (plan, input, add) = (pass.plan, pass.network.sites[number].input, add[0]);
        let ids = [plan.gradients[number + 1], plan.gradients[input], plan.buffers::<Mask>(number).0];
        let [gradient, to, mask] = arena.numbers(ids);
        if to.is_empty() {
            return;
        }
        let mask = &*mask;
        let by_channel = self.unit == DropoutUnit::Channel;
        let grid = pass.grid(input, [1, 64, usize::MAX]);
        let whole = Extent::Positions(1);
        for_each_tile(&grid, [(gradient, whole), (to, whole)], [], |region, [mut gradient, mut to], []| {
            for (at, row) in region.rows.clone().enumerate() {
                let (gradient, to) = (gradient.row_mut(0, at), to.row_mut(0, at));
                let position = if by_channel { 0 } else { region.positions.start };
                let mask = if mask.is_empty() {
                    None
                } else {
                    Some(&mask[(position * plan.capacity + row) * grid.columns..][..grid.columns])
                };
                match (mask, add) {
                    (Some(mask), true) => pass.kernels().add_product_to(gradient, mask, to),
                    (Some(mask), false) => pass.kernels().multiply_each(gradient, mask, to),
                    (None, true) => pass.kernels().add_to(gradient, to),
                    (None, false) => to.copy_from_slice(gradient),
                }
            }
        });
    }

    fn work(&self, network: &Network, number: usize, load: &Load) -> Work {
        let drawn = if Dropout::draws(self, load.trains) { load.numbers(network, number + 1) } else { 0.0 };
        let value = network.values[number + 1];
        let units = if self.unit == DropoutUnit::Channel { drawn / value.positions().max(1) as f64 } else { drawn };
        Work { uniforms: units, ..load.elementwise(network, number) }
    }

    fn description(&self, _network: &Network, _plan: &Plan, _number: usize) -> String {
        format!("mask with p = {}", self.probability)
    }
}
