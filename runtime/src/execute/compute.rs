//! A run from its data to what is published of it: its training, then its report.

use super::inputs::Inputs;
use super::page::page_of_run;
use super::record::Record;
use super::recorder::{Glance, Recorder, Scoring, is_interruption};
use super::resuming::{Resumed, as_trained};
use super::trained::Trained;
use super::{ExecuteError, Request, RunObserver, Stopped, StoppedAt};
use crate::backend::open;
use crate::inference::{Fitted, family};
use crate::report::{FitDiagnostics, Report};
use crate::store::{Attempt, Published, StoreError, open_evaluation, open_training};
use crate::train::{TrainError, assess, under_weight_draws};
use elbo_compiler::ir::Run;
use std::path::{Path, PathBuf};

/// Where a run goes on from.
pub(super) enum Start {
    /// Its training is published there.
    Published(PathBuf),
    /// It is trained, from a checkpoint if there is one.
    Training(Option<Resumed>),
}

/// Trains the network unless that is done, scores it, and publishes what that came to.
pub(super) fn compute(
    request: &Request<'_>,
    inputs: &Inputs,
    (record, attempt): (&Record, &Attempt),
    start: Start,
    observer: &mut dyn RunObserver,
) -> Result<(PathBuf, Report), ExecuteError> {
    let trained = match start {
        Start::Published(directory) => Err(directory),
        Start::Training(from) => Ok(train_and_publish(request, inputs, (record, attempt), from, observer)?),
    };
    // Scored by a network of its own in both cases, so that it makes no difference to the scores which it is.
    let family = family(request.run);
    let network = open(request.backend, request.device, request.run, &inputs.starting.parameters)?;
    let trained = match trained {
        Ok(trained) => trained,
        Err(directory) => Trained::read(&directory, &family.tensors(network.parameters()?))?,
    };
    let posterior = family.posterior(request.run, network, &trained.parameters)?;
    let stopped = || stopped((record, attempt), StoppedAt::Scoring);
    let scoring_failed = |error| if is_interruption(&error) { stopped() } else { error.into() };
    if request.stop.is_asked() {
        return Err(stopped());
    }
    let Inputs { dataset, others, .. } = inputs;
    // What is scored again is scored to the same bits.
    request.stop.note_unsaved(false);
    request.stop.note_place(StoppedAt::Scoring);
    let mut scoring = Scoring { stop: request.stop, glance: Glance::at(attempt), observer };
    let mut assessment = assess(request.run, posterior.as_ref(), dataset, &|place| others.set(place), &mut scoring)
        .map_err(scoring_failed)?;
    let stochastic = posterior.is_random();
    // Its buffers make room for those of the same network under another estimator.
    drop(posterior);
    let open_again = |run: &Run| {
        let network = open(request.backend, request.device, run, &inputs.starting.parameters)?;
        family.posterior(run, network, &trained.parameters)
    };
    assessment.under_weight_draws =
        under_weight_draws(request.run, &open_again, dataset, &assessment, &mut scoring).map_err(scoring_failed)?;
    let class_counts = dataset.training.class_counts(request.run.data.target.classes().unwrap_or(0));
    let fit = FitDiagnostics::new(request.run, &trained.summary, &trained.epochs, &class_counts);
    let report = record.report(request, (stochastic, &trained, fit), dataset, &assessment);
    let page = page_of_run(&report, &assessment, trained.epochs, request.spec, dataset);
    request.stop.note_unsaved(true);
    if request.force {
        let directory = request.store.evaluation_directory(&record.keys);
        set_aside_if_damaged(attempt, &directory, open_evaluation(&directory).map(drop), observer)?;
    }
    let directory = record.publish_evaluation(attempt, request, (&report, &page, &assessment))?;
    Ok((directory, report))
}

/// That the run was told to stop.
fn stopped((record, attempt): (&Record, &Attempt), at: StoppedAt) -> ExecuteError {
    let (identity, attempt) = (record.keys.evaluation.clone(), attempt.directory().to_owned());
    ExecuteError::Stopped(Box::new(Stopped { identity, attempt, at, resumption: record.resumption }))
}

/// Trains the network and publishes its weights.
fn train_and_publish(
    request: &Request<'_>,
    inputs: &Inputs,
    (record, attempt): (&Record, &Attempt),
    from: Option<Resumed>,
    observer: &mut dyn RunObserver,
) -> Result<Trained, ExecuteError> {
    let Inputs { dataset, starting, .. } = inputs;
    let run = as_trained(request.run);
    let (from, mut backend) = match from {
        Some(Resumed { checkpoint, network }) => (Some(*checkpoint), network),
        None => (None, open(request.backend, request.device, &run, &starting.parameters)?),
    };
    if request.stop.is_asked() && from.is_none() {
        return Err(stopped((record, attempt), StoppedAt::Beginning));
    }
    request.stop.note_unsaved(true);
    request.stop.note_place(StoppedAt::Training);
    let training = &record.keys.training;
    let (Fitted { tensors, summary }, (epochs, metrics)) = {
        let (every, writer) = (run.training.checkpoint, (attempt, training));
        let mut recorder = Recorder::begin(writer, every, request.stop, from.as_ref(), observer)?;
        let from = from.map(|checkpoint| checkpoint.state);
        let fitted = match family(&run).fit(&run, backend.as_mut(), dataset, from, &mut recorder) {
            Err(TrainError::Stopped { steps, of }) => {
                return Err(stopped((record, attempt), StoppedAt::Step { steps, of }));
            }
            other => other?,
        };
        (fitted, recorder.finish()?)
    };
    let trained = Trained { parameters: tensors, summary, epochs };
    if request.force {
        let directory = request.store.training_directory(training);
        set_aside_if_damaged(attempt, &directory, open_training(&directory).map(drop), observer)?;
    }
    let published = record.publish_training(attempt, request, (&trained, &metrics))?;
    if request.force && matches!(published, Published::Equal(_)) {
        observer.remark("it was trained again to the same bits as before; what was published stays");
    }
    request.store.remove_checkpoints(training);
    Ok(trained)
}

/// Moves what is published but was altered since out of the way.
fn set_aside_if_damaged(
    attempt: &Attempt,
    directory: &Path,
    opened: Result<(), StoreError>,
    observer: &mut dyn RunObserver,
) -> Result<(), ExecuteError> {
    if let Err(error) = opened
        && directory.exists()
    {
        let place = attempt.set_aside(directory)?;
        observer.remark(&format!("{error}; it is replaced, and kept in `{}`", place.display()));
    }
    Ok(())
}
