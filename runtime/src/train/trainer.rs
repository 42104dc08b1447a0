//! The training loop.

use super::checkpoints::Undisturbed;
use super::draws::check_draws;
use super::examples::OfTraining;
use super::monitor::monitored;
use super::plan::Plan;
use super::selection::Selection;
use super::state::{EpochEnd, EpochSums, KlWeights, Progress};
use super::validation::validate;
use super::{
    Checkpoints, EpochRecord, Event, Moment, Next, Observer, Schedule, StepRecord, TrainError, TrainingData,
    TrainingState, TrainingSummary,
};
use crate::backend::{Backend, Chosen, StepContext};
use crate::data::Part;
use crate::inference::TrainedNetwork;
use crate::random::{Key, Purpose, Stream};
use crate::uncertainty::check_report;
use elbo_compiler::analysis::{Place, effective_temperature, has_posterior, kl_weight, mean_kl_weight};
use elbo_compiler::ir::Run;
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
    train_from(run, backend, data, None, &mut Undisturbed(observer))
}

/// Trains as [`train`] does, from where another training of the same run on the same data was saved. Wherever and however
/// often it is stopped and resumed, it comes to the same bits.
///
/// # Errors
/// As [`train`]; [`TrainError::Stopped`] if `checkpoints` stopped it, which has then been given the state;
/// [`TrainError::Backend`] if the state is that of another network.
pub fn train_from(
    run: &Run,
    backend: &mut dyn Backend,
    data: &dyn TrainingData,
    from: Option<TrainingState>,
    checkpoints: &mut dyn Checkpoints,
) -> Result<TrainingSummary, TrainError> {
    check_report(&run.report).map_err(TrainError::Report)?;
    check_draws(run)?;
    let plan = Plan::new(&run.training, data)?;
    let mut training = Trainer::begin(run, &plan, from, (backend, data))?;
    let Progress { initial_kl, steps, .. } = training.progress;
    checkpoints.event(&plan.started(run, initial_kl, steps))?;
    while !training.progress.ended {
        training.train_epoch(checkpoints)?;
        training.end_epoch(checkpoints)?;
    }
    training.finish(checkpoints)
}

/// A training that goes on.
struct Trainer<'t> {
    run: &'t Run,
    plan: &'t Plan,
    order: Stream,
    schedule: Schedule,
    selection: Selection,
    progress: Progress,
    /// When it began or was resumed, and its seconds until then.
    clock: (Instant, f64),
    backend: &'t mut dyn Backend,
    data: &'t dyn TrainingData,
}

impl<'t> Trainer<'t> {
    /// Before the first step, or where it was saved.
    fn begin(
        run: &'t Run,
        plan: &'t Plan,
        from: Option<TrainingState>,
        (backend, data): (&'t mut dyn Backend, &'t dyn TrainingData),
    ) -> Result<Self, TrainError> {
        let started = Instant::now();
        let learning_rate = run.training.optimizer.learning_rate();
        let mut schedule = Schedule::new(&run.training.learning_rate, learning_rate, plan.steps);
        let mut selection = Selection::new(&run.training);
        backend.take_examples(&OfTraining(data))?;
        let progress = match from {
            Some(TrainingState { progress, parameters, optimizer, best }) => {
                backend.set_parameters(&parameters)?;
                backend.set_optimizer_state(&optimizer)?;
                schedule.resume(progress.plateau.as_ref());
                selection.resume(&progress.selection, best);
                progress
            }
            None => Progress {
                steps: 0,
                epoch: 1,
                batch: 0,
                ended: false,
                seconds: 0.0,
                epoch_seconds: 0.0,
                sums: EpochSums::default(),
                initial_kl: backend.kl()?,
                last: None,
                plateau: schedule.plateau(),
                selection: selection.state(),
            },
        };
        let order = Key::new(run.training.seed).stream(Purpose::Order, "");
        let clock = (started, progress.seconds);
        Ok(Self { run, plan, order, schedule, selection, progress, clock, backend, data })
    }

    /// The steps that are left of the epoch.
    fn train_epoch(&mut self, checkpoints: &mut dyn Checkpoints) -> Result<(), TrainError> {
        let number = self.plan.number(self.progress.epoch);
        let positions = self.order.permutation(number, self.plan.positions);
        for positions in positions.chunks(self.run.training.batch).skip(self.progress.batch) {
            if self.progress.steps == self.plan.steps {
                break;
            }
            let timer = Instant::now();
            self.step(positions, checkpoints)?;
            self.progress.epoch_seconds += timer.elapsed().as_secs_f64();
            // The last step of an epoch is saved with the validation that follows it.
            if self.progress.batch < self.plan.batches && self.progress.steps < self.plan.steps {
                self.checkpoint(None, checkpoints)?;
            }
        }
        Ok(())
    }

    fn step(&mut self, positions: &[u32], observer: &mut dyn Observer) -> Result<(), TrainError> {
        let Self { run, plan, progress, .. } = self;
        let chosen = Chosen { epoch: plan.number(progress.epoch), positions };
        let place =
            Place { epoch: progress.epoch, batch: progress.batch, batches: plan.batches, examples: plan.examples };
        let context = StepContext {
            step: progress.steps,
            learning_rate: self.schedule.learning_rate(progress.steps, progress.epoch),
            kl_weight: kl_weight(&run.training.objective, place),
            samples: run.training.samples,
        };
        let outcome = self.backend.train_step_at(&OfTraining(self.data), &chosen, &context)?;
        if !outcome.loss.is_finite() {
            return Err(TrainError::LossNotFinite { step: progress.steps });
        }
        let weights =
            KlWeights { of_step: context.kl_weight, of_epoch: mean_kl_weight(&run.training.objective, place) };
        progress.sums.add(&outcome, weights, positions.len());
        observer.event(&Event::Step(StepRecord {
            step: progress.steps,
            epoch: progress.epoch,
            loss: outcome.loss,
            negative_log_likelihood: outcome.negative_log_likelihood,
            kl: outcome.kl,
            kl_weight: context.kl_weight,
            learning_rate: context.learning_rate,
            accuracy: outcome.closeness.accuracy(positions.len()),
            root_mean_squared_error: outcome.closeness.root_mean_squared_error(),
        }))?;
        progress.steps += 1;
        progress.batch += 1;
        Ok(())
    }

    /// The validation of the epoch, and what follows from it.
    fn end_epoch(&mut self, checkpoints: &mut dyn Checkpoints) -> Result<(), TrainError> {
        let epoch = self.progress.epoch;
        let train = self.progress.sums.means();
        let posterior = TrainedNetwork::new(self.run, &*self.backend);
        let validated =
            validate(self.run, &posterior, self.data, self.plan.number(epoch), &|| checkpoints.is_stopping())?;
        let Some(validation) = validated else {
            return Err(self.stop(checkpoints));
        };
        if let Some(figure) =
            self.schedule.monitor().and_then(|monitor| monitored(monitor, &train, validation.as_ref()))
        {
            self.schedule.end_epoch(figure);
        }
        let seconds = self.progress.epoch_seconds;
        let images_per_second = self.progress.sums.examples as f64 / seconds.max(1e-9);
        checkpoints.event(&Event::Epoch(EpochRecord { epoch, train, validation, images_per_second, seconds }))?;
        let end = EpochEnd { epoch, train, validation };
        let goes_on = self.selection.end_epoch(&end, self.backend)?;
        let progress = &mut self.progress;
        progress.ended = !goes_on || epoch == self.plan.epochs;
        progress.last = Some(end);
        progress.epoch += 1;
        progress.batch = 0;
        progress.sums = EpochSums::default();
        progress.epoch_seconds = 0.0;
        self.checkpoint(Some(epoch), checkpoints)
    }

    /// Saves and stops as it is told to.
    fn checkpoint(&mut self, ended_epoch: Option<usize>, checkpoints: &mut dyn Checkpoints) -> Result<(), TrainError> {
        let Progress { steps, ended, .. } = self.progress;
        match checkpoints.next(&Moment { steps, ended_epoch, ended, seconds: self.seconds() }) {
            Next::GoOn => Ok(()),
            Next::Save => self.save(checkpoints),
            Next::SaveAndStop => Err(self.stop(checkpoints)),
        }
    }

    /// Saves the training as it stands; why it does not go on.
    fn stop(&mut self, checkpoints: &mut dyn Checkpoints) -> TrainError {
        let stopped = TrainError::Stopped { steps: self.progress.steps, of: self.plan.steps };
        self.save(checkpoints).err().unwrap_or(stopped)
    }

    fn save(&mut self, checkpoints: &mut dyn Checkpoints) -> Result<(), TrainError> {
        self.progress.seconds = self.seconds();
        self.progress.plateau = self.schedule.plateau();
        self.progress.selection = self.selection.state();
        let state = TrainingState {
            progress: self.progress.clone(),
            parameters: self.backend.parameters()?,
            optimizer: self.backend.optimizer_state()?,
            best: self.selection.best(),
        };
        checkpoints.save(&state).map_err(TrainError::Checkpoint)
    }

    /// Seconds the training took so far.
    fn seconds(&self) -> f64 {
        let (since, before) = self.clock;
        before + since.elapsed().as_secs_f64()
    }

    /// Leaves the backend with the selected weights.
    fn finish(mut self, observer: &mut dyn Observer) -> Result<TrainingSummary, TrainError> {
        let Progress { steps, initial_kl, last, .. } = self.progress;
        observer.event(&Event::Finished { steps, seconds: self.seconds() })?;
        let last = last.expect("a plan has at least one epoch");
        let selected = self.selection.finish(last, self.backend)?;
        let plan = self.plan;
        let objective = &self.run.training.objective;
        Ok(TrainingSummary {
            examples: plan.examples,
            validation_examples: self.data.examples(Part::Validation),
            epochs: last.epoch,
            steps,
            cut_short: plan.steps < plan.whole_steps && steps == plan.steps,
            stopped_early: self.selection.has_stopped() && steps < plan.steps,
            selected_epoch: selected.epoch,
            initial_kl,
            final_kl: self.backend.kl()?,
            effective_temperature: has_posterior(&self.run.network)
                .then(|| effective_temperature(objective, selected.epoch, plan.batches, plan.examples))
                .flatten(),
            train: selected.train,
            validation: selected.validation,
        })
    }
}
