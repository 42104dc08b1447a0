//! Where finished runs are.

use crate::execute::ExecuteError;
use crate::store::{RUN_RECORD, RunRecord, RunStatus, Store, StoreError, read_run_record};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The directory of a result within that of its run.
const RESULT: &str = "result";

/// The results that a path means: of itself, if it is the directory of a result or of a run, else all of the store it
/// is, in the order of their names.
///
/// # Errors
/// [`ExecuteError::NoResult`] if it is none of these, or a store without a result.
pub fn results_at(path: &Path) -> Result<Vec<PathBuf>, ExecuteError> {
    for directory in [path.to_owned(), path.join(RESULT)] {
        if directory.join(RUN_RECORD).is_file() {
            return Ok(vec![directory]);
        }
    }
    let found = results_of_store(path)?;
    if found.is_empty() { Err(ExecuteError::NoResult { path: path.to_owned() }) } else { Ok(found) }
}

/// `<store>/ab/<identity>/result`, each that is there.
fn results_of_store(store: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut results = Vec::new();
    for prefix in folders(store)? {
        for run in folders(&prefix)? {
            let result = run.join(RESULT);
            if result.join(RUN_RECORD).is_file() {
                results.push(result);
            }
        }
    }
    Ok(results)
}

/// The folders in a folder, by name; none in what is no folder.
fn folders(path: &Path) -> Result<Vec<PathBuf>, StoreError> {
    if !path.is_dir() {
        return Ok(Vec::new());
    }
    let unreadable = |source| StoreError::Read { path: path.to_owned(), source };
    let mut found = Vec::new();
    for entry in path.read_dir().map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?.path();
        if entry.is_dir() {
            found.push(entry);
        }
    }
    found.sort();
    Ok(found)
}

/// The results of a store by what their runs mean. One meaning can have several: of another backend, other kernels, or
/// other data files.
#[derive(Debug, Clone, Default)]
pub struct ResultsByMeaning {
    /// By the digest of the IR; the last finished comes first.
    results: BTreeMap<String, Vec<(RunRecord, PathBuf)>>,
}

impl ResultsByMeaning {
    /// Looks through a store. What cannot be read, such as a record of another version, is passed over.
    ///
    /// # Errors
    /// [`ExecuteError::Store`] if a folder cannot be read.
    pub fn of(store: &Store) -> Result<Self, ExecuteError> {
        let mut results: BTreeMap<String, Vec<(RunRecord, PathBuf)>> = BTreeMap::new();
        for directory in results_of_store(store.root())? {
            let Ok(record) = read_run_record(&directory.join(RUN_RECORD)) else { continue };
            if record.status == RunStatus::Finished {
                results.entry(record.ir_digest.clone()).or_default().push((record, directory));
            }
        }
        for runs in results.values_mut() {
            let finished = |record: &RunRecord| record.finished.map(|time| time.to_string());
            runs.sort_by_key(|(record, _)| std::cmp::Reverse(finished(record)));
        }
        Ok(Self { results })
    }

    /// The directories of the results of a run, by the digest of its IR; the last finished comes first.
    pub fn of_run(&self, digest: &str) -> impl ExactSizeIterator<Item = &Path> {
        self.results.get(digest).map(Vec::as_slice).unwrap_or_default().iter().map(|(_, path)| path.as_path())
    }
}
