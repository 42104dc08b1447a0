//! A run from its IR to its published result: data, network, training, scores, files.

mod error;
mod noting;
mod other_sets;
mod page;
mod planning;
mod record;
mod recorder;
mod starting_weights;

pub use crate::store::METRICS;
pub use error::{ExecuteError, Stopped, StoppedAt};
pub(crate) use page::page_input_of;
pub use page::read_page_input;
pub use planning::{ComputedBy, DataSets, Identified};
pub use starting_weights::{StartError, StartingWeights, read_starting_weights};

use crate::backend::candle::DeviceChoice;
use crate::backend::{BackendChoice, open};
use crate::data::{DataError, Dataset, Raw, locate, prepare};
use crate::forecast::{
    Calibration, Counts, Forecast, MachineKey, WORTH_CALIBRATING, calibrate, calibration, forecast, keep,
};
use crate::machine::available_memory;
use crate::report::{REPORT, Report};
use crate::store::{Attempt, FoundCheckpoint, Identity, Store, StoreClock, open_result};
use crate::train::{Observer, TrainError, assess, train_from};
use elbo_compiler::ir::{DataSource, Run, grouped};
use noting::Noting;
pub(crate) use other_sets::OtherSets;
pub(crate) use record::IR;
use record::Record;
use recorder::{Recorder, Scoring, is_interruption};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// What is to be run, and where.
#[derive(Debug, Clone)]
pub struct Request<'r> {
    /// What it means.
    pub run: &'r Run,
    /// Its name in the spec.
    pub name: &'r str,
    /// The name of its model there.
    pub model: &'r str,
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
    /// What the run was found to be when it was planned, if it was.
    pub expected: Option<&'r Identity>,
    /// Set from elsewhere when the run is to be saved and to stop.
    pub stop: &'r AtomicBool,
}

/// Told of a run what there is to tell.
pub trait RunObserver: Observer {
    /// What the run will cost, before it begins.
    fn forecast(&mut self, forecast: &Forecast);

    /// Something that is being done, or could not be done, on the way.
    fn remark(&mut self, text: &str);
}

/// A finished run.
#[derive(Debug, Clone)]
pub struct Executed {
    /// What makes it this run.
    pub identity: Identity,
    /// The directory of its result.
    pub directory: PathBuf,
    /// Whether the result was there before, so that nothing was done.
    pub reused: bool,
    /// Its scores.
    pub report: Report,
}

/// Trains, scores and publishes a run, or finds that this has been done.
///
/// # Errors
/// [`ExecuteError`] names the place, the problem and the fix; [`ExecuteError::Stopped`] if it was told to stop. No result
/// is published then.
pub fn execute(request: &Request<'_>, observer: &mut dyn RunObserver) -> Result<Executed, ExecuteError> {
    request.backend.check(request.device)?;
    let dataset = open_data(request)?;
    let sets = &request.run.report.out_of_distribution;
    let others = OtherSets::read(sets, (request.folder, request.data_roots), &dataset.test)?;
    let starting = read_starting_weights(&request.run.network, request.folder)?;
    let record = Record::new(request, (&dataset, &others), &starting)?;
    if let Some(expected) = request.expected.filter(|expected| **expected != record.identity) {
        let (run, found) = (request.name.to_owned(), record.identity.clone());
        return Err(ExecuteError::OtherIdentity { run, expected: expected.clone(), found });
    }
    if let Some(directory) = request.store.find_result(&record.identity)? {
        let mut report = read_report(&directory)?;
        // The attempt that published it may have been cut off right after.
        request.store.remove_checkpoints(&record.identity);
        // The same run may go by another name in another spec.
        request.name.clone_into(&mut report.run.name);
        request.model.clone_into(&mut report.run.model);
        report.run.varied = request.varied.iter().cloned().collect();
        return Ok(Executed { identity: record.identity, directory, reused: true, report });
    }
    let steps = announce(request, &dataset, observer)?;
    let checkpoint = find_checkpoint(request, &record.identity, observer)?;
    tell_of_others(request.store, &record.identity, observer)?;
    let attempt = request.store.begin(&record.identity)?;
    record.begun(&attempt, request)?;
    if let Some(FoundCheckpoint { attempt, state, .. }) = &checkpoint {
        let taken = grouped(usize::try_from(state.progress.steps).unwrap_or(usize::MAX));
        observer.remark(&format!("resumed at step {taken} of {}, from {attempt}", grouped(steps)));
    }
    let inputs = (&dataset, &others, &starting);
    let mut noting = Noting::begin(&attempt, observer);
    match compute(request, inputs, (&record, &attempt), checkpoint, &mut noting) {
        Ok((directory, report)) => {
            request.store.remove_checkpoints(&record.identity);
            Ok(Executed { identity: record.identity, directory, reused: false, report })
        }
        Err(error) => {
            // What stopped the run is what its author must hear of, also where even this cannot be written.
            let _ = record.ended_early(&attempt, matches!(error, ExecuteError::Stopped(_)));
            Err(error)
        }
    }
}

/// The newest checkpoint of the run, unless it is to begin anew. Those that cannot be used are told.
fn find_checkpoint(
    request: &Request<'_>,
    identity: &Identity,
    observer: &mut dyn RunObserver,
) -> Result<Option<FoundCheckpoint>, ExecuteError> {
    if request.fresh {
        return Ok(None);
    }
    let mut passed_over = |path: &Path, problem: &str| {
        observer.remark(&format!("the checkpoint `{}` is passed over: {problem}", path.display()));
    };
    Ok(request.store.find_checkpoint(identity, &mut passed_over)?)
}

/// Remarks on another process that works at the same run. It does no harm: both come to the same result, which is
/// published once.
fn tell_of_others(store: &Store, identity: &Identity, observer: &mut dyn RunObserver) -> Result<(), ExecuteError> {
    let last = store.last_attempt(identity, &StoreClock::of(store.root()))?;
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

/// Forecasts the run, and refuses one that memory cannot hold; its steps.
fn announce(request: &Request<'_>, dataset: &Dataset, observer: &mut dyn RunObserver) -> Result<usize, ExecuteError> {
    let (training, validation) = (dataset.training.len(), dataset.validation.len());
    let source = dataset.training_source();
    let counts = Counts { source, training, validation, test: dataset.test.len() };
    let mut cost = forecast(request.run, request.backend, counts, None)?;
    let on_processor = request.device == DeviceChoice::Cpu;
    if on_processor
        && !request.ignore_memory
        && let Some(available) = available_memory()
    {
        cost.check_memory(available)?;
    }
    let work = cost.steps as f64 * cost.step.multiply_accumulates;
    if let Some(calibration) = request.calibrations.and_then(|folder| calibrated(request, folder, work, observer)) {
        cost = forecast(request.run, request.backend, counts, Some(&calibration))?;
    }
    observer.forecast(&cost);
    Ok(usize::try_from(cost.steps).unwrap_or(usize::MAX))
}

/// The machine's calibration: the one that is kept, or a new one if so much work is ahead. What goes wrong is told and
/// stops nothing.
fn calibrated(request: &Request<'_>, folder: &Path, work: f64, observer: &mut dyn RunObserver) -> Option<Calibration> {
    let key = MachineKey::new(request.backend, request.device, request.threads).ok()?;
    if let Ok(found) = calibration(folder, &key) {
        return Some(found);
    }
    if work < WORTH_CALIBRATING {
        return None;
    }
    observer.remark("calibrating this machine, once, to forecast times");
    match calibrate(request.backend, request.device, request.threads) {
        Ok(new) => {
            if let Err(problem) = keep(folder, &new) {
                observer.remark(&format!("the calibration could not be kept: {problem}"));
            }
            Some(new)
        }
        Err(error) => {
            observer.remark(&error.to_string());
            None
        }
    }
}

/// Trains and scores the network, and publishes what that came to.
fn compute(
    request: &Request<'_>,
    (dataset, others, starting): (&Dataset, &OtherSets, &StartingWeights),
    (record, attempt): (&Record, &Attempt),
    from: Option<FoundCheckpoint>,
    observer: &mut dyn RunObserver,
) -> Result<(PathBuf, Report), ExecuteError> {
    let stopped = |at| {
        let (identity, attempt) = (record.identity.clone(), attempt.directory().to_owned());
        ExecuteError::Stopped(Box::new(Stopped { identity, attempt, at }))
    };
    let mut backend = open(request.backend, request.device, request.run, &starting.parameters)?;
    if request.stop.load(Ordering::Relaxed) && from.is_none() {
        return Err(stopped(StoppedAt::Beginning));
    }
    let (summary, epochs) = {
        let (every, writer) = (request.run.training.checkpoint, (attempt, &record.identity));
        let mut recorder = Recorder::begin(writer, every, request.stop, from.as_ref(), observer)?;
        let from = from.map(|checkpoint| checkpoint.state);
        let summary = match train_from(request.run, backend.as_mut(), dataset, from, &mut recorder) {
            Err(TrainError::Stopped { steps, of }) => return Err(stopped(StoppedAt::Step { steps, of })),
            other => other?,
        };
        (summary, recorder.finish()?)
    };
    let mut scoring = Scoring { stop: request.stop, observer };
    let assessment = assess(request.run, backend.as_mut(), dataset, &|place| others.set(place), &mut scoring)
        .map_err(|error| if is_interruption(&error) { stopped(StoppedAt::Scoring) } else { error.into() })?;
    let parameters = backend.parameters()?;
    let report = record.report(request, (backend.as_ref(), &parameters), dataset, summary, &assessment);
    let page = page::page_of_run(&report, &assessment, epochs, request.spec, dataset);
    let directory = record.publish(attempt, request, (&report, &page, &assessment), &parameters)?;
    Ok((directory, report))
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

/// The report of a published result whose files are all as they were published.
pub(crate) fn read_report(directory: &Path) -> Result<Report, ExecuteError> {
    open_result(directory)?;
    let path = directory.join(REPORT);
    let text = std::fs::read_to_string(&path)
        .map_err(|source| crate::store::StoreError::Read { path: path.clone(), source })?;
    Report::from_json(&text).map_err(|error| ExecuteError::Report { path, error })
}

#[cfg(test)]
mod tests;
