//! One training step: a submission that computes gradients, decides on them, and moves the numbers.

use super::backend::GpuBackend;
use super::batch::{varying, write_batch};
use super::error::misuse;
use super::non_finite;
use super::objective;
use super::parameters;
use super::tensor::Tensor;
use super::training::Training;
use crate::outputs::Expected;
use crate::{BackendError, Batch, Chosen, Closeness, Gradient, StepContext, StepOutcome, Targets, TrainingExamples};
use elbo_gpu::kernels::outputs::Family;
use elbo_gpu::kernels::parameters::Decision;
use elbo_gpu::{Recording, Varying};
use std::sync::Arc;

/// What a step is to do beside computing gradients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// Move the numbers.
    Update,
    /// Leave everything as it is.
    Stop,
}

/// Takes one step; see [`crate::Backend::train_step`].
pub(super) fn step(
    backend: &mut GpuBackend,
    batch: &Batch,
    context: &StepContext,
) -> Result<StepOutcome, BackendError> {
    from_host(backend, batch, context, Then::Update)
}

/// A step on resident examples; see [`crate::Backend::train_step_at`].
pub(super) fn step_at(
    backend: &mut GpuBackend,
    examples: &dyn TrainingExamples,
    chosen: &Chosen<'_>,
    context: &StepContext,
) -> Result<StepOutcome, BackendError> {
    let Some(mut resident) = backend.resident.take() else {
        return step(backend, &examples.batch(chosen), context);
    };
    let outcome = gathered(backend, &mut resident, chosen, context);
    backend.resident = Some(resident);
    match outcome? {
        Some(outcome) => Ok(outcome),
        // Something was no number: the host has the same batch, which tells what.
        None => Err(non_finite::name_the_first(backend, &examples.batch(chosen), context)),
    }
}

/// The outcome of a step on resident examples; none if something was no number.
fn gathered(
    backend: &mut GpuBackend,
    resident: &mut super::resident::Resident,
    chosen: &Chosen<'_>,
    context: &StepContext,
) -> Result<Option<StepOutcome>, BackendError> {
    if chosen.positions.is_empty() {
        return Err(misuse("the batch is empty".to_owned()));
    }
    resident.check(chosen.positions)?;
    let targets = resident.targets.at(chosen.positions);
    prepare(backend, chosen.positions.len(), context)?;
    let Some(training) = backend.training.take() else { return Err(unplanned()) };
    let value = backend.network.values[0];
    let recorded = training.input().and_then(|input| {
        let place = (training.capacity, input, &training.targets.all());
        resident.gather(&backend.device, value, place, chosen.positions)
    });
    let observation = Arc::clone(&backend.observation);
    let outcome = match (recorded, observation.expect(&targets)) {
        (Ok(gather), Ok(_)) => {
            let epoch = chosen.epoch;
            submit(backend, &training, (Some(gather), epoch), (&targets, context), Then::Update)
        }
        (Err(error), _) => Err(backend.failed("the input", error)),
        (_, Err(message)) => Err(misuse(message)),
    };
    backend.training = Some(training);
    outcome
}

fn unplanned() -> BackendError {
    misuse("a step was not planned".to_owned())
}

/// A step on a batch of the host.
fn from_host(
    backend: &mut GpuBackend,
    batch: &Batch,
    context: &StepContext,
    then: Then,
) -> Result<StepOutcome, BackendError> {
    backend.check(batch)?;
    let observation = Arc::clone(&backend.observation);
    let _: Box<dyn Expected + '_> = observation.expect(&batch.targets).map_err(misuse)?;
    prepare(backend, batch.len(), context)?;
    let Some(training) = backend.training.take() else { return Err(unplanned()) };
    let outcome = match write_batch(backend, &training, batch) {
        Ok(()) => submit(backend, &training, (None, 0), (&batch.targets, context), then),
        Err(error) => Err(backend.failed("the input", error)),
    };
    backend.training = Some(training);
    outcome?.ok_or_else(|| non_finite::name_the_first(backend, batch, context))
}

/// Makes sure that a step of so many examples is planned and recorded.
fn prepare(backend: &mut GpuBackend, examples: usize, context: &StepContext) -> Result<(), BackendError> {
    if context.samples == 0 {
        return Err(misuse("a step needs at least one sample".to_owned()));
    }
    backend.check_output()?;
    let fits = |training: &Training| training.capacity >= examples && training.samples == context.samples;
    if backend.training.as_ref().is_some_and(fits) {
        return Ok(());
    }
    // Two plans may be more than there is room for.
    backend.training = None;
    // Sums are taken in parts that depend on how many examples are planned, so that a short batch changes no bit of
    // those that follow it.
    let capacity = backend.batch.max(examples);
    let training = Training::new(backend.parts(), capacity, context.samples);
    backend.training = Some(training.map_err(|error| backend.failed("a training step", error))?);
    Ok(())
}

/// Runs a step whose batch is there, or is gathered first. The outcome; none if something was no number.
fn submit(
    backend: &mut GpuBackend,
    training: &Training,
    (gather, epoch): (Option<&Recording>, u32),
    (targets, context): (&Targets, &StepContext),
    then: Then,
) -> Result<Option<StepOutcome>, BackendError> {
    let varying = varying(backend, (targets, epoch), context)?;
    let mut recordings: Vec<&Recording> = gather.into_iter().collect();
    recordings.push(&training.gradients);
    if then == Then::Update {
        recordings.push(&backend.ending.update);
    }
    let reads = [backend.ending.verdict.all(), training.costs.all(), training.closeness.all()];
    let read = backend.device.run(&recordings, &varying, &reads);
    let read = read.map_err(|error| backend.failed("a training step", error))?;
    let [verdict, costs, closeness] = &read[..] else { return Err(unplanned()) };
    let decision = Decision::of(verdict).map_err(|error| backend.failed("the optimizer", error))?;
    let outcome = outcome(backend, training, (targets, context), (&decision, costs, closeness));
    if !decision.findings.is_empty() || !outcome.loss.is_finite() {
        return Ok(None);
    }
    if then == Then::Update {
        backend.steps += 1;
    }
    Ok(Some(outcome))
}

/// What a step measured.
fn outcome(
    backend: &GpuBackend,
    training: &Training,
    (targets, context): (&Targets, &StepContext),
    (decision, costs, closeness): (&Decision, &[f32], &[f32]),
) -> StepOutcome {
    let of_family = objective::targets(targets);
    let (total, constant) = (backend.family.total(of_family), backend.family.constant(of_family));
    let sum = |numbers: &[f32]| numbers[..targets.len()].iter().map(|&number| f64::from(number)).sum::<f64>();
    let share = 1.0 / training.samples as f64;
    let cost = |sample: usize| share * ((sum(training.costs_of(costs, sample)) + constant) / total);
    let negative_log_likelihood: f64 = (0..training.samples).map(cost).sum();
    let (kl, penalty) = (decision.divergence, backend.ending.penalty(decision.squares));
    let close = sum(closeness);
    StepOutcome {
        loss: negative_log_likelihood + context.kl_weight * kl + penalty,
        negative_log_likelihood,
        kl,
        penalty,
        closeness: match &backend.family {
            Family::Categorical(_) => Closeness::Correct(close.round() as usize),
            Family::Real(_) => Closeness::SquaredError { sum: close, targets: targets.values().len() },
        },
    }
}

/// The gradient of the whole objective; see [`crate::Backend::gradient`].
pub(super) fn gradient(
    backend: &mut GpuBackend,
    batch: &Batch,
    context: &StepContext,
) -> Result<Gradient, BackendError> {
    let outcome = from_host(backend, batch, context, Then::Stop)?;
    let store = &backend.store;
    let read = || {
        let along = backend.slots(Tensor::is_trained, |tensor, part| store.along(tensor, part))?;
        let statistics = backend.slots(|tensor| !tensor.is_trained(), |tensor, _| store.pending(tensor))?;
        let device = &backend.device;
        Ok((parameters::read(device, &along)?, parameters::read(device, &statistics)?))
    };
    let (along, statistics) = read().map_err(|error| backend.failed("a training step", error))?;
    Ok(Gradient { outcome, along, statistics })
}

/// A step along a gradient; see [`crate::Backend::update`].
pub(super) fn update(backend: &mut GpuBackend, gradient: &Gradient, learning_rate: f64) -> Result<(), BackendError> {
    let mut both = gradient.along.iter().chain(&gradient.statistics);
    if let Some((name, _)) = both.find(|(_, tensor)| tensor.values.iter().any(|value| !value.is_finite())) {
        let problem = format!("what belongs to `{name}` holds a number that is not finite");
        return Err(BackendError::Parameters(problem));
    }
    let (store, device) = (&backend.store, &backend.device);
    let of = |error| backend.failed("the optimizer", error);
    let along = backend.slots(Tensor::is_trained, |tensor, part| store.along(tensor, part)).map_err(of)?;
    let along: Vec<_> = along.into_iter().map(|slot| parameters::Slot { absent: 0.0, ..slot }).collect();
    let statistics = backend.slots(|tensor| !tensor.is_trained(), |tensor, _| store.pending(tensor)).map_err(of)?;
    parameters::check(&along, &gradient.along)?;
    parameters::check(&statistics, &gradient.statistics)?;
    parameters::write(device, &along, &gradient.along).map_err(of)?;
    parameters::write(device, &statistics, &gradient.statistics).map_err(of)?;
    let mut varying = Varying::default();
    backend.optimizer.set(learning_rate, backend.steps + 1, &mut varying);
    let recordings = [&backend.ending.look, &backend.ending.update];
    let read = device.run(&recordings, &varying, &[backend.ending.verdict.all()]).map_err(of)?;
    let decision = Decision::of(read.first().map_or(&[], |verdict| &verdict[..])).map_err(of)?;
    if decision.findings.is_empty() {
        backend.steps += 1;
        return Ok(());
    }
    let problem = "a gradient or a parameter is so large that its square is no number".to_owned();
    Err(BackendError::Parameters(problem))
}
