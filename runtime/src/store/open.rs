//! Reading a published result: only if its files are what was published.

use super::{
    EVALUATION_RECORD, EVALUATIONS, EvaluationRecord, Identity, RUN_RECORD, RunRecord, RunStatus, StoreError, TRAINING,
    read_evaluation_record, read_run_record,
};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::ffi::OsStr;
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

/// Refuses a training whose folder is named after another one: somebody copied it there.
pub(super) fn check_training_place(directory: &Path, identity: &Identity) -> Result<(), StoreError> {
    let place = directory.parent().filter(|_| directory.ends_with(TRAINING));
    let named = place.and_then(Path::file_name).and_then(OsStr::to_str).and_then(|name| Identity::parse(name).ok());
    match named {
        Some(named) if named != *identity => {
            Err(elsewhere(&directory.join(RUN_RECORD), identity.as_str(), named.as_str()))
        }
        _ => Ok(()),
    }
}

/// Refuses an evaluation whose folder is named after another one, or lies in that of another training.
pub(super) fn check_evaluation_place(directory: &Path, record: &EvaluationRecord) -> Result<(), StoreError> {
    let Some(evaluations) = directory.parent().filter(|parent| parent.ends_with(EVALUATIONS)) else { return Ok(()) };
    let path = directory.join(EVALUATION_RECORD);
    let own = directory.file_name().and_then(OsStr::to_str).unwrap_or_default();
    if own != record.identity.short() {
        return Err(elsewhere(&path, record.identity.as_str(), own));
    }
    let training = evaluations.parent().and_then(Path::file_name).and_then(OsStr::to_str);
    match training.and_then(|name| Identity::parse(name).ok()) {
        Some(named) if named != record.training => Err(elsewhere(&path, record.training.as_str(), named.as_str())),
        _ => Ok(()),
    }
}

fn elsewhere(path: &Path, found: &str, expected: &str) -> StoreError {
    StoreError::content(
        path,
        format!(
            "it is of the run {found}, but lies in the folder of {expected}: results of another run were copied there; \
             move them away and run again"
        ),
    )
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

/// SHA-256 in lower-case hexadecimal.
pub(super) fn sha256(content: &[u8]) -> String {
    hexadecimal(&Sha256::digest(content))
}

/// In lower-case hexadecimal.
pub(super) fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
