//! How the runs of a batch stand, read from the store alone.

use crate::work_list::{Item, WorkList};
use elbo_runtime::report::REPORT;
use elbo_runtime::store::{Heartbeat, RunStatus, StoreClock, StoreError, timestamp, write_atomically};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How a run stands.
#[derive(Debug, Clone, PartialEq)]
pub enum RunState {
    /// It has a result.
    Finished(Headline),
    /// It has a result, but its spec, its data or the manifest changed since: planned now, it would be another run. Only
    /// [`States::compare`] tells.
    Outdated(Headline),
    /// Somebody works at it; the last sign of life is so old.
    Running(Box<Heartbeat>, Duration),
    /// It cannot be done, or was given up.
    Failed(Failure),
    /// It was asked to stop, and can be resumed.
    Stopped,
    /// Whoever worked at it is gone; it can be resumed.
    Lost,
    /// It was not begun.
    Waiting,
}

/// The first figures of a report.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Headline {
    /// Share of test examples that are right; of real targets `None`.
    pub accuracy: Option<f64>,
    /// In nats per example.
    pub negative_log_likelihood: Option<f64>,
    /// Root mean squared error of real targets.
    pub root_mean_squared_error: Option<f64>,
}

/// Why a run has no result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    version: u32,
    /// When, UTC.
    pub at: String,
    /// The problem.
    pub message: String,
    /// What would fix it.
    pub help: Option<String>,
    /// Whether it is not the run that failed, but what the store holds of it that cannot be read. That is seen again
    /// each time and written down nowhere, so that it is over once it is fixed.
    #[serde(skip)]
    pub is_of_the_store: bool,
}

/// The version of the form.
const VERSION: u32 = 1;

impl Failure {
    /// A failure of now.
    pub fn new(message: String, help: Option<String>) -> Self {
        let at = timestamp(SystemTime::now()).to_string();
        Self { version: VERSION, at, message, help, is_of_the_store: false }
    }

    /// What the store holds of a run cannot be read.
    fn of_the_store(error: &StoreError) -> Self {
        Self { is_of_the_store: true, ..Self::new(error.to_string(), None) }
    }
}

/// How every run of a batch stands.
#[derive(Debug, Clone, PartialEq)]
pub struct States {
    /// By the runs' places in the batch.
    pub runs: Vec<RunState>,
}

impl States {
    /// Looks at the store.
    pub fn of(list: &WorkList) -> Self {
        let clock = StoreClock::of(&list.directory);
        Self { runs: list.items.par_iter().map(|item| state_of(list, item, &clock)).collect() }
    }

    /// The places of the runs of which `which` holds.
    pub fn places(&self, which: impl Fn(&RunState) -> bool) -> Vec<usize> {
        let all = self.runs.iter().enumerate();
        all.filter(|(_, state)| which(state)).map(|(place, _)| place).collect()
    }
}

impl RunState {
    /// Its name in tables and in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Finished(_) => "finished",
            Self::Outdated(_) => "outdated",
            Self::Running(..) => "running",
            Self::Failed(_) => "failed",
            Self::Stopped => "stopped",
            Self::Lost => "lost",
            Self::Waiting => "waiting",
        }
    }

    /// Whether there is something to do for it that nobody does: it was not begun, or can be resumed.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Stopped | Self::Lost | Self::Waiting)
    }
}

/// How one run stands. One of which the store holds something that cannot be read has failed, and says why; that is
/// nothing to the others.
pub fn state_of(list: &WorkList, item: &Item, clock: &StoreClock) -> RunState {
    look(list, item, clock).unwrap_or_else(|error| RunState::Failed(Failure::of_the_store(&error)))
}

fn look(list: &WorkList, item: &Item, clock: &StoreClock) -> Result<RunState, StoreError> {
    if let Some(result) = list.store.find_evaluation(&item.keys)? {
        return Ok(RunState::Finished(headline(&result)));
    }
    // An attempt that trains the same network for another report says nothing of this one.
    let last = list.store.last_attempt_for(&item.keys, clock)?;
    if let Some(attempt) = &last
        && attempt.is_alive()
        && let Some((heartbeat, age)) = &attempt.heartbeat
    {
        return Ok(RunState::Running(Box::new(heartbeat.clone()), *age));
    }
    if let Some(failure) = failure_of(list, item.index)? {
        return Ok(RunState::Failed(failure));
    }
    Ok(match last.map(|attempt| attempt.status) {
        Some(Some(RunStatus::Stopped)) => RunState::Stopped,
        Some(Some(RunStatus::Running | RunStatus::Finished) | None) => RunState::Lost,
        // It failed outside of this batch, which says nothing of why; it is tried here.
        Some(Some(RunStatus::Failed)) | None => RunState::Waiting,
    })
}

fn failure_path(list: &WorkList, index: usize) -> PathBuf {
    list.directory.join("failures").join(format!("{index:05}.json"))
}

/// Why a run was given up, if it was.
fn failure_of(list: &WorkList, index: usize) -> Result<Option<Failure>, StoreError> {
    let path = failure_path(list, index);
    match fs::read(&path) {
        Ok(text) => {
            let unreadable = |_| Failure::new(format!("`{}` cannot be read", path.display()), None);
            Ok(Some(serde_json::from_slice(&text).unwrap_or_else(unreadable)))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StoreError::Read { path, source }),
    }
}

/// Writes down why a run is given up.
///
/// # Errors
/// [`StoreError::Write`]
pub fn give_up(list: &WorkList, index: usize, failure: &Failure) -> Result<(), StoreError> {
    let text = serde_json::to_vec_pretty(failure).expect("a failure has only string keys");
    write_atomically(&failure_path(list, index), &text)
}

/// Forgets why a run was given up, so that it is tried again.
///
/// # Errors
/// [`StoreError::Write`]
pub fn take_up(list: &WorkList, index: usize) -> Result<(), StoreError> {
    let path = failure_path(list, index);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::Write { path, source: error }),
        _ => Ok(()),
    }
}

/// The first figures of a result. A report of another version shows none.
fn headline(result: &Path) -> Headline {
    #[derive(Deserialize)]
    struct Part {
        /// By the kind of thing that is predicted.
        scores: Option<BTreeMap<String, Scores>>,
        /// As versions before 8 had them.
        test: Option<Scores>,
        regression: Option<Scores>,
    }
    #[derive(Deserialize)]
    struct Scores {
        accuracy: Option<f64>,
        negative_log_likelihood: Option<f64>,
        root_mean_squared_error: Option<f64>,
    }
    let text = fs::read(result.join(REPORT)).unwrap_or_default();
    let part: Option<Part> = serde_json::from_slice(&text).ok();
    let scores = part.and_then(|part| {
        let of_kind = part.scores.and_then(|scores| scores.into_values().next());
        of_kind.or(part.test).or(part.regression)
    });
    scores.map_or_else(Headline::default, |scores| Headline {
        accuracy: scores.accuracy,
        negative_log_likelihood: scores.negative_log_likelihood,
        root_mean_squared_error: scores.root_mean_squared_error,
    })
}
