use super::{data, identity, keys, parts};
use crate::store::{Comparison, ResultFile, RunRecord, RunStatus, Store, StoreError, open_training, timestamp};
use std::fs;
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

/// A published result of two files with their digests in its record.
fn published(store: &Store) -> PathBuf {
    let mut files = vec![
        ResultFile::new("report.json", "{}", Comparison::Exact),
        ResultFile::new("weights.safetensors", "w", Comparison::Exact),
    ];
    let mut record = RunRecord::begin(&parts(), data(), timestamp(UNIX_EPOCH));
    record.status = RunStatus::Finished;
    record.files = files.iter().map(|file| (file.name.clone(), file.sha256())).collect();
    files.push(ResultFile::new("run.toml", record.to_toml(), Comparison::Recorded));
    store.begin(&keys()).expect("begins").publish_training(&files).expect("publishes").directory().to_owned()
}

#[test]
fn a_whole_result_opens_with_its_record() {
    let folder = tempfile::tempdir().expect("a folder");
    let result = published(&Store::new(folder.path()));
    let record = open_training(&result).expect("is whole");
    assert_eq!(record.identity, identity());
    // echo -n w | sha256sum
    assert_eq!(record.files["weights.safetensors"], "50e721e49c013f00c62cf59f2163542a9d8df02464efeb615d31051b0fddc326");
    // A file of one's own beside them is nobody's business.
    fs::write(result.join("notes.txt"), "mine").expect("writes");
    assert!(open_training(&result).is_ok());
}

#[test]
fn altered_and_missing_files_are_named_with_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let result = published(&Store::new(folder.path()));
    fs::write(result.join("report.json"), "{ }").expect("writes");
    let error = open_training(&result).expect_err("was altered");
    assert!(matches!(&error, StoreError::Altered { file, .. } if file == "report.json"));
    let message = error.to_string();
    assert!(message.starts_with("`report.json` of the result in `") && message.contains("run again"), "{message}");
    fs::remove_file(result.join("report.json")).expect("removes");
    let message = open_training(&result).expect_err("is missing").to_string();
    assert!(message.contains("is missing; put it back, or remove the folder"), "{message}");
    fs::remove_file(result.join("run.toml")).expect("removes");
    assert!(matches!(open_training(&result), Err(StoreError::Read { .. })));
}

#[test]
fn a_record_without_digests_is_no_result() {
    let folder = tempfile::tempdir().expect("a folder");
    let running = RunRecord::begin(&parts(), data(), timestamp(UNIX_EPOCH));
    fs::write(folder.path().join("run.toml"), running.to_toml()).expect("writes");
    let message = open_training(folder.path()).expect_err("is none").to_string();
    assert!(message.contains("not the record of a finished run"), "{message}");
}
