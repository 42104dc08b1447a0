//! The buffers of a stage with weights.

use super::layer::Weighted;
use crate::memory::BufferId;
use crate::native::network::Network;
use crate::native::packing::Packing;
use crate::native::plan::{Life, Planner};
use crate::native::tiling::Tiling;
use elbo_compiler::ir::Estimator;

/// Splits of the sum over places that weight gradients are taken in, where weights are few and places many.
const MOST_SPLITS: usize = 16;
/// Numbers that the parts of such a sum may take together.
const SPLIT_NUMBERS: usize = 1 << 20;
/// Panels and rows of tiled weights that a task takes the gradient of.
pub(super) const MAPPED_PANELS: usize = 4;
pub(super) const MAPPED_ROWS: usize = 64;
/// Tasks that their gradient is divided into at least, if there are tiles enough.
const MAPPED_TASKS: usize = 12;
/// Fewer places than this are never split.
const PLACES_A_SPLIT: usize = 4;

/// The buffers of a stage beside its values. Of pairs, the first belongs to the product of means, or to the weights,
/// the second to the second product, or to the bias.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    /// ε of activations.
    pub(super) noise: Option<BufferId>,
    /// Derivatives along the second product.
    pub(super) factors: Option<BufferId>,
    /// Which slot was largest; bytes.
    pub(super) choices: Option<BufferId>,
    /// Gradients of both products.
    pub(super) products: [Option<BufferId>; 2],
    /// Sums of those by blocks.
    pub(super) sums: [Option<BufferId>; 2],
    /// Parts of weight gradients, or the gradient of drawn weights.
    pub(super) partial: [Option<BufferId>; 2],
    /// Weights with inputs and outputs exchanged.
    pub(super) turned: [Option<BufferId>; 2],
    /// The tiles that are computed with fewer products, and those of the gradient of the input.
    pub(super) tilings: [Option<Tiling>; 2],
    /// Weights as the tiles multiply them.
    pub(super) mapped: [Option<BufferId>; 2],
    /// The same with inputs and outputs exchanged.
    pub(super) mapped_turned: [Option<BufferId>; 2],
    /// The second product's input, where it is not squares.
    pub(super) flipped: Option<BufferId>,
    /// Signs of input and output channels.
    pub(super) signs: [Option<BufferId>; 2],
    /// Weights and bias as drawn: μ + σε, or σε.
    pub(super) drawn: [Option<BufferId>; 2],
    /// ε of weights and bias.
    pub(super) weight_noise: [Option<BufferId>; 2],
    /// ε in PyTorch's order, on the way there.
    pub(super) canonical: Option<BufferId>,
    /// Both products, where all samples share them.
    pub(super) moments: [Option<BufferId>; 2],
}

/// What a stage needs.
pub(super) fn plan(weighted: &Weighted, network: &Network, planner: &mut Planner<'_>) -> Buffers {
    let number = planner.number;
    let trains = planner.plan.trains();
    let rows = planner.plan.rows(number + 1);
    let (input, output) = (network.sites[number].input, network.values[number + 1]);
    let estimator = weighted.estimator(trains);
    let two = matches!(estimator, Some(Estimator::LocalReparameterization | Estimator::Flipout));
    let slots = weighted.geometry.slots.count() * output.width();
    let mut buffers = Buffers::default();
    if estimator == Some(Estimator::LocalReparameterization) {
        buffers.noise = Some(planner.numbers("noise", rows * slots, Life::Forward));
    }
    let tensor = &network.tensors[weighted.weight];
    let weights = tensor.packing.length();
    if matches!(estimator, Some(Estimator::Reparameterization | Estimator::Flipout)) {
        let bias = weighted.bias.map(|bias| network.tensors[bias].packing.length());
        buffers.drawn = [
            Some(planner.numbers("drawn weights", weights, Life::Both)),
            bias.map(|length| planner.numbers("drawn bias", length, Life::Both)),
        ];
        buffers.weight_noise = [
            Some(planner.numbers("weight noise", weights, Life::Both)),
            bias.map(|length| planner.numbers("bias noise", length, Life::Both)),
        ];
        let longest = tensor.packing.elements().max(bias.unwrap_or(0));
        buffers.canonical = Some(planner.numbers("noise in order", longest, Life::Forward));
    }
    if estimator == Some(Estimator::Flipout) {
        let channels = network.values[input].width();
        buffers.flipped = Some(planner.numbers("flipped input", rows * network.numbers(input), Life::Both));
        buffers.signs = [("input signs", channels), ("signs", output.width())]
            .map(|(what, width)| Some(planner.numbers(what, rows * width, Life::Both)));
    }
    if planner.plan.shares_part[number] {
        let length = planner.plan.capacity * slots;
        buffers.moments =
            ["shared means", "shared variances"].map(|what| Some(planner.numbers(what, length, Life::Samples)));
    } else {
        // Predictions always tile where it is possible at all, so that their bits do not depend on how many rows a pass
        // has.
        buffers.tilings =
            weighted.tilings.map(|tiling| tiling.filter(|tiling| !trains || tiling.is_worth(network.batch)));
    }
    if let Some(tiling) = buffers.tilings[0] {
        let length = mapped_length(weights, tiling);
        let first = planner.numbers("weights of tiles", length, Life::Forward);
        let second = two.then(|| planner.numbers("second weights of tiles", length, Life::Forward));
        buffers.mapped = [Some(first), second];
    }
    if trains {
        plan_back(weighted, network, planner, two, &mut buffers);
    }
    buffers
}

/// What its way back needs.
fn plan_back(weighted: &Weighted, network: &Network, planner: &mut Planner<'_>, two: bool, buffers: &mut Buffers) {
    let number = planner.number;
    let (input, output) = (network.sites[number].input, network.values[number + 1]);
    let slots = weighted.geometry.slots.count();
    let (rows, windows) = (planner.plan.capacity, weighted.geometry.slots.windows());
    let weights = network.tensors[weighted.weight].packing.length();
    let [tiling, turned_tiling] = buffers.tilings;
    let splits = splits(network, weighted, tiling);
    let drawn = weighted.estimators.is_some_and(|[training, _]| training != Estimator::LocalReparameterization);
    if two {
        buffers.factors = Some(planner.numbers("factors", rows * output.numbers(), Life::Both));
    }
    for path in 0..if two { 2 } else { 1 } {
        let mut scratch = |what: &str, length: usize| Some(planner.numbers(what, length, Life::Backward));
        buffers.products[path] = scratch("product gradients", rows * slots * output.width());
        buffers.sums[path] = scratch("sums", windows * output.width());
        let parts = if splits > 1 { splits } else { usize::from(drawn) };
        if parts > 0 {
            buffers.partial[path] = scratch("partial weight gradients", parts * weights);
        }
        if planner.plan.gradients[input].is_some() {
            let length = turned_length(network, weighted);
            buffers.turned[path] = Some(planner.numbers("turned weights", length, Life::Backward));
            buffers.mapped_turned[path] = turned_tiling.map(|tiling| {
                planner.numbers("turned weights of tiles", mapped_length(length, tiling), Life::Backward)
            });
        }
    }
    if weighted.geometry.slots.depth() > 1 {
        buffers.choices = Some(planner.bytes("choices", rows * output.numbers(), Life::Both));
    }
}

/// Parts that the sum over places of a weight gradient is taken in.
pub(super) fn splits(network: &Network, weighted: &Weighted, tiling: Option<Tiling>) -> usize {
    let weights = network.tensors[weighted.weight].packing.length().max(1);
    if let (Some(tiling), Packing::Weights(panels)) = (tiling, &network.tensors[weighted.weight].packing) {
        let blocks = panels.panels().div_ceil(MAPPED_PANELS) * panels.rows().div_ceil(MAPPED_ROWS);
        return MAPPED_TASKS.div_ceil(blocks).min(tiling.count()).min(SPLIT_NUMBERS.div_ceil(weights)).max(1);
    }
    let slots = weighted.geometry.slots.count();
    let most = (slots / PLACES_A_SPLIT).min(SPLIT_NUMBERS / weights).min(MOST_SPLITS);
    // Two parts are not worth adding up where tasks are many anyway.
    if most < 4 { 1 } else { most }
}

/// Numbers of weights with inputs and outputs exchanged.
fn turned_length(network: &Network, weighted: &Weighted) -> usize {
    let Packing::Weights(panels) = &network.tensors[weighted.weight].packing else { return 0 };
    let inputs = panels.inputs().next_multiple_of(elbo_kernels::PANEL);
    panels.divisions * inputs * panels.taps() * panels.outputs()
}

/// Numbers of weights as tiles multiply them.
fn mapped_length(weights: usize, tiling: Tiling) -> usize {
    weights / tiling.filter.taps().pow(2) * tiling.filter.products().pow(2)
}
