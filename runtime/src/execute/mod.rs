//! A run from its IR to its published result: data, network, training, scores, files.

mod compute;
mod error;
mod forecasting;
mod keys;
mod noting;
mod other_sets;
mod page;
mod planning;
mod record;
mod recorder;
mod starting_weights;
mod stop;
mod trained;

pub use crate::store::METRICS;
pub use error::{ExecuteError, Stopped, StoppedAt};
pub(crate) use page::page_input_of;
pub use page::read_page_input;
pub use planning::{ComputedBy, Content, DataSets, Identified};
pub use starting_weights::{StartError, StartingWeights, read_starting_weights};
pub use stop::Stop;

use crate::backend::candle::DeviceChoice;
use crate::backend::{BackendChoice, BackendError, open};
use crate::data::{DataError, Dataset, Raw, locate, prepare};
use crate::forecast::Forecast;
use crate::report::{REPORT, Report};
use crate::store::{
    Attempt, FoundCheckpoint, Identity, RunKeys, Store, StoreClock, StoreError, open_evaluation, open_training,
};
use crate::train::{Observer, TrainingState};
use compute::{Start, compute};
use elbo_compiler::ir::{DataSource, Run, grouped};
use elbo_compiler::opened::OpenedData;
use forecasting::announce;
pub(crate) use keys::{ComputedAs, RunParts};
use noting::Noting;
pub(crate) use other_sets::OtherSets;
pub(crate) use record::IR;
use record::Record;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What is to be run, and where.
#[derive(Debug, Clone)]
pub struct Request<'r> {
    /// What it means.
    pub run: &'r Run,
    /// Its name in the spec.
    pub name: &'r str,
    /// The name of its model there.
    pub model: &'r str,
    /// The name of its dataset there.
    pub data: &'r str,
    /// What the sweep it is a member of varied, by path, and the value in this run.
    pub varied: &'r [(String, String)],
    /// The spec's text, what it uses included.
    pub spec: &'r str,
    /// The folder that a dataset's `root` and the files of starting weights are relative to.
    pub folder: &'r Path,
    /// Where data is looked for, in order of precedence.
    pub data_roots: &'r [PathBuf],
    /// Where the result goes.
    pub store: &'r Store,
    /// What computes.
    pub backend: BackendChoice,
    /// Where it computes.
    pub device: DeviceChoice,
    /// Threads that compute.
    pub threads: usize,
    /// Where the machine's calibration is kept; without one, times are not forecast.
    pub calibrations: Option<&'r Path>,
    /// Whether to begin a run that is forecast to need more memory than there is.
    pub ignore_memory: bool,
    /// Whether to begin anew where an attempt that was cut off has left a checkpoint.
    pub fresh: bool,
    /// Whether to train and score also what is finished, and to compare the two.
    pub force: bool,
    /// Whether to wait for another process that trains the same network, so that only one does.
    pub waits: bool,
    /// What the run was found to be when it was planned, if it was.
    pub expected: Option<&'r RunKeys>,
    /// Set from elsewhere when the run is to be saved and to stop.
    pub stop: &'r Stop,
}

/// Told of a run what there is to tell.
pub trait RunObserver: Observer {
    /// What the run will cost, before it begins.
    fn forecast(&mut self, forecast: &Forecast);

    /// What its data hold, before it begins.
    fn opened(&mut self, _opened: &OpenedData) {}

    /// Something that is being done, or could not be done, on the way.
    fn remark(&mut self, text: &str);
}

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

/// The files of a run, read.
struct Inputs {
    dataset: Dataset,
    others: OtherSets,
    starting: StartingWeights,
}

impl Inputs {
    fn read(request: &Request<'_>) -> Result<Self, ExecuteError> {
        let dataset = open_data(request)?;
        let sets = &request.run.report.out_of_distribution;
        let others = OtherSets::read(sets, (request.folder, request.data_roots), &dataset.test)?;
        let starting = read_starting_weights(&request.run.network, request.folder)?;
        Ok(Self { dataset, others, starting })
    }

    fn content(&self) -> Content {
        Content {
            files: self.dataset.contents.clone(),
            weights: self.starting.digests.clone(),
            out_of_distribution: self.others.digests.clone(),
        }
    }
}

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
    let mut published = if request.force { None } else { store.find_training(training)? };
    let mut steps = 0;
    let mut checkpoint = None;
    if published.is_none() {
        steps = announce(request, &inputs.dataset, observer)?;
        checkpoint = find_checkpoint(request, &inputs, training, observer)?;
    }
    tell_of_others(request, &record.keys, observer)?;
    let attempt = store.begin(&record.keys)?;
    record.begun(&attempt, request, published.is_none())?;
    let mut noting = Noting::begin(&attempt, observer);
    if published.is_none() && request.waits {
        published = wait_for_training(request, &attempt, training, &mut noting)?;
        checkpoint = if published.is_some() { None } else { find_checkpoint(request, &inputs, training, &mut noting)? };
    }
    match (&published, &checkpoint) {
        (Some(_), _) => {
            noting.is_trained();
            noting.remark("the training was finished before, and is not done again: only scoring is left");
        }
        (None, Some(FoundCheckpoint { attempt, state, .. })) => {
            let taken = grouped(usize::try_from(state.progress.steps).unwrap_or(usize::MAX));
            noting.remark(&format!("resumed at step {taken} of {}, from {attempt}", grouped(steps)));
        }
        (None, None) => {}
    }
    let work = if published.is_some() { Work::Scored } else { Work::Trained };
    let from = published.map_or(Start::Training(checkpoint.map(Box::new)), Start::Published);
    let computed = compute(request, &inputs, (&record, &attempt), from, &mut noting);
    drop(noting);
    match computed {
        Ok((directory, report)) => {
            store.remove_checkpoints(training);
            if work == Work::Scored {
                attempt.remove();
            }
            link(request, &record.keys, observer);
            Ok(Executed { keys: record.keys, directory, work, report })
        }
        Err(error) => {
            // What stopped the run is what its author must hear of, also where even this cannot be written.
            let _ = record.ended_early(&attempt, matches!(error, ExecuteError::Stopped(_)));
            Err(error)
        }
    }
}

/// The report of a run that was finished before, under the names it has here: the same run may go by others in another
/// spec.
fn finished_report(request: &Request<'_>, directory: &Path, training: &Path) -> Result<Report, ExecuteError> {
    open_training(training)?;
    let mut report = read_report(directory)?;
    request.name.clone_into(&mut report.run.name);
    request.model.clone_into(&mut report.run.model);
    request.data.clone_into(&mut report.run.data.name);
    report.run.varied = request.varied.iter().cloned().collect();
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

/// The newest checkpoint of the run, unless it is to begin anew. Those that cannot be used are told.
fn find_checkpoint(
    request: &Request<'_>,
    inputs: &Inputs,
    identity: &Identity,
    observer: &mut dyn RunObserver,
) -> Result<Option<FoundCheckpoint>, ExecuteError> {
    if request.fresh || request.force {
        return Ok(None);
    }
    let mut passed_over = |path: &Path, problem: &str| {
        observer.remark(&format!("the checkpoint `{}` is passed over: {problem}", path.display()));
    };
    let mut check = |state: &TrainingState, metrics: &[u8]| {
        state.check(request.run, &inputs.dataset, metrics)?;
        // The network itself says which tensors it has.
        let fits = || {
            let mut backend = open(request.backend, request.device, request.run, &inputs.starting.parameters)?;
            if let Some(best) = &state.best {
                backend.set_parameters(best)?;
            }
            backend.set_parameters(&state.parameters)?;
            backend.set_optimizer_state(&state.optimizer)
        };
        fits().map_err(|error: BackendError| error.to_string())
    };
    Ok(request.store.find_checkpoint(identity, &mut check, &mut passed_over)?)
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

/// Reads and prepares the data of a run.
fn open_data(request: &Request<'_>) -> Result<Dataset, DataError> {
    let data = &request.run.data;
    prepare(data, request.run.training.seed, &Raw::open(data, request.folder, request.data_roots)?)
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

/// The report of a published evaluation whose files are all as they were published.
pub(crate) fn read_report(directory: &Path) -> Result<Report, ExecuteError> {
    open_evaluation(directory)?;
    let path = directory.join(REPORT);
    let text = std::fs::read_to_string(&path).map_err(|source| StoreError::Read { path: path.clone(), source })?;
    Report::from_json(&text).map_err(|error| ExecuteError::Report { path, error })
}

#[cfg(test)]
mod tests;
