//! The training loop.

use super::draws::check_draws;
use super::monitor::{monitored, name_on_validation};
use super::selection::{EpochEnd, Selection};
use super::validation::validate;
use super::{
    EpochRecord, Event, Observer, Schedule, StepRecord, TrainError, TrainingData, TrainingMeans, TrainingSummary,
};
use crate::backend::{Backend, Batch, StepContext, StepOutcome};
use crate::data::Part;
use crate::random::{Key, Purpose, Stream};
use crate::uncertainty::check_report;
use elbo_compiler::analysis::{Place, effective_temperature, kl_weight, warm_epoch};
use elbo_compiler::ir::{Objective, Run, Select, Training};
use std::time::Instant;

/// Trains `backend`, which holds the network of `run`, on the training split of `data`.
///
/// The order of epoch e is the permutation e of the stream (seed, [`Purpose::Order`]). Every example
/// is seen once an epoch; the last batch may be smaller. `max_steps` ends training in the middle of
/// an epoch, which is then closed like a whole one. `early_stopping` ends it after an epoch. The backend is left
/// with the weights that `select` names.
///
/// # Errors
/// [`TrainError`]; nothing is trained if the run cannot be: the training split is empty, a monitored
/// figure is never measured, or the report asks for what cannot be.
pub fn train(
    run: &Run,
    backend: &mut dyn Backend,
    data: &dyn TrainingData,
    observer: &mut dyn Observer,
) -> Result<TrainingSummary, TrainError> {
    let started = Instant::now();
    check_report(&run.report).map_err(TrainError::Report)?;
    check_draws(run)?;
    let plan = Plan::new(&run.training, data)?;
    let order = Key::new(run.training.seed).stream(Purpose::Order, "");
    let learning_rate = run.training.optimizer.learning_rate();
    let mut schedule = Schedule::new(&run.training.learning_rate, learning_rate, plan.steps);
    let initial_kl = backend.kl()?;
    observer.event(&plan.started(&run.training.objective, initial_kl))?;

    let mut steps = 0;
    let mut last = None;
    let mut selection = Selection::new(&run.training);
    for epoch in 1..=plan.epochs {
        let timer = Instant::now();
        let sums = train_epoch(run, &plan, (epoch, &mut steps), (&schedule, &order), (backend, data, observer))?;
        let seconds = timer.elapsed().as_secs_f64();
        let train = sums.means();
        let validation = validate(run, backend, data, plan.number(epoch))?;
        if let Some(figure) = schedule.monitor().and_then(|monitor| monitored(monitor, &train, validation.as_ref())) {
            schedule.end_epoch(figure);
        }
        let images_per_second = sums.examples as f64 / seconds.max(1e-9);
        observer.event(&Event::Epoch(EpochRecord { epoch, train, validation, images_per_second, seconds }))?;
        let end = EpochEnd { epoch, train, validation };
        last = Some(end);
        if !selection.end_epoch(&end, backend)? {
            break;
        }
    }
    observer.event(&Event::Finished { steps, seconds: started.elapsed().as_secs_f64() })?;
    let last = last.expect("a plan has at least one epoch");
    let selected = selection.finish(last, backend)?;
    let temperature = effective_temperature(&run.training.objective, last.epoch, plan.batches, plan.examples);
    Ok(TrainingSummary {
        examples: plan.examples,
        validation_examples: data.examples(Part::Validation),
        epochs: last.epoch,
        steps,
        cut_short: plan.steps < plan.whole_steps && steps == plan.steps,
        stopped_early: selection.has_stopped() && steps < plan.steps,
        selected_epoch: selected.epoch,
        initial_kl,
        final_kl: backend.kl()?,
        effective_temperature: temperature,
        train: selected.train,
        validation: selected.validation,
    })
}

/// The steps of one epoch; `steps` is how many were taken so far.
fn train_epoch(
    run: &Run,
    plan: &Plan,
    (epoch, steps): (usize, &mut u64),
    (schedule, order): (&Schedule, &Stream),
    (backend, data, observer): (&mut dyn Backend, &dyn TrainingData, &mut dyn Observer),
) -> Result<EpochSums, TrainError> {
    let number = plan.number(epoch);
    let positions = order.permutation(number, plan.positions);
    let mut sums = EpochSums::default();
    for (index, positions) in positions.chunks(run.training.batch).enumerate() {
        if *steps == plan.steps {
            break;
        }
        let batch = data.training_batch(number, positions);
        let place = Place { epoch, batch: index, batches: plan.batches, examples: plan.examples };
        let context = StepContext {
            step: *steps,
            learning_rate: schedule.learning_rate(*steps, epoch),
            kl_weight: kl_weight(&run.training.objective, place),
            samples: run.training.samples,
        };
        let outcome = backend.train_step(&batch, &context)?;
        if !outcome.loss.is_finite() {
            return Err(TrainError::LossNotFinite { step: *steps });
        }
        sums.add(&outcome, &batch);
        observer.event(&Event::Step(StepRecord {
            step: *steps,
            epoch,
            loss: outcome.loss,
            negative_log_likelihood: outcome.negative_log_likelihood,
            kl: outcome.kl,
            kl_weight: context.kl_weight,
            learning_rate: context.learning_rate,
            accuracy: outcome.correct.map(|correct| correct as f64 / batch.len() as f64),
            root_mean_squared_error: outcome
                .squared_error
                .map(|squares| (squares / batch.targets.values().len() as f64).sqrt()),
        }))?;
        *steps += 1;
    }
    Ok(sums)
}

/// How long the training is.
struct Plan {
    examples: usize,
    positions: u32,
    batches: usize,
    epochs: usize,
    /// Steps that will be taken.
    steps: u64,
    /// Steps of all epochs the spec asks for.
    whole_steps: u64,
}

impl Plan {
    fn new(training: &Training, data: &dyn TrainingData) -> Result<Self, TrainError> {
        let counts = [
            ("epochs", Some(training.epochs)),
            ("batch", Some(training.batch)),
            ("samples", Some(training.samples)),
            ("validation_samples", Some(training.validation_samples)),
            ("max_steps", training.max_steps),
        ];
        if let Some((key, _)) = counts.into_iter().find(|(_, count)| *count == Some(0)) {
            return Err(TrainError::Zero { key });
        }
        let examples = data.examples(Part::Training);
        if examples == 0 {
            return Err(TrainError::EmptySplit { split: Part::Training });
        }
        if data.examples(Part::Validation) == 0 {
            check_monitors(training)?;
        }
        let positions = number_of("the number of training examples", examples)?;
        number_of("`epochs`", training.epochs)?;
        let batches = examples.div_ceil(training.batch);
        // Both factors are below 2³², so the product fits.
        let whole_steps = batches as u64 * training.epochs as u64;
        let steps = training.max_steps.map_or(whole_steps, |most| whole_steps.min(most as u64));
        // No more than `training.epochs`, which is a usize.
        let epochs = steps.div_ceil(batches as u64) as usize;
        Ok(Self { examples, positions, batches, epochs, steps, whole_steps })
    }

    /// The epoch as the number noise is keyed by.
    fn number(&self, epoch: usize) -> u32 {
        u32::try_from(epoch).expect("the plan has fewer than 2³² epochs")
    }

    fn started(&self, objective: &Objective, kl: f64) -> Event {
        Event::Started {
            epochs: self.epochs,
            steps_per_epoch: self.batches,
            steps: self.steps,
            examples: self.examples,
            kl,
            effective_temperature: effective_temperature(objective, warm_epoch(objective), self.batches, self.examples),
        }
    }
}

fn number_of(what: &'static str, found: usize) -> Result<u32, TrainError> {
    u32::try_from(found).map_err(|_| TrainError::TooMany { what, found, maximum: u32::MAX as usize })
}

/// Refuses what watches the validation split.
fn check_monitors(training: &Training) -> Result<(), TrainError> {
    let select = if let Select::Best { monitor } = training.select { Some(monitor) } else { None };
    let watchers = [
        ("the learning rate", Schedule::new(&training.learning_rate, 0.0, 0).monitor()),
        ("`early_stopping`", training.early_stopping.map(|stopping| stopping.monitor)),
        ("`select`", select),
    ];
    for (watcher, monitor) in watchers {
        if let Some(monitor) = monitor.and_then(name_on_validation) {
            return Err(TrainError::NeverMeasured { watcher, monitor });
        }
    }
    Ok(())
}

/// Sums over the examples of an epoch.
#[derive(Default)]
struct EpochSums {
    examples: usize,
    correct: Option<usize>,
    /// Σ (y − μ̄)², and over how many targets.
    squared_error: Option<(f64, usize)>,
    loss: f64,
    negative_log_likelihood: f64,
    kl: f64,
}

impl EpochSums {
    fn add(&mut self, outcome: &StepOutcome, batch: &Batch) {
        let weight = batch.len() as f64;
        self.examples += batch.len();
        if let Some(correct) = outcome.correct {
            *self.correct.get_or_insert(0) += correct;
        }
        if let Some(squares) = outcome.squared_error {
            let (sum, count) = self.squared_error.get_or_insert((0.0, 0));
            *sum += squares;
            *count += batch.targets.values().len();
        }
        self.loss += weight * outcome.loss;
        self.negative_log_likelihood += weight * outcome.negative_log_likelihood;
        self.kl += weight * outcome.kl;
    }

    fn means(&self) -> TrainingMeans {
        let mean = |sum: f64| sum / self.examples as f64;
        TrainingMeans {
            loss: mean(self.loss),
            negative_log_likelihood: mean(self.negative_log_likelihood),
            kl: mean(self.kl),
            accuracy: self.correct.map(|correct| mean(correct as f64)),
            root_mean_squared_error: self.squared_error.map(|(sum, count)| (sum / count as f64).sqrt()),
        }
    }
}
