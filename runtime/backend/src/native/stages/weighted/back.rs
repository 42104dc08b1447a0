//! The way back through a stage with weights.

use super::buffers::Buffers;
use super::drawn;
use super::input_gradient::input_gradient;
use super::layer::{COLUMNS, Weighted};
use super::weight_gradient::weight_gradient;
use crate::native::arena::Arena;
use crate::native::divergence::{add_drawn_gradient, density_of};
use crate::native::gradients::Gradients;
use crate::native::pairwise::add_pairwise;
use crate::native::pass::Pass;
use elbo_compiler::ir::Estimator;
use elbo_kernels::{Extent, Grid, PANEL, Retrace, Retraced, View, for_each_tile};

/// Adds the gradients of the stage's parameters to `gradients`, and writes or adds that of its input.
pub(super) fn backward(
    pass: &Pass<'_>,
    arena: &mut Arena,
    number: usize,
    weighted: &Weighted,
    gradients: &mut Gradients,
    add_to_input: bool,
) {
    retrace(pass, arena, number, weighted);
    bias_gradient(pass, arena, number, weighted, gradients);
    weight_gradient(pass, arena, number, weighted, gradients);
    drawn_divergence_gradient(pass, arena, number, weighted, gradients);
    if pass.plan.gradients[pass.network.sites[number].input].is_some() {
        input_gradient(pass, arena, number, weighted, add_to_input);
    }
}

/// Adds the gradient of ln q − ln p at drawn weights, where the prior has no closed divergence.
fn drawn_divergence_gradient(
    pass: &Pass<'_>,
    arena: &mut Arena,
    number: usize,
    weighted: &Weighted,
    gradients: &mut Gradients,
) {
    if gradients.drawn_weight == 0.0 {
        return;
    }
    for (at, tensor) in [Some(weighted.weight), weighted.bias].into_iter().enumerate() {
        let Some(id) = tensor else { continue };
        let tensor = &pass.network.tensors[id];
        let Some(gaussians) = tensor.gaussians() else { continue };
        let Some(prior) = density_of(&gaussians.prior) else { continue };
        let [noise] = arena.numbers([pass.plan.buffers::<Buffers>(number).weight_noise[at]]);
        let along = gradients.tensors[id].each_mut().map(|gradient| &mut gradient[..]);
        add_drawn_gradient(tensor, gaussians, &*prior, noise, gradients.drawn_weight, along);
    }
}

/// From the gradient of the stage's values to those of its products, with sums by window.
fn retrace(pass: &Pass<'_>, arena: &mut Arena, number: usize, weighted: &Weighted) {
    let plan = pass.plan;
    let buffers: &Buffers = plan.buffers(number);
    let value = number + 1;
    let width = pass.network.values[value].width();
    let depth = weighted.geometry.slots.depth();
    let ids = [
        plan.gradients[value],
        Some(plan.values[value]),
        buffers.factors,
        buffers.products[0],
        buffers.products[1],
        buffers.sums[0],
        buffers.sums[1],
    ];
    let ([gradient, values, factors, first, second, first_sums, second_sums], choices) =
        arena.with_bytes(ids, buffers.choices);
    let (gradient, values, factors, choices) = (&*gradient, &*values, &*factors, &*choices);
    let grid = Grid {
        positions: weighted.geometry.slots.windows(),
        capacity: plan.capacity,
        rows: pass.examples,
        columns: width,
        block: [1, pass.examples, COLUMNS],
    };
    let slots = Extent::Positions(depth);
    let floats = [(first, slots), (second, slots), (first_sums, Extent::Sums), (second_sums, Extent::Sums)];
    for_each_tile(&grid, floats, [], |region, [mut first, mut second, mut first_sum, mut second_sum], []| {
        let window = region.positions.start;
        for column in region.columns.clone().step_by(PANEL) {
            let local = column - region.columns.start;
            let offset = window * plan.capacity * width + column;
            let view = |of: usize| View { numbers: &[gradient, values, factors][of][offset..], slot: 0, row: width };
            let retrace = Retrace {
                gradient: view(0),
                values: view(1),
                function: weighted.function,
                factors: (!factors.is_empty()).then(|| view(2)),
                choices: (!choices.is_empty()).then(|| (&choices[offset..], width)),
                slots: depth,
            };
            let mut retraced = Retraced {
                first: first.strip(0, depth, local),
                second: second.strip(0, depth, local),
                first_sum: first_sum.strip(0, 1, local),
                second_sum: second_sum.strip(0, 1, local),
            };
            pass.kernels().retrace(&retrace, &mut retraced);
        }
    });
}

/// Adds the sums over windows to the gradient of the bias.
fn bias_gradient(pass: &Pass<'_>, arena: &mut Arena, number: usize, weighted: &Weighted, gradients: &mut Gradients) {
    let Some(bias) = weighted.bias else { return };
    let buffers: &Buffers = pass.plan.buffers(number);
    let width = pass.network.values[number + 1].width();
    let ids = [buffers.sums[0], buffers.sums[1], buffers.weight_noise[1]];
    let [first, second, noise] = arena.numbers(ids);
    let windows = weighted.geometry.slots.windows();
    let mut totals = [vec![0.0f32; width], vec![0.0f32; width]];
    for (total, sums) in totals.iter_mut().zip([&*first, &*second]) {
        if !sums.is_empty() {
            add_pairwise(pass.kernels(), windows, total, |window, total| {
                pass.kernels().add_to(&sums[window * width..][..width], total);
            });
        }
    }
    if !totals.iter().all(|total| pass.kernels().is_finite(total)) {
        gradients.spoil();
    }
    let [along_first, along_second] = &mut gradients.tensors[bias];
    if !gradients.add {
        along_first.fill(0.0);
        along_second.fill(0.0);
    }
    let estimator = weighted.estimator(true);
    match estimator {
        None => pass.kernels().add_to(&totals[0], along_first),
        Some(Estimator::LocalReparameterization) => {
            pass.kernels().add_to(&totals[0], along_first);
            pass.kernels().add_to(&totals[1], along_second);
        }
        Some(Estimator::Reparameterization) => {
            drawn::spread(pass, &totals[0], noise, [Some(along_first), Some(along_second)]);
        }
        Some(Estimator::Flipout) => {
            pass.kernels().add_to(&totals[0], along_first);
            drawn::spread(pass, &totals[1], noise, [None, Some(along_second)]);
        }
    }
}
