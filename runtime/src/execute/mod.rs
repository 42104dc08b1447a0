//! A run from its IR to its published result: data, network, training, scores, files.

mod compute;
mod content;
mod error;
mod forecasting;
mod inputs;
mod keys;
mod noting;
mod other_sets;
mod page;
mod planning;
mod record;
mod recorder;
mod request;
mod resuming;
mod starting_weights;
mod stop;
mod trained;

pub use crate::store::METRICS;
pub use content::{ComputedBy, Content};
pub use error::{ExecuteError, Resumption, Stopped, StoppedAt};
pub use page::read_page_input;
pub(crate) use page::{page_input_of, read_report};
pub use planning::{DataSets, Identified};
pub use request::{Request, RunObserver};
pub use starting_weights::{StartError, StartingWeights, read_starting_weights};
pub use stop::Stop;

use crate::data::{DataError, locate};
use crate::report::{Report, RunNames};
use crate::store::{Attempt, Identity, RunKeys, StoreClock, open_training};
use compute::{Start, compute};
use elbo_compiler::ir::{DataSource, grouped};
use forecasting::announce;
use inputs::Inputs;
pub(crate) use keys::{ComputedAs, RunParts};
use noting::Noting;
pub(crate) use other_sets::OtherSets;
pub(crate) use record::IR;
use record::Record;
use resuming::{Resumed, find_checkpoint};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A finished run.
#[derive(Debug, Clone)]
pub struct Executed {
    /// What makes it this run.
    pub keys: RunKeys,
    /// The directory of its evaluation: `report.html`, `report.json`, `predictions.csv`.
    pub directory: PathBuf,
    /// What was done for it.
    pub work: Work,
    /// Its scores.
    pub report: Report,
}

/// What was done for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Nothing: it was finished before.
    Nothing,
    /// It was scored; its training was finished before.
    Scored,
    /// It was trained and scored.
    Trained,
}

/// How often it is looked whether another process has trained what this one waits for.
const PATIENCE: Duration = Duration::from_millis(500);

/// Trains, scores and publishes a run, does what is left of that, or finds that all of it has been done.
///
/// # Errors
/// [`ExecuteError`] names the place, the problem and the fix; [`ExecuteError::Stopped`] if it was told to stop. No report
/// is published then.
pub fn execute(request: &Request<'_>, observer: &mut dyn RunObserver) -> Result<Executed, ExecuteError> {
    request.backend.check(request.device)?;
    request.stop.note_unsaved(false);
    let inputs = Inputs::read(request)?;
    inputs.starting.notes.iter().for_each(|note| observer.remark(note));
    let record = Record::new(request, inputs.content())?;
    if let Some(expected) = request.expected.filter(|expected| **expected != record.keys) {
        return Err(ExecuteError::OtherIdentity {
            run: request.name.to_owned(),
            expected: expected.evaluation.clone(),
            found: record.keys.evaluation.clone(),
        });
    }
    let (store, training) = (request.store, &record.keys.training);
    if !request.force
        && let Some(directory) = store.find_evaluation(&record.keys)?
    {
        let report = finished_report(request, &directory, &store.training_directory(training))?;
        // The attempt that published it may have been cut off right after.
        store.remove_checkpoints(training);
        link(request, &record.keys, observer);
        return Ok(Executed { keys: record.keys, directory, work: Work::Nothing, report });
    }
    let published = if request.force { None } else { store.find_training(training)? };
    let steps = if published.is_none() { announce(request, &inputs.dataset, observer)? } else { 0 };
    tell_of_others(request, &record.keys, observer)?;
    let attempt = store.begin(&record.keys)?;
    record.begun(&attempt, request, published.is_none())?;
    request.stop.note_attempt(record.under_way(&attempt));
    let mut noting = Noting::begin(&attempt, observer);
    let start = start(request, &inputs, (&attempt, published), (training, steps), &mut noting);
    let computed = start.and_then(|start| {
        let work = match start {
            Start::Published(_) => Work::Scored,
            Start::Training(_) => Work::Trained,
        };
        let (directory, report) = compute(request, &inputs, (&record, &attempt), start, &mut noting)?;
        Ok((directory, report, work))
    });
    drop(noting);
    match computed {
        Ok((directory, report, work)) => {
            request.stop.end_attempt(|| ());
            store.remove_checkpoints(training);
            if work == Work::Scored {
                attempt.remove();
            }
            link(request, &record.keys, observer);
            Ok(Executed { keys: record.keys, directory, work, report })
        }
        Err(error) => {
            let is_stop = matches!(error, ExecuteError::Stopped(_)) || error.is_temporary();
            // What stopped the run is what its author must hear of, also where even this cannot be written.
            request.stop.end_attempt(|| drop(record.ended_early(&attempt, is_stop)));
            // Where its folder is gone, that is why nothing could be written there.
            let gone = if error.is_of_the_store() { attempt.check_is_there().err() } else { None };
            Err(gone.map_or(error, ExecuteError::from))
        }
    }
}

/// Where an attempt goes on from, which it says: a training that is `published`, by others while it waited, too, else
/// the newest checkpoint, else the beginning.
fn start(
    request: &Request<'_>,
    inputs: &Inputs,
    (attempt, mut published): (&Attempt, Option<PathBuf>),
    (training, steps): (&Identity, usize),
    noting: &mut Noting<'_>,
) -> Result<Start, ExecuteError> {
    if published.is_none() && request.waits {
        published = wait_for_training(request, attempt, training, noting)?;
    }
    if let Some(directory) = published {
        noting.is_trained();
        noting.remark("the training was finished before, and is not done again: only scoring is left");
        return Ok(Start::Published(directory));
    }
    let resumed = find_checkpoint(request, inputs, training, noting)?;
    if let Some(Resumed { checkpoint, .. }) = &resumed {
        let taken = grouped(usize::try_from(checkpoint.state.progress.steps).unwrap_or(usize::MAX));
        noting.remark(&format!("resumed at step {taken} of {}, from {}", grouped(steps), checkpoint.attempt));
    }
    Ok(Start::Training(resumed))
}

/// The report of a run that was finished before, under the names it has here: the same run may go by others in another
/// spec.
fn finished_report(request: &Request<'_>, directory: &Path, training: &Path) -> Result<Report, ExecuteError> {
    open_training(training)?;
    let mut report = read_report(directory)?;
    report.rename(&RunNames::new(request.name, (request.model, request.data), request.varied));
    Ok(report)
}

/// Lets the link of the run's name lead to it. Links serve people only, so nothing fails without them.
fn link(request: &Request<'_>, keys: &RunKeys, observer: &mut dyn RunObserver) {
    if let Err(problem) = request.store.link(request.name, keys) {
        let link = request.store.link_of(request.name);
        observer.remark(&format!(
            "there is no link `{}`: {problem}; the run is found by its name all the same",
            link.display()
        ));
    }
}

/// Waits while an attempt that began earlier trains the same network; where the training is once it is published.
fn wait_for_training(
    request: &Request<'_>,
    attempt: &Attempt,
    training: &Identity,
    observer: &mut dyn RunObserver,
) -> Result<Option<PathBuf>, ExecuteError> {
    let mut has_told = false;
    loop {
        let published = request.store.find_training(training)?;
        if published.is_some() || request.stop.is_asked() {
            return Ok(published);
        }
        let clock = StoreClock::of(request.store.root());
        if request.store.earlier_attempt(attempt, &clock)?.is_none() {
            // It may have published between the two looks.
            return Ok(request.store.find_training(training)?);
        }
        if !std::mem::replace(&mut has_told, true) {
            observer.remark("another process trains this network; this one waits for its weights and scores them");
        }
        std::thread::sleep(PATIENCE);
    }
}

/// Remarks on another process that works at the same run. It does no harm: both come to the same result, which is
/// published once.
fn tell_of_others(request: &Request<'_>, keys: &RunKeys, observer: &mut dyn RunObserver) -> Result<(), ExecuteError> {
    let store = request.store;
    let last = store.last_attempt_for(keys, &StoreClock::of(store.root()))?;
    if let Some(other) = last.filter(|attempt| attempt.is_alive())
        && let Some((heartbeat, _)) = other.heartbeat
    {
        let process = heartbeat.process;
        observer.remark(&format!(
            "process {} on {} works at this run, too; both will come to the same result",
            process.number, process.host
        ));
    }
    Ok(())
}

/// Whether a data set's files are there, and where, without reading them.
///
/// # Errors
/// [`DataError::NotFound`] or [`DataError::MissingFiles`].
pub fn find_data(source: DataSource, data_roots: &[PathBuf]) -> Result<Option<PathBuf>, DataError> {
    let located = locate(source, None, data_roots)?;
    located.training_files()?;
    located.test_files()?;
    Ok(located.folder)
}

#[cfg(test)]
mod tests;
