//! One training step: samples, objective, gradients, checks, update.

use super::arena::Arena;
use super::backend::NativeBackend;
use super::divergence::sum_over;
use super::error::misuse;
use super::gradients::Gradients;
use super::network::Network;
use super::noise::{Address, Randomness};
use super::non_finite;
use super::optimizer::{self, StepPlan};
use super::parameters;
use super::pass::Pass;
use super::stage::{Part, Stages};
use super::tensor::{Numbers, Role};
use crate::outputs::{self, Expected, Sample};
use crate::{BackendError, Batch, Gradient, NamedTensor, Parameters, StepContext, StepOutcome};
use std::convert::Infallible;
use std::sync::Arc;

/// Takes one step; see [`super::super::Backend::train_step`].
pub(super) fn step(
    backend: &mut NativeBackend,
    batch: &Batch,
    context: &StepContext,
) -> Result<StepOutcome, BackendError> {
    let outcome = finite_gradients(backend, batch, context)?;
    let plan = plan(backend, context.learning_rate, context.kl_weight);
    let (network, gradients) = (&mut backend.network, &mut backend.gradients);
    backend.divergence = backend.optimizer.step(backend.kernels, network, gradients, &plan);
    for (tensor, values) in backend.gradients.statistics.drain(..) {
        if let Numbers::Points { values: kept, .. } = &mut backend.network.tensors[tensor].numbers {
            kept[..values.len()].copy_from_slice(&values);
        }
    }
    Ok(outcome)
}

/// What the optimizer does along the data part's gradient.
fn plan(backend: &NativeBackend, learning_rate: f64, divergence_weight: f64) -> StepPlan {
    StepPlan { learning_rate, l2: backend.l2, divergence_weight, clip: backend.clip, whole: false }
}

/// The gradient of the whole objective; see [`super::super::Backend::gradient`].
pub(super) fn gradient(
    backend: &mut NativeBackend,
    batch: &Batch,
    context: &StepContext,
) -> Result<Gradient, BackendError> {
    let outcome = finite_gradients(backend, batch, context)?;
    let plan = plan(backend, context.learning_rate, context.kl_weight);
    optimizer::complete(backend.kernels, &mut backend.network, &mut backend.gradients, &plan);
    let NativeBackend { network, gradients, .. } = backend;
    let (mut along, mut statistics) = (Parameters::new(), Parameters::new());
    for (tensor, slots) in network.tensors.iter().zip(&gradients.tensors) {
        for ((suffix, numbers), slot) in tensor.parts().into_iter().zip(slots) {
            let (into, numbers) = if tensor.is_trained() { (&mut along, slot) } else { (&mut statistics, numbers) };
            let value = NamedTensor { shape: tensor.packing.shape(), values: tensor.packing.unpack(numbers) };
            into.insert(format!("{}{suffix}", tensor.name), value);
        }
    }
    for (tensor, values) in gradients.statistics.drain(..) {
        let kept = statistics.get_mut(&network.tensors[tensor].name).expect("a statistic is no trained tensor");
        kept.values.copy_from_slice(&values);
    }
    Ok(Gradient { outcome, along, statistics })
}

/// A step along a gradient; see [`super::super::Backend::update`].
pub(super) fn update(backend: &mut NativeBackend, gradient: &Gradient, learning_rate: f64) -> Result<(), BackendError> {
    let mut both = gradient.along.iter().chain(&gradient.statistics);
    if let Some((name, _)) = both.find(|(_, tensor)| !backend.kernels.is_finite(&tensor.values)) {
        let problem = format!("what belongs to `{name}` holds a number that is not finite");
        return Err(BackendError::Parameters(problem));
    }
    let NativeBackend { network, gradients, .. } = &mut *backend;
    let mut slots = Vec::new();
    for (tensor, along) in network.tensors.iter().zip(&mut gradients.tensors).filter(|(tensor, _)| tensor.is_trained())
    {
        for ((suffix, _), numbers) in tensor.parts().into_iter().zip(along) {
            slots.push((format!("{}{suffix}", tensor.name), &tensor.packing, numbers));
        }
    }
    parameters::replace(slots, &gradient.along)?;
    let mut kept = Vec::new();
    for tensor in network.tensors.iter_mut().filter(|tensor| !tensor.is_trained()) {
        if let Numbers::Points { values, .. } = &mut tensor.numbers {
            kept.push((tensor.name.clone(), &tensor.packing, values));
        }
    }
    parameters::replace(kept, &gradient.statistics)?;
    let plan = StepPlan { whole: true, ..plan(backend, learning_rate, 0.0) };
    backend.divergence = backend.optimizer.step(backend.kernels, &mut backend.network, &mut backend.gradients, &plan);
    Ok(())
}

/// The objective, and its data part's gradient, all of whose numbers are finite, in `backend.gradients`.
fn finite_gradients(
    backend: &mut NativeBackend,
    batch: &Batch,
    context: &StepContext,
) -> Result<StepOutcome, BackendError> {
    let outcome = gradients(backend, batch, context)?;
    if !backend.gradients.are_finite() {
        return Err(non_finite::name_the_first(backend, batch, context, 0, true));
    }
    let finite = |(_, values): &(usize, Vec<f32>)| backend.kernels.is_finite(values);
    if !backend.gradients.statistics.iter().all(finite) {
        return Err(non_finite::name_the_first(backend, batch, context, 0, false));
    }
    Ok(outcome)
}

/// The objective, and its data part's gradient in `backend.gradients`; nothing of the network has changed yet. What
/// depends on parameters alone, the closed divergence and the penalty, enters with the update.
pub(super) fn gradients(
    backend: &mut NativeBackend,
    batch: &Batch,
    context: &StepContext,
) -> Result<StepOutcome, BackendError> {
    backend.check(batch)?;
    if context.samples == 0 {
        return Err(misuse("a step needs at least one sample".to_owned()));
    }
    backend.check_output()?;
    let observation = Arc::clone(&backend.observation);
    let expected = observation.expect(&batch.targets).map_err(misuse)?;
    backend.plan_training(batch.len());
    let share = 1.0 / context.samples as f64;
    let NativeBackend { network, stages, training, arena, gradients, kernels, key, divergence, l2, .. } = &mut *backend;
    let (closed_divergence, l2) = (*divergence, *l2);
    let arena = arena.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
    let plan = training.as_ref().expect("it has just been planned");
    gradients.spoiled = false.into();
    gradients.statistics.clear();
    gradients.drawn_weight = share * context.kl_weight;
    let (mut negative_log_likelihood, mut kl, mut weight_penalty) = (0.0, 0.0, 0.0);
    // Of probabilities, or of means, over samples.
    let mut sums = vec![0.0; batch.len() * observation.predictions()];
    let mut failed = None;
    for sample in 0..context.samples {
        let randomness = Randomness { key: *key, address: Address::of_step(context, sample)?, kernels: *kernels };
        let pass = Pass { network, plan, randomness, examples: batch.len(), samples: 1 };
        if sample == 0 {
            pass.input(arena, &batch.inputs);
            kl += closed_divergence;
            weight_penalty = penalty(network, l2);
        }
        let mut divergence = 0.0;
        let Ok(()) = stages.forward::<Infallible>(&pass, arena, Part::Whole, |number, arena| {
            divergence += stages.get(number).drawn_divergence(&pass, arena, number);
            Ok(())
        });
        kl += share * divergence;
        gradients.add = sample > 0;
        let cost = score(&pass, arena, expected.as_ref(), share, (&mut sums, &mut *gradients));
        negative_log_likelihood += share * cost;
        let known = negative_log_likelihood + context.kl_weight * kl + weight_penalty;
        if !known.is_finite() {
            failed = Some(sample);
            break;
        }
        collect_statistics(&pass, stages, arena, gradients);
        stages.backward(&pass, arena, gradients);
    }
    if let Some(sample) = failed {
        return Err(non_finite::name_the_first(backend, batch, context, sample, false));
    }
    let loss = negative_log_likelihood + context.kl_weight * kl + weight_penalty;
    let closeness = expected.closeness(&sums, context.samples);
    Ok(StepOutcome { loss, negative_log_likelihood, kl, penalty: weight_penalty, closeness })
}

/// (l2/2)·‖w‖² over weights of one value.
fn penalty(network: &Network, l2: f64) -> f64 {
    if l2 == 0.0 {
        return 0.0;
    }
    let norms = network.tensors.iter().map(|tensor| match &tensor.numbers {
        Numbers::Points { values, role: Role::Weight } => {
            sum_over(tensor, |at| f64::from(values[at]) * f64::from(values[at]))
        }
        _ => 0.0,
    });
    0.5 * l2 * norms.sum::<f64>()
}

/// The running statistics that this pass leaves, one entry each, the last.
fn collect_statistics(pass: &Pass<'_>, stages: &Stages, arena: &mut Arena, gradients: &mut Gradients) {
    for (number, stage) in stages.iter().enumerate() {
        let latest = |tensor: usize| {
            let pending = gradients.statistics.iter().find(|(known, _)| *known == tensor);
            let kept = &pass.network.tensors[tensor];
            pending.map_or_else(|| kept.centre()[..kept.packing.elements()].to_vec(), |(_, values)| values.clone())
        };
        for (tensor, values) in stage.new_statistics(pass, arena, number, &latest) {
            match gradients.statistics.iter_mut().find(|(known, _)| *known == tensor) {
                Some(entry) => entry.1 = values,
                None => gradients.statistics.push((tensor, values)),
            }
        }
    }
}

/// The mean negative log-likelihood of a sample, in `f64`; adds what it predicts to `sums`, and writes the gradient of
/// `share` times it along the outputs and along what the output learns.
fn score(
    pass: &Pass<'_>,
    arena: &mut Arena,
    expected: &dyn Expected,
    share: f64,
    (sums, gradients): (&mut [f64], &mut Gradients),
) -> f64 {
    let output = pass.network.output();
    let value = pass.network.values[output];
    let (width, size) = (value.width(), value.channels);
    let [given, gradient] = arena.numbers([Some(pass.plan.values[output]), pass.plan.gradients[output]]);
    let rows = (0..pass.examples).flat_map(|row| &given[row * width..][..size]);
    let outputs: Vec<f64> = rows.map(|&number| f64::from(number)).collect();
    let learned = pass.network.learned_vector();
    let sample = Sample { outputs: &outputs, learned: &learned };
    let mut along = outputs::Gradient::zeros(sample, share);
    let cost = expected.cost(sample, sums, Some(&mut along));
    if !gradient.is_empty() {
        for (row, along) in along.outputs.chunks_exact(size).enumerate() {
            let to = &mut gradient[row * width..][..width];
            to.iter_mut().zip(along).for_each(|(to, along)| *to = *along as f32);
            to[size..].fill(0.0);
        }
    }
    if let Some((tensor, _)) = pass.network.learned {
        let to = &mut gradients.tensors[tensor][0];
        for (to, along) in to.iter_mut().zip(&along.learned) {
            let before = if gradients.add { *to } else { 0.0 };
            *to = before + *along as f32;
        }
        if !to[..along.learned.len()].iter().all(|number| number.is_finite()) {
            gradients.spoil();
        }
    }
    cost
}
