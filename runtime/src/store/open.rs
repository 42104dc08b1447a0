//! Reading a published result: only if its files are what was published.

use super::{RUN_RECORD, RunRecord, RunStatus, StoreError, read_run_record};
use sha2::{Digest, Sha256};
use std::fs;
use std::io;
use std::path::Path;

/// The record of a result, once each of its files is found to be as it was published.
///
/// # Errors
/// [`StoreError::Read`] and [`StoreError::Content`] if there is no record of a finished run, [`StoreError::Missing`] and
/// [`StoreError::Altered`] for the first file, by name, that is gone or holds something else.
pub fn open_result(directory: &Path) -> Result<RunRecord, StoreError> {
    let path = directory.join(RUN_RECORD);
    let record = read_run_record(&path)?;
    if record.status != RunStatus::Finished || record.files.is_empty() {
        return Err(StoreError::content(&path, "it is not the record of a finished run"));
    }
    for (name, expected) in &record.files {
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
    Ok(record)
}

/// SHA-256 in lower-case hexadecimal.
pub(super) fn sha256(content: &[u8]) -> String {
    hexadecimal(&Sha256::digest(content))
}

/// In lower-case hexadecimal.
pub(super) fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
