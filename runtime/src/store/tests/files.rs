use super::{identity, keys, names};
use crate::store::{Store, StoreError, write_atomically, write_folder_atomically};
use std::fs;

#[test]
fn a_file_is_replaced_whole_and_nothing_else_is_left() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("report.json");
    write_atomically(&path, b"first, and longer").expect("writes");
    write_atomically(&path, b"second").expect("writes");
    assert_eq!(fs::read(&path).expect("reads"), b"second");
    assert_eq!(names(folder.path()), ["report.json"]);
}

#[cfg(unix)]
#[test]
fn files_are_readable_by_others_as_the_umask_has_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("ordinary"), b"").expect("writes");
    write_atomically(&folder.path().join("atomic"), b"").expect("writes");
    write_folder_atomically(&folder.path().join("folder"), &[("inside".to_owned(), Vec::new())]).expect("writes");
    let mode = |name: &str| fs::metadata(folder.path().join(name)).expect("exists").permissions().mode() & 0o777;
    assert_eq!(mode("atomic"), mode("ordinary"));
    fs::create_dir(folder.path().join("ordinary folder")).expect("makes a folder");

    assert_eq!(mode("folder"), mode("ordinary folder"));
}

#[test]
fn a_folder_is_replaced_whole_and_nothing_else_is_left() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("figures");
    let file = |name: &str| (name.to_owned(), name.as_bytes().to_vec());
    write_folder_atomically(&path, &[file("a.svg"), file("b.svg")]).expect("writes");
    assert_eq!(names(&path), ["a.svg", "b.svg"]);
    write_folder_atomically(&path, &[file("c.svg")]).expect("writes");
    assert_eq!(fs::read(path.join("c.svg")).expect("reads"), b"c.svg");
    assert_eq!(names(&path), ["c.svg"]);
    assert_eq!(names(folder.path()), ["figures"]);
    // A name that is no file's: what was there stays.
    let message = write_folder_atomically(&path, &[file("d.svg"), file("no/such")]).expect_err("fails").to_string();
    assert!(message.contains("figures` could not be written"), "{message}");
    assert_eq!(names(&path), ["c.svg"]);
    assert_eq!(names(folder.path()), ["figures"]);
}

#[cfg(unix)]
#[test]
fn a_link_keeps_leading_to_the_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, link) = (folder.path().join("figures"), folder.path().join("link"));
    fs::create_dir(&path).expect("makes a folder");
    std::os::unix::fs::symlink(&path, &link).expect("makes a link");
    write_folder_atomically(&link, &[("a.svg".to_owned(), Vec::new())]).expect("writes");
    assert_eq!(names(&path), ["a.svg"]);
    assert!(fs::symlink_metadata(&link).expect("is there").is_symlink());
}

#[test]
fn a_failed_write_leaves_the_old_file_and_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    // A folder cannot be replaced by a file.
    let path = folder.path().join("report.json");
    fs::create_dir(&path).expect("makes a folder");
    fs::write(path.join("inside"), b"kept").expect("writes");
    let message = write_atomically(&path, b"new").expect_err("is a folder").to_string();
    assert!(message.contains("report.json` could not be written"), "{message}");
    assert_eq!(names(folder.path()), ["report.json"]);
    let missing = folder.path().join("no/such/folder/file");
    assert!(matches!(write_atomically(&missing, b""), Err(StoreError::Write { .. })));
}

#[test]
fn attempts_are_numbered_and_have_a_directory_each() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path().join("new/runs"));
    let first = store.begin(&keys()).expect("begins");
    let second = store.begin(&keys()).expect("begins");
    assert_eq!((first.number(), second.number()), (1, 2));
    assert!(first.directory().ends_with("attempt-0001"));
    fs::create_dir(store.run_directory(&identity()).join("attempt-0041")).expect("makes a folder");
    fs::create_dir(store.run_directory(&identity()).join("attempt-nonsense")).expect("makes a folder");
    assert_eq!(store.begin(&keys()).expect("begins").number(), 42);
    assert!(names(first.directory()).is_empty(), "the probe is gone");
    first.create_file("metrics.jsonl").expect("is new");
    assert!(first.create_file("metrics.jsonl").is_err(), "a log is never overwritten");
}

#[test]
fn attempts_begun_at_once_get_different_directories() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path());
    let mut numbers: Vec<u32> = std::thread::scope(|scope| {
        let begin = || store.begin(&keys()).expect("begins").number();
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(begin)).collect();
        threads.into_iter().map(|thread| thread.join().expect("ends")).collect()
    });
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn a_store_that_cannot_be_written_is_found_before_training() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("runs");
    fs::write(&file, b"a file, not a folder").expect("writes");
    let error = Store::new(&file).begin(&keys()).expect_err("cannot begin");
    assert!(matches!(error, StoreError::NotWritable { .. }));
    let message = error.to_string();
    assert!(message.starts_with(&format!("the run directory `{}", file.display())), "{message}");
    assert!(message.contains(&format!("`{}` is a file, not a folder; choose another", file.display())), "{message}");
}

#[test]
fn a_result_that_is_no_folder_is_an_error_and_not_absent() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path());
    assert_eq!(store.find_training(&identity()).expect("can be found out"), None);
    fs::create_dir_all(store.run_directory(&identity())).expect("makes a folder");
    fs::write(store.training_directory(&identity()), b"").expect("writes");
    assert!(matches!(store.find_training(&identity()), Err(StoreError::Content { .. })));
}
