//! One training step: samples, objective, gradients, checks, update.

use super::super::{BackendError, Batch, StepContext, StepOutcome, Targets};
use super::backend::CandleBackend;
use super::error::{internal, misuse};
use super::likelihood::{Cost, negative_log_likelihood_of};
use super::module::NewStatistics;
use super::network::{Pass, Posteriors};
use super::noise::Draw;
use super::non_finite;
use super::objective::Term;
use super::parameters::Role;
use super::sums::{all_finite, squared_norm_of_all};
use candle_core::Tensor;
use candle_core::backprop::GradStore;
use elbo_compiler::ir::{Clip, Shape};

/// What the forward and backward passes of a step give; nothing has been changed yet.
pub(super) struct Gradients {
    /// The gradient of the objective along every parameter.
    pub(super) store: GradStore,
    /// What was measured.
    pub(super) outcome: StepOutcome,
    /// The running statistics after the step.
    pub(super) statistics: NewStatistics,
}

/// Takes one step; see [`super::super::Backend::train_step`].
pub(super) fn step(
    backend: &mut CandleBackend,
    batch: &Batch,
    context: &StepContext,
) -> Result<StepOutcome, BackendError> {
    let gradients = finite_gradients(backend, batch, context)?;
    update(backend, gradients, context.learning_rate)
}

/// The gradients of a step, all of whose numbers are finite; nothing has been changed yet.
pub(super) fn finite_gradients(
    backend: &CandleBackend,
    batch: &Batch,
    context: &StepContext,
) -> Result<Gradients, BackendError> {
    let input = backend.upload(batch)?;
    let gradients = gradients(backend, &input, &batch.targets, context)?;
    let parameters = backend.network.parameters();
    let all = parameters.iter().filter_map(|parameter| gradients.store.get(&parameter.variable));
    if !all_finite(backend.network.kernels, all).map_err(internal("the optimizer"))? {
        return Err(not_finite(backend, &input, context, 0, Some(&gradients.store)));
    }
    let statistics = gradients.statistics.iter().map(|(_, value)| value);
    if !all_finite(backend.network.kernels, statistics).map_err(internal("the optimizer"))? {
        return Err(not_finite(backend, &input, context, 0, None));
    }
    Ok(gradients)
}

/// Takes a step along gradients; what was measured before it.
pub(super) fn update(
    backend: &mut CandleBackend,
    mut gradients: Gradients,
    learning_rate: f64,
) -> Result<StepOutcome, BackendError> {
    if let Some(Clip::Norm { maximum }) = backend.clip {
        clip(backend, &mut gradients.store, maximum)?;
    }
    backend.optimizer.step(&gradients.store, learning_rate)?;
    for (variable, value) in &gradients.statistics {
        variable.set(value).map_err(internal("the optimizer"))?;
    }
    Ok(gradients.outcome)
}

/// Scales all gradients together so that their Euclidean norm is at most `maximum`, as PyTorch's `clip_grad_norm_`: by
/// maximum/(norm + 10⁻⁶) where that is below 1 (Pascanu, Mikolov & Bengio 2013, algorithm 1).
pub(super) fn clip(backend: &CandleBackend, store: &mut GradStore, maximum: f64) -> Result<(), BackendError> {
    let failed = internal("the optimizer");
    let parameters = backend.network.parameters();
    let trained = parameters.iter().filter(|parameter| parameter.role != Role::Statistic);
    let variables: Vec<_> = trained.map(|parameter| &parameter.variable).collect();
    let gradients = variables.iter().filter_map(|variable| store.get(variable));
    let norm = squared_norm_of_all(backend.network.kernels, gradients).map_err(&failed)?.sqrt();
    let factor = maximum / (norm + 1e-6);
    if factor >= 1.0 {
        return Ok(());
    }
    for variable in variables {
        if let Some(gradient) = store.get(variable) {
            let scaled = gradient.affine(factor, 0.0).map_err(&failed)?;
            store.insert(variable, scaled);
        }
    }
    Ok(())
}

/// The objective and its gradient. Each sample's graph is differentiated before the next one is built, so that
/// memory does not grow with the number of samples.
pub(super) fn gradients(
    backend: &CandleBackend,
    input: &Tensor,
    targets: &Targets,
    context: &StepContext,
) -> Result<Gradients, BackendError> {
    let mut store: Option<GradStore> = None;
    let (outcome, statistics) = objective(backend, input, targets, context, &mut |loss| {
        let gradients = loss.backward()?;
        match &mut store {
            None => store = Some(gradients),
            Some(store) => store.extend(gradients)?,
        }
        Ok(())
    })?;
    let store = store.ok_or_else(|| misuse("no sample was drawn".to_owned()))?;
    Ok(Gradients { store, outcome, statistics })
}

/// The objective, and the running statistics after the step; `each` receives every sample's share of it as a graph.
pub(super) fn objective(
    backend: &CandleBackend,
    input: &Tensor,
    targets: &Targets,
    context: &StepContext,
    each: &mut dyn FnMut(Tensor) -> candle_core::Result<()>,
) -> Result<(StepOutcome, NewStatistics), BackendError> {
    if context.samples == 0 {
        return Err(misuse("a step needs at least one sample".to_owned()));
    }
    if !matches!(backend.network.output, Shape::Vector { .. }) {
        return Err(misuse(format!("classes need a vector of scores, not {}", backend.network.output)));
    }
    let expected = backend.observation.expect(targets).map_err(misuse)?;
    let failed = internal("the objective");
    let share = 1.0 / context.samples as f64;
    let (mut negative_log_likelihood, mut kl, mut penalty) = (0.0, 0.0, 0.0);
    let mut statistics = NewStatistics::new();
    // Of probabilities, or of means, over samples.
    let mut sums = vec![0.0; targets.len() * backend.observation.predictions()];
    for sample in 0..context.samples {
        let posteriors = backend.network.posteriors(true)?;
        let pass = Pass {
            randomness: backend.randomness(training_draw(context, sample)?),
            posteriors: &posteriors,
            gradients: true,
            statistics: &statistics,
        };
        let (scores, new_statistics) = backend.network.forward(input, &pass, &mut |_, _| Ok(()))?;
        let learned = backend.network.learned.as_ref().map(|(parameter, _)| parameter.value(true));
        let (kernels, expected) = (backend.network.kernels, expected.as_ref());
        let cost = negative_log_likelihood_of(kernels, &scores, learned.as_ref(), expected, &mut sums);
        let Cost { loss, value } = cost.map_err(&failed)?;
        let mut loss = loss.affine(share, 0.0).map_err(&failed)?;
        negative_log_likelihood += share * value;
        if sample == 0 {
            let (terms, closed_kl, weight_penalty) = weight_terms(backend, &posteriors, context)?;
            for term in terms {
                loss = (loss + term.tensor).map_err(&failed)?;
            }
            kl += closed_kl;
            penalty = weight_penalty;
        }
        for (_, term) in backend.network.drawn_divergences(&posteriors, &pass.randomness)? {
            kl += share * term.value;
            if context.kl_weight != 0.0 {
                let term = term.times(share * context.kl_weight).map_err(&failed)?;
                loss = (loss + term.tensor).map_err(&failed)?;
            }
        }
        let known = negative_log_likelihood + context.kl_weight * kl + penalty;
        if !known.is_finite() || !all_finite(backend.network.kernels, std::iter::once(&loss)).map_err(&failed)? {
            return Err(not_finite(backend, input, context, sample, None));
        }
        each(loss).map_err(&failed)?;
        statistics = newest(new_statistics);
    }
    let loss = negative_log_likelihood + context.kl_weight * kl + penalty;
    let closeness = expected.closeness(&sums, context.samples);
    let outcome = StepOutcome { loss, negative_log_likelihood, kl, penalty, closeness };
    Ok((outcome, statistics))
}

/// One entry for each statistic, the last.
fn newest(statistics: NewStatistics) -> NewStatistics {
    let mut kept = NewStatistics::new();
    for (variable, value) in statistics {
        match kept.iter_mut().find(|(known, _)| known.id() == variable.id()) {
            Some(entry) => entry.1 = value,
            None => kept.push((variable, value)),
        }
    }
    kept
}

/// The terms that depend neither on the data nor on a draw, with the summed KL and the penalty.
fn weight_terms(
    backend: &CandleBackend,
    posteriors: &Posteriors,
    context: &StepContext,
) -> Result<(Vec<Term>, f64, f64), BackendError> {
    let failed = internal("the objective");
    let (mut terms, mut kl, mut penalty) = (Vec::new(), 0.0, 0.0);
    for (_, term) in backend.network.divergences(posteriors)? {
        kl += term.value;
        if context.kl_weight != 0.0 {
            terms.push(term.times(context.kl_weight).map_err(&failed)?);
        }
    }
    if backend.l2 != 0.0 {
        for norm in backend.network.squared_norms()? {
            let term = norm.times(backend.l2 / 2.0).map_err(&failed)?;
            penalty += term.value;
            terms.push(term);
        }
    }
    Ok((terms, kl, penalty))
}

/// The address of a sample's random numbers.
fn training_draw(context: &StepContext, sample: usize) -> Result<Draw, BackendError> {
    let number = |value: u64, what: &str| {
        u32::try_from(value).map_err(|_| misuse(format!("{what} {value} is beyond the 2³² that random numbers cover")))
    };
    Ok(Draw::Training { step: number(context.step, "step")?, sample: number(sample as u64, "sample")? })
}

/// The error that names where a value stopped being finite.
fn not_finite(
    backend: &CandleBackend,
    input: &Tensor,
    context: &StepContext,
    sample: usize,
    store: Option<&GradStore>,
) -> BackendError {
    let posteriors = match backend.network.posteriors(false) {
        Ok(posteriors) => posteriors,
        Err(error) => return error,
    };
    let draw = match training_draw(context, sample) {
        Ok(draw) => draw,
        Err(error) => return error,
    };
    let pass = Pass {
        randomness: backend.randomness(draw),
        posteriors: &posteriors,
        gradients: false,
        statistics: &NewStatistics::new(),
    };
    non_finite::name_the_first(&backend.network, input, &pass, store, context.step)
}
