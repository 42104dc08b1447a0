//! A linear map or a convolution: what is known of it before anything runs, and its buffers.

use crate::gpu::memory::BufferId;
use crate::gpu::network::Network;
use crate::gpu::plan::{Life, Planner};
use crate::gpu::tensor::TensorId;
use elbo_compiler::ir::Estimator;
use elbo_gpu::kernels::bias_gradient::BiasGradient;
use elbo_gpu::kernels::geometry::{Geometry, width};
use elbo_gpu::kernels::weight_gradient::WeightGradient;

/// A linear map or a convolution with an activation that follows.
#[derive(Debug)]
pub(in crate::gpu::stages) struct Weighted {
    /// Places and channels.
    pub(super) geometry: Geometry,
    /// Its weights.
    pub(super) weight: TensorId,
    /// Its bias.
    pub(super) bias: Option<TensorId>,
    /// How Gaussian weights are sampled in training and at prediction; `None` for weights of one value.
    pub(super) estimators: Option<[Estimator; 2]>,
    /// Whether negative results become 0.
    pub(super) relu: bool,
}

impl Weighted {
    /// How it samples in training or at prediction, if its weights are Gaussian.
    pub(super) fn estimator(&self, trains: bool) -> Option<Estimator> {
        self.estimators.map(|[training, prediction]| if trains { training } else { prediction })
    }

    /// Its weights and its bias.
    pub(super) fn tensors(&self) -> impl Iterator<Item = TensorId> {
        std::iter::once(self.weight).chain(self.bias)
    }

    /// Channels of its value.
    pub(super) fn outputs(&self) -> u32 {
        self.geometry.outputs
    }

    /// Places of its value.
    pub(super) fn positions(&self) -> u32 {
        self.geometry.output[0] * self.geometry.output[1]
    }
}

/// The buffers of a stage beside its values. Of pairs, the first belongs to the product of means, or to the weights,
/// the second to the second product, or to the bias.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    /// Deviations of the values.
    pub(super) deviations: Option<BufferId>,
    /// Weights and bias as drawn: μ + σε, or σε.
    pub(super) drawn: [Option<BufferId>; 2],
    /// ε of weights and bias.
    pub(super) weight_noise: [Option<BufferId>; 2],
    /// Signs of input and output channels.
    pub(super) signs: [Option<BufferId>; 2],
    /// The input with its signs.
    pub(super) flipped: Option<BufferId>,
    /// Means that all samples share.
    pub(super) means: Option<BufferId>,
    /// Gradients of both products; the first is that of the value where there is none.
    pub(super) products: [Option<BufferId>; 2],
    /// Parts of the gradients of both products' weights.
    pub(super) weight_parts: [Option<BufferId>; 2],
    /// The same of the bias.
    pub(super) bias_parts: [Option<BufferId>; 2],
}

/// What a stage needs.
pub(super) fn plan(weighted: &Weighted, network: &Network, planner: &mut Planner<'_>) -> Buffers {
    let number = planner.number;
    let (trains, rows) = (planner.plan.trains(), planner.plan.rows(number + 1));
    let (input, output) = (network.sites[number].input, network.values[number + 1]);
    let estimator = weighted.estimator(trains);
    let numbers_of = |tensor: TensorId| network.tensors[tensor].packing.numbers();
    let mut buffers = Buffers::default();
    if matches!(estimator, Some(Estimator::Reparameterization | Estimator::Flipout)) {
        let tensors = [Some(weighted.weight), weighted.bias];
        let mut kept = |what: &str| {
            tensors.map(|tensor| tensor.map(|tensor| planner.numbers(what, numbers_of(tensor), Life::Both)))
        };
        buffers.drawn = kept("drawn weights");
        buffers.weight_noise = kept("noise of the weights");
    }
    match estimator {
        Some(Estimator::LocalReparameterization) if planner.plan.shares_part[number] => {
            let numbers = planner.plan.capacity * output.numbers();
            buffers.means = Some(planner.numbers("shared means", numbers, Life::Samples));
            buffers.deviations = Some(planner.numbers("shared deviations", numbers, Life::Samples));
        }
        Some(Estimator::LocalReparameterization) => {
            buffers.deviations = Some(planner.numbers("deviations", rows * output.numbers(), Life::Both));
        }
        Some(Estimator::Flipout) => {
            let value = network.values[input];
            buffers.signs =
                [value.width(), output.width()].map(|width| Some(planner.numbers("signs", rows * width, Life::Both)));
            buffers.flipped = Some(planner.numbers("flipped input", rows * value.numbers(), Life::Both));
        }
        Some(Estimator::Reparameterization) | None => {}
    }
    if trains {
        plan_back(weighted, network, planner, &mut buffers);
    }
    buffers
}

/// What its way back needs.
fn plan_back(weighted: &Weighted, network: &Network, planner: &mut Planner<'_>, buffers: &mut Buffers) {
    let (rows, output) = (planner.plan.capacity, network.values[planner.number + 1]);
    let estimator = weighted.estimator(true);
    let two = matches!(estimator, Some(Estimator::LocalReparameterization | Estimator::Flipout));
    let drawn = matches!(estimator, Some(Estimator::Reparameterization | Estimator::Flipout));
    let weights = network.tensors[weighted.weight].packing.numbers();
    let [weight_parts, bias_parts] = parts(weighted, rows);
    let products = if two { 2 } else { usize::from(weighted.relu) };
    for path in 0..2 {
        let mut scratch = |what: &str, numbers: usize| Some(planner.numbers(what, numbers, Life::Backward));
        if path < products {
            buffers.products[path] = scratch("gradients of the products", rows * output.numbers());
        }
        // What is drawn has a gradient of its own, from which that along σ is made.
        let own = if two { path == 1 && drawn } else { path == 0 && drawn };
        if path == 0 || two {
            if weight_parts > 1 || own {
                buffers.weight_parts[path] = scratch("parts of weight gradients", weight_parts * weights);
            }
            if weighted.bias.is_some() && (bias_parts > 1 || own) {
                buffers.bias_parts[path] = scratch("parts of bias gradients", bias_parts * width_of(weighted));
            }
        }
    }
}

fn width_of(weighted: &Weighted) -> usize {
    width(weighted.outputs()) as usize
}

/// Parts that the sums of the gradients of weights and bias are taken in.
pub(super) fn parts(weighted: &Weighted, rows: usize) -> [usize; 2] {
    let weights = WeightGradient::parts(&weighted.geometry, rows as u64);
    let bias = BiasGradient::parts(weighted.outputs(), weighted.positions(), rows as u64);
    [weights, bias].map(|parts| usize::try_from(parts).unwrap_or(usize::MAX))
}
