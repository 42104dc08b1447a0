//! A finished run as an export reads it.

use super::ExportError;
use crate::backend::Parameters;
use crate::execute::{ExecuteError, METRICS, page_input_of};
use crate::finished::{FinishedRun, results_at};
use crate::report::page::PageInput;
use crate::store::{RUN_RECORD, StoreError, WEIGHTS, read_result_weights, read_run_record};
use crate::train::{StepRecord, read_steps};
use std::path::{Path, PathBuf};

/// A finished run with everything its report holds.
#[derive(Debug)]
pub(super) struct Source {
    /// The run.
    pub finished: FinishedRun,
    /// What its figures are drawn of.
    pub input: PageInput,
}

impl Source {
    /// Opens the result that a path means.
    pub fn open(path: &Path) -> Result<Self, ExportError> {
        let finished = FinishedRun::open(&result_directory(path)?)?;
        let input = page_input_of(&finished.report, (&finished.directory, &finished.training))?;
        Ok(Self { finished, input })
    }

    /// The directory of the result.
    pub fn directory(&self) -> &Path {
        &self.finished.directory
    }

    /// The directory of the training and all its evaluations, which nothing is written into.
    pub fn run_directory(&self) -> &Path {
        self.finished.training.parent().unwrap_or(&self.finished.training)
    }

    /// The run's name in its spec.
    pub fn name(&self) -> &str {
        &self.finished.report.run.name
    }

    /// Every step of its training.
    pub fn steps(&self) -> Result<Vec<StepRecord>, ExportError> {
        let path = self.finished.training.join(METRICS);
        let text = std::fs::read_to_string(&path).map_err(|source| StoreError::Read { path: path.clone(), source })?;
        read_steps(&text).map_err(|problem| StoreError::Content { path, problem }.into())
    }

    /// The network's parameters.
    pub fn parameters(&self) -> Result<Parameters, ExportError> {
        Ok(read_result_weights(&self.finished.training.join(WEIGHTS))?)
    }
}

/// The directory of the only result that is meant.
fn result_directory(path: &Path) -> Result<PathBuf, ExportError> {
    let no_run = |problem| ExportError::NoRun { path: path.to_owned(), problem };
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => return Err(no_run("it is a file")),
        Err(_) => return Err(no_run("there is no such directory")),
    }
    let unfinished = || ExportError::Unfinished { path: path.to_owned() };
    let is_attempt = |path: &Path| read_run_record(&path.join(RUN_RECORD)).is_ok();
    let mut found = match results_at(path) {
        Ok(found) => found,
        Err(error @ ExecuteError::Store(StoreError::Older { .. })) => return Err(error.into()),
        // Where attempts are, there may be a result one day.
        Err(_) if is_attempt(path) || path.join("attempt-0001").is_dir() => return Err(unfinished()),
        Err(_) => return Err(no_run("it holds no `evaluation.toml`")),
    };
    let (Some(only), 0) = (found.pop(), found.len()) else {
        return Err(no_run("it holds the results of several runs, or several evaluations of one"));
    };
    Ok(only)
}
