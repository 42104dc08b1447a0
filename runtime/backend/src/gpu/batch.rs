//! A batch on its way to the device, and what changes from step to step.

use super::backend::GpuBackend;
use super::error::misuse;
use super::layout;
use super::objective;
use super::training::Training;
use crate::{BackendError, Batch, StepContext, Targets};
use elbo_gpu::{GpuError, Varying};

/// The batch to where the passes begin; the rows after it are zeros.
pub(super) fn write_batch(backend: &GpuBackend, training: &Training, batch: &Batch) -> Result<(), GpuError> {
    let value = backend.network.values[0];
    let mut input = layout::pack(value, &batch.inputs);
    input.resize(training.capacity * value.numbers(), 0.0);
    backend.device.write(training.input()?, &input)?;
    let mut words = backend.family.words(objective::targets(&batch.targets))?;
    words.resize(training.capacity * usize::try_from(backend.family.words_of_example()).unwrap_or(0), 0);
    backend.device.write_words(&training.targets.all(), &words)
}

/// What changes from step to step.
pub(super) fn varying(
    backend: &GpuBackend,
    (targets, epoch): (&Targets, u32),
    context: &StepContext,
) -> Result<Varying, BackendError> {
    let step = u32::try_from(context.step)
        .map_err(|_| misuse(format!("step {} is beyond the 2³² that random numbers cover", context.step)))?;
    let total = backend.family.total(objective::targets(targets));
    let mut varying = Varying {
        step,
        examples: targets.len() as u32,
        epoch,
        divergence_weight: context.kl_weight as f32,
        loss_weight: (1.0 / total) as f32,
        ..Varying::default()
    };
    backend.optimizer.set(context.learning_rate, backend.steps + 1, &mut varying);
    Ok(varying)
}
