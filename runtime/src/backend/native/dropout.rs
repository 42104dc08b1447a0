//! Bernoulli masks (Srivastava et al. 2014), drawn at prediction, too, where the mark says so (Gal & Ghahramani 2016).

use super::arena::Arena;
use super::geometry::Slots;
use super::noise::Target;
use super::pass::Pass;
use elbo_compiler::ir::DropoutUnit;
use elbo_kernels::{Extent, for_each_tile};

/// A unit whose uniform number is below p becomes 0, the others are divided by 1 − p.
pub(super) fn forward(pass: &Pass<'_>, arena: &mut Arena, number: usize, probability: f64, unit: DropoutUnit) {
    let stage = &pass.network.stages[number];
    let (plan, input) = (pass.plan, stage.input);
    let ids = [Some(plan.values[input]), Some(plan.values[number + 1]), plan.stages[number].noise];
    let [from, to, mask] = arena.numbers(ids);
    let (from, capacity) = (&*from, plan.rows(input));
    let value = pass.network.values[number + 1];
    // Rows of the input repeat where it is shared by all samples.
    let examples = pass.rows(input);
    if !mask.is_empty() {
        let by_channel = unit == DropoutUnit::Channel;
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
        pass.randomness.mask_uniforms(&stage.name, target);
    }
    let (kept, share) = (probability as f32, (1.0 / (1.0 - probability)) as f32);
    let by_channel = unit == DropoutUnit::Channel;
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

pub(super) fn backward(pass: &Pass<'_>, arena: &mut Arena, number: usize, add: bool) {
    let stage = &pass.network.stages[number];
    let super::network::Kind::Dropout { unit, .. } = &stage.kind else { return };
    let plan = pass.plan;
    let ids = [plan.gradients[number + 1], plan.gradients[stage.input], plan.stages[number].noise];
    let [gradient, to, mask] = arena.numbers(ids);
    if to.is_empty() {
        return;
    }
    let mask = &*mask;
    let by_channel = *unit == DropoutUnit::Channel;
    let grid = pass.grid(stage.input, [1, 64, usize::MAX]);
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
