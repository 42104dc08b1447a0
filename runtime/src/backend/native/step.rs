//! One training step: samples, objective, gradients, checks, update.

use super::super::gaussian::{Gaussian, squared_error};
use super::super::likelihood::{Expected, LINEAR_BELOW, LabelCounts, Observation, count_correct, log_probabilities};
use super::super::{BackendError, Batch, StepContext, StepOutcome};
use super::arena::Arena;
use super::batch_norm::new_statistics;
use super::divergence::{drawn, mixture_of, sum_over};
use super::gradients::Gradients;
use super::network::{Kind, Network};
use super::noise::{Address, Randomness};
use super::optimizer::StepPlan;
use super::pass::{Part, Pass};
use super::plan::{Mode, Plan};
use super::tensor::{Numbers, Role};
use super::{NativeBackend, misuse, non_finite};
use elbo_compiler::ir::ProbabilityLink;
use std::convert::Infallible;

/// Takes one step; see [`super::super::Backend::train_step`].
pub(super) fn step(
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
    let plan = StepPlan {
        learning_rate: context.learning_rate,
        l2: backend.l2,
        divergence_weight: context.kl_weight,
        clip: backend.clip,
    };
    let (network, gradients) = (&mut backend.network, &mut backend.gradients);
    backend.divergence = backend.optimizer.step(backend.kernels, network, gradients, &plan);
    for (tensor, values) in backend.gradients.statistics.drain(..) {
        if let Numbers::Points { values: kept, .. } = &mut backend.network.tensors[tensor].numbers {
            kept[..values.len()].copy_from_slice(&values);
        }
    }
    Ok(outcome)
}

/// The address of a sample's random numbers.
pub(super) fn address(context: &StepContext, sample: usize) -> Result<Address, BackendError> {
    let number = |value: u64, what: &str| {
        u32::try_from(value).map_err(|_| misuse(format!("{what} {value} is beyond the 2³² that random numbers cover")))
    };
    let (step, sample) = (number(context.step, "step")?, number(sample as u64, "sample")?);
    Ok(Address { trains: true, step, sample, first_example: 0 })
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
    let observation = backend.observation.clone();
    let expected = observation.expect(&batch.targets).map_err(misuse)?;
    backend.plan_training(batch.len());
    let share = 1.0 / context.samples as f64;
    let NativeBackend { network, training, arena, gradients, kernels, key, divergence, l2, .. } = &mut *backend;
    let (closed_divergence, l2) = (*divergence, *l2);
    let arena = arena.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
    let plan = training.as_ref().expect("it has just been planned");
    gradients.spoiled = false.into();
    gradients.statistics.clear();
    gradients.drawn_weight = share * context.kl_weight;
    let mut outcome = StepOutcome {
        loss: 0.0,
        negative_log_likelihood: 0.0,
        kl: 0.0,
        penalty: 0.0,
        correct: None,
        squared_error: None,
    };
    // Of probabilities, or of means, over samples.
    let mut sums = vec![0.0; batch.len() * observation.predictions()];
    let mut failed = None;
    for sample in 0..context.samples {
        let randomness = Randomness { key: *key, address: address(context, sample)?, kernels: *kernels };
        let pass = Pass { network, plan, randomness, examples: batch.len(), samples: 1 };
        if sample == 0 {
            pass.input(arena, &batch.images);
            outcome.kl += closed_divergence;
            outcome.penalty = penalty(network, l2);
        }
        let mut divergence = 0.0;
        let Ok(()) = pass.forward::<Infallible>(arena, Part::Whole, |number, arena| {
            divergence += drawn_divergence(&pass, arena, number);
            Ok(())
        });
        outcome.kl += share * divergence;
        gradients.add = sample > 0;
        let cost = match (&observation, &expected) {
            (Observation::Classes { link, .. }, Expected::Classes(counts, _)) => {
                score(&pass, arena, *link, counts, share, &mut sums)
            }
            (Observation::Values(gaussian), Expected::Values(values)) => {
                score_values(&pass, arena, (gaussian, values), share, (&mut sums, &mut *gradients))
            }
            _ => unreachable!("the targets are of the kind that is observed"),
        };
        outcome.negative_log_likelihood += share * cost;
        let known = outcome.negative_log_likelihood + context.kl_weight * outcome.kl + outcome.penalty;
        if !known.is_finite() {
            failed = Some(sample);
            break;
        }
        collect_statistics(&pass, arena, gradients);
        pass.backward(arena, gradients);
    }
    if let Some(sample) = failed {
        return Err(non_finite::name_the_first(backend, batch, context, sample, false));
    }
    outcome.loss = outcome.negative_log_likelihood + context.kl_weight * outcome.kl + outcome.penalty;
    match expected {
        Expected::Classes(_, labels) => outcome.correct = Some(count_correct(&sums, labels)),
        Expected::Values(values) => outcome.squared_error = Some(squared_error(&sums, context.samples, values)),
    }
    Ok(outcome)
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

/// ln q − ln p at the weights that a stage has drawn, where the prior has no closed divergence.
pub(super) fn drawn_divergence(pass: &Pass<'_>, arena: &mut Arena, number: usize) -> f64 {
    let Kind::Weighted(weighted) = &pass.network.stages[number].kind else { return 0.0 };
    let mut sum = 0.0;
    for (at, tensor) in [Some(weighted.weight), weighted.bias].into_iter().enumerate() {
        let Some(tensor) = tensor.map(|tensor| &pass.network.tensors[tensor]) else { continue };
        let Some(gaussians) = tensor.gaussians() else { continue };
        let Some(prior) = mixture_of(&gaussians.prior) else { continue };
        let [noise] = arena.numbers([pass.plan.stages[number].weight_noise[at]]);
        sum += drawn(tensor, gaussians, &prior, noise);
    }
    sum
}

/// The running statistics that this pass leaves, one entry each, the last.
fn collect_statistics(pass: &Pass<'_>, arena: &mut Arena, gradients: &mut Gradients) {
    for number in 0..pass.network.stages.len() {
        let latest = |tensor: usize| {
            let pending = gradients.statistics.iter().find(|(known, _)| *known == tensor);
            let kept = &pass.network.tensors[tensor];
            pending.map_or_else(|| kept.centre()[..kept.packing.elements()].to_vec(), |(_, values)| values.clone())
        };
        for (tensor, values) in new_statistics(pass, arena, number, latest) {
            match gradients.statistics.iter_mut().find(|(known, _)| *known == tensor) {
                Some(entry) => entry.1 = values,
                None => gradients.statistics.push((tensor, values)),
            }
        }
    }
}

/// The mean negative log-likelihood of a sample, in `f64`; adds its probabilities to those of earlier ones, and writes
/// the gradient of `share` times it along the scores.
fn score(
    pass: &Pass<'_>,
    arena: &mut Arena,
    link: ProbabilityLink,
    targets: &LabelCounts,
    share: f64,
    probabilities: &mut [f64],
) -> f64 {
    let output = pass.network.stages.len();
    let (width, classes) = (pass.network.values[output].width(), targets.classes());
    let [scores, gradient] = arena.numbers([Some(pass.plan.values[output]), pass.plan.gradients[output]]);
    let mut all = Vec::with_capacity(pass.examples * classes);
    for row in 0..pass.examples {
        let scores: Vec<f64> = scores[row * width..][..classes].iter().map(|&score| f64::from(score)).collect();
        let logarithms = log_probabilities(link, &scores);
        let counts = &targets.counts[row * classes..][..classes];
        let count: f64 = counts.iter().sum();
        for class in 0..classes {
            let probability = logarithms[class].exp();
            probabilities[row * classes + class] += probability;
            if !gradient.is_empty() {
                // A softmax of s, which is the score or ln softplus of it.
                let along = (probability * count - counts[class]) / targets.total * share;
                let slope = match link {
                    ProbabilityLink::Softmax => 1.0,
                    ProbabilityLink::Softplus => log_softplus_slope(scores[class]),
                };
                gradient[row * width + class] = (along * slope) as f32;
            }
        }
        if !gradient.is_empty() {
            gradient[row * width + classes..][..width - classes].fill(0.0);
        }
        all.extend(logarithms);
    }
    targets.loss(&all)
}

/// The same of real targets; adds the means to those of earlier samples, and writes the gradient along learned
/// log-variances, too.
fn score_values(
    pass: &Pass<'_>,
    arena: &mut Arena,
    (gaussian, values): (&Gaussian, &[f64]),
    share: f64,
    (sums, gradients): (&mut [f64], &mut Gradients),
) -> f64 {
    let output = pass.network.stages.len();
    let (width, size) = (pass.network.values[output].width(), gaussian.outputs());
    let [given, gradient] = arena.numbers([Some(pass.plan.values[output]), pass.plan.gradients[output]]);
    let rows = (0..pass.examples).flat_map(|row| &given[row * width..][..size]);
    let outputs: Vec<f64> = rows.map(|&number| f64::from(number)).collect();
    let learned = pass.network.learned_log_variances();
    let along = gaussian.gradient(&outputs, values, &learned);
    if !gradient.is_empty() {
        for (row, along) in along.outputs.chunks_exact(size).enumerate() {
            let to = &mut gradient[row * width..][..width];
            to.iter_mut().zip(along).for_each(|(to, along)| *to = (share * along) as f32);
            to[size..].fill(0.0);
        }
    }
    if let Some(tensor) = pass.network.log_variances {
        let to = &mut gradients.tensors[tensor][0];
        for (to, along) in to.iter_mut().zip(&along.log_variances) {
            let before = if gradients.add { *to } else { 0.0 };
            *to = before + (share * along) as f32;
        }
        if !to[..along.log_variances.len()].iter().all(|number| number.is_finite()) {
            gradients.spoil();
        }
    }
    gaussian.add_means(&outputs, sums);
    gaussian.loss(&outputs, values, &learned)
}

/// The derivative of ln softplus(z), sigmoid(z)/softplus(z), which tends to 1 for very negative z.
fn log_softplus_slope(z: f64) -> f64 {
    if z < LINEAR_BELOW {
        return 1.0;
    }
    let softplus = super::divergence::softplus(z);
    (1.0 / (1.0 + (-z).exp())) / softplus
}

impl NativeBackend {
    /// Makes sure that the plan of training has room for so many examples, and that memory is its own.
    pub(super) fn plan_training(&mut self, examples: usize) {
        let known = self.training.as_ref().is_some_and(|plan| plan.capacity >= examples);
        if !known {
            self.training = Some(Plan::new(&self.network, examples, Mode::Training));
        }
        let plan = self.training.as_ref().expect("it has just been made");
        let arena = self.arena.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !self.fitted.swap(true, std::sync::atomic::Ordering::Relaxed) || !known {
            arena.fit(plan);
        }
    }
}
