//! Batch normalisation (Ioffe & Szegedy 2015), as PyTorch computes it.

use crate::BackendError;
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
use elbo_gpu::kernels::batch_norm::{
    self, BatchNormGradient, BatchStatistics, RecalledStatistics, RunningStatistics, partial_numbers,
    statistics_numbers,
};
use elbo_gpu::{GpuError, Recording};

/// Normalisation by channel.
#[derive(Debug)]
pub(super) struct BatchNorm {
    /// Added to the variance.
    epsilon: f64,
    /// Weight of the new batch in the running statistics.
    momentum: f64,
    /// Scale and shift.
    affine: [TensorId; 2],
    /// Running mean and running variance.
    running: [TensorId; 2],
}

/// The buffers of a pass.
struct Buffers {
    /// The statistics that it normalises by.
    statistics: BufferId,
    /// What is added up for them, forward and back.
    partial: [Option<BufferId>; 2],
}

pub(super) fn lower(
    lowering: &mut Lowering<'_>,
    received: &Received<'_>,
    norm: &ir::BatchNorm,
) -> Result<BatchNorm, BackendError> {
    received.gives(received.shape)?;
    let length = received.shape.channels();
    let mut filled = |suffix: &str, role: Role, value: f64| {
        lowering.points(received.layer, suffix, Packing::Vector { length }, role, Start::Constant(value))
    };
    Ok(BatchNorm {
        epsilon: norm.epsilon,
        momentum: norm.momentum,
        affine: [filled("weight", Role::Free, 1.0), filled("bias", Role::Free, 0.0)],
        running: [filled("running_mean", Role::Statistic, 0.0), filled("running_var", Role::Statistic, 1.0)],
    })
}

impl Stage for BatchNorm {
    fn tensors(&self) -> Vec<TensorId> {
        [self.affine, self.running].concat()
    }

    fn plan(&self, network: &Network, planner: &mut Planner<'_>) -> StageBuffers {
        let value = network.values[planner.number + 1];
        let statistics = planner.numbers("statistics", statistics_numbers(value.channels), Life::Both);
        let numbers = partial_numbers(value, planner.plan.capacity);
        let trains = planner.plan.trains();
        let partial = [Life::Forward, Life::Backward]
            .map(|life| trains.then(|| planner.numbers("partial statistics", numbers, life)));
        StageBuffers::new(Buffers { statistics, partial })
    }

    /// With the statistics of the batch in training, with the running ones at prediction.
    fn forward(&self, pass: &Pass<'_>, recording: &mut Recording, number: usize) -> Result<(), GpuError> {
        let (input, examples) = (pass.input(number), pass.plan.capacity);
        let (value, from) = (pass.shape(input), pass.value(input)?);
        let buffers: &Buffers = pass.plan.buffers(number);
        let statistics = pass.buffer(buffers.statistics)?;
        let epsilon = self.epsilon;
        if let Some(partial) = buffers.partial[0] {
            let partial = pass.buffer(partial)?;
            BatchStatistics { value, examples, epsilon, from, partial, statistics }.record(recording)?;
            let [mean, variance] = self.running.map(|tensor| pass.store.pending(tensor));
            let (mean, variance) = (&mean?, &variance?);
            RunningStatistics { value, examples, momentum: self.momentum, statistics, mean, variance }
                .record(recording)?;
        } else {
            let [mean, variance] = self.running.map(|tensor| pass.store.centre(tensor));
            let (channels, mean, variance) = (value.channels, &mean?, &variance?);
            RecalledStatistics { channels, epsilon, mean, variance, statistics }.record(recording)?;
        }
        let [weight, bias] = self.affine.map(|tensor| pass.store.centre(tensor));
        let (weight, bias, to) = (&weight?, &bias?, pass.value(number + 1)?);
        batch_norm::BatchNorm { value, rows: pass.rows(input), statistics, weight, bias, from, to }.record(recording)
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
        let Some(partial) = buffers.partial[1] else { return Ok(()) };
        let [along_weight, along_bias] = self.affine.map(|tensor| pass.store.along_centre(tensor));
        BatchNormGradient {
            value: pass.shape(input),
            examples: pass.plan.capacity,
            from: pass.value(input)?,
            statistics: pass.buffer(buffers.statistics)?,
            weight: &pass.store.centre(self.affine[0])?,
            gradient: pass.own_gradient(number)?,
            partial: pass.buffer(partial)?,
            along: [&along_weight?, &along_bias?],
            add_along: pass.adds,
            to: pass.gradient(input)?.map(|to| (to, add[0])),
        }
        .record(recording)
    }
}
