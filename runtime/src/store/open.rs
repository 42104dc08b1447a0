//! Reading a published result: only if its files are what was published.

use super::digest::sha256;
use super::layout::{check_evaluation_place, check_training_place};
use super::{
    EVALUATION_RECORD, EvaluationRecord, RUN_RECORD, RunRecord, RunStatus, StoreError, read_evaluation_record,
    read_run_record,
};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// The record of a published training, once each of its files is found to be as it was published.
///
/// # Errors
/// [`StoreError::Read`] and [`StoreError::Content`] if there is no record of a finished training, [`StoreError::Missing`] and
/// [`StoreError::Altered`] for the first file, by name, that is gone or holds something else.
pub fn open_training(directory: &Path) -> Result<RunRecord, StoreError> {
    let path = directory.join(RUN_RECORD);
    let record = read_run_record(&path)?;
    if record.status != RunStatus::Finished || record.files.is_empty() {
        return Err(StoreError::content(&path, "it is not the record of a finished run"));
    }
    check_training_place(directory, &record.identity)?;
    check_files(directory, &record.files)?;
    Ok(record)
}

/// The record of a published evaluation, once each of its files is found to be as it was published.
///
/// # Errors
/// As of [`open_training`].
pub fn open_evaluation(directory: &Path) -> Result<EvaluationRecord, StoreError> {
    let path = directory.join(EVALUATION_RECORD);
    let record = read_evaluation_record(&path)?;
    if record.files.is_empty() {
        return Err(StoreError::content(&path, "it names no file"));
    }
    check_evaluation_place(directory, &record)?;
    check_files(directory, &record.files)?;
    Ok(record)
}

fn check_files(directory: &Path, files: &BTreeMap<String, String>) -> Result<(), StoreError> {
    for (name, expected) in files {
        let file = directory.join(name);
        match fs::read(&file) {
            Ok(content) if sha256(&content) == *expected => {}
            Ok(_) => return Err(StoreError::Altered { file: name.clone(), result: directory.to_owned() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::Missing { file: name.clone(), result: directory.to_owned() });
            }
            Err(error) => return Err(StoreError::read(&file)(error)),
        }
    }
    Ok(())
}
