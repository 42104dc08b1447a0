//! Normalisations of each example by itself: over groups of channels (Wu & He 2018) and over all its numbers (Ba, Kiros
//! & Hinton 2016), as PyTorch computes them.

use crate::BackendError;
use crate::gpu::error::contradiction;
use crate::gpu::lowering::{Lowering, Received};
use crate::gpu::memory::BufferId;
use crate::gpu::network::Network;
use crate::gpu::packing::Packing;
use crate::gpu::pass::Pass;
use crate::gpu::plan::{Life, Planner, StageBuffers};
use crate::gpu::stage::Stage;
use crate::gpu::tensor::{Role, TensorId};
use crate::initialization::Start;
use elbo_compiler::ir;
use elbo_gpu::kernels::example_norm::{self, ExampleNormGradient, Together};
use elbo_gpu::{GpuError, Recording};

/// Normalisation of each example.
#[derive(Debug)]
pub(super) struct ExampleNorm {
    /// What is normalised together.
    together: Together,
    /// Added to the variance.
    epsilon: f64,
    /// Scale and shift.
    affine: [TensorId; 2],
}

/// The buffers of a pass.
struct Buffers {
    /// Means and inverse deviations, by row and group.
    statistics: BufferId,
    /// What is added up on the way back.
    partial: Option<BufferId>,
}

/// Over groups of channels.
pub(super) fn groups(
    lowering: &mut Lowering<'_>,
    received: &Received<'_>,
    norm: &ir::GroupNorm,
) -> Result<ExampleNorm, BackendError> {
    received.gives(received.shape)?;
    let (groups, length) = (norm.groups, received.value.channels);
    if groups == 0 || !length.is_multiple_of(groups) {
        return Err(contradiction(received.layer, format!("{groups} groups do not divide its channels")));
    }
    let affine = affine(lowering, received, &Packing::Vector { length });
    Ok(ExampleNorm { together: Together::Groups(groups), epsilon: norm.epsilon, affine })
}

/// Over all numbers.
pub(super) fn layer(
    lowering: &mut Lowering<'_>,
    received: &Received<'_>,
    norm: &ir::LayerNorm,
) -> Result<ExampleNorm, BackendError> {
    received.gives(received.shape)?;
    let packing = Packing::Positions { shape: received.shape.sizes(), value: received.value };
    let affine = affine(lowering, received, &packing);
    Ok(ExampleNorm { together: Together::All, epsilon: norm.epsilon, affine })
}

/// Scale and shift.
fn affine(lowering: &mut Lowering<'_>, received: &Received<'_>, packing: &Packing) -> [TensorId; 2] {
    [("weight", 1.0), ("bias", 0.0)].map(|(suffix, value)| {
        lowering.points(received.layer, suffix, packing.clone(), Role::Free, Start::Constant(value))
    })
}

impl Stage for ExampleNorm {
    fn tensors(&self) -> Vec<TensorId> {
        self.affine.to_vec()
    }

    fn plan(&self, network: &Network, planner: &mut Planner<'_>) -> StageBuffers {
        let value = network.values[planner.number + 1];
        let rows = planner.plan.rows(planner.number + 1);
        let statistics = planner.numbers("statistics", self.together.statistics_numbers(rows), Life::Both);
        let numbers = self.together.partial_numbers(value, planner.plan.capacity);
        let trains = planner.plan.trains();
        let partial = trains.then(|| planner.numbers("partial gradients", numbers, Life::Backward));
        StageBuffers::new(Buffers { statistics, partial })
    }

    fn forward(&self, pass: &Pass<'_>, recording: &mut Recording, number: usize) -> Result<(), GpuError> {
        let input = pass.input(number);
        let [weight, bias] = self.affine.map(|tensor| pass.store.centre(tensor));
        example_norm::ExampleNorm {
            together: self.together,
            value: pass.shape(input),
            rows: pass.rows(input),
            epsilon: self.epsilon,
            weight: &weight?,
            bias: &bias?,
            from: pass.value(input)?,
            statistics: pass.buffer(pass.plan.buffers::<Buffers>(number).statistics)?,
            to: pass.value(number + 1)?,
        }
        .record(recording)
    }

    fn backward(
        &self,
        pass: &Pass<'_>,
        recording: &mut Recording,
        number: usize,
        add: &[bool],
    ) -> Result<(), GpuError> {
        let input = pass.input(number);
        let buffers: &Buffers = pass.plan.buffers(number);
        let Some(partial) = buffers.partial else { return Ok(()) };
        let [along_weight, along_bias] = self.affine.map(|tensor| pass.store.along_centre(tensor));
        ExampleNormGradient {
            together: self.together,
            value: pass.shape(input),
            examples: pass.plan.capacity,
            weight: &pass.store.centre(self.affine[0])?,
            from: pass.value(input)?,
            statistics: pass.buffer(buffers.statistics)?,
            gradient: pass.own_gradient(number)?,
            partial: pass.buffer(partial)?,
            along: [&along_weight?, &along_bias?],
            add_along: pass.adds,
            to: pass.gradient(input)?.map(|to| (to, add[0])),
        }
        .record(recording)
    }
}
