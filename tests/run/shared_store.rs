//! Stores that several processes use at once, and whose clocks are wrong.

use super::support::{checkpoints, result, signal, text, wait_until};
use super::trial::{MIXED, Trial};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Every file below a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("it is there") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            found.extend(files(&path));
        }
        found.push(path);
    }
    found.sort();
    found
}

/// What each file of a folder holds.
fn content(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let files = files(folder).into_iter().filter(|path| path.is_file());
    files.map(|path| (path.clone(), fs::read(&path).expect("it can be read"))).collect()
}

#[cfg(unix)]
#[test]
fn two_processes_at_one_run_come_to_one_result() {
    let trial = Trial::new(MIXED, "native");
    let store = trial.store();
    let mut first = trial.start();
    assert!(wait_until(&mut first, || !checkpoints(&store, "json").is_empty()), "it ended by itself");
    let of_second = || checkpoints(&store, "json").iter().any(|path| path.to_string_lossy().contains("attempt-0002"));
    signal(&first, "-STOP");
    let mut second = trial.start();
    assert!(wait_until(&mut second, of_second), "it ended by itself");
    signal(&second, "-STOP");
    signal(&first, "-CONT");
    let output = first.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", text(&output));
    trial.check();
    let published = content(&result(&store));
    // The first has removed what the second has saved.
    assert!(checkpoints(&store, "json").is_empty());
    signal(&second, "-CONT");
    let output = second.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", text(&output));
    assert!(text(&output).contains("resumed at step ") && !output.stdout.is_empty(), "{}", text(&output));
    assert!(content(&result(&store)) == published, "the second left the result of the first as it was");
    assert!(checkpoints(&store, "json").is_empty());
}

#[test]
fn processes_that_begin_a_run_at_once_all_come_to_its_result() {
    let trial = Trial::new(MIXED, "native");
    let children = [(); 4].map(|()| trial.start_with(&["--fresh"]));
    for child in children {
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{}", text(&output));
        assert!(!output.stdout.is_empty());
    }
    trial.check();
    let left: Vec<_> = files(&trial.store()).into_iter().filter(|path| is_left_over(path)).collect();
    assert_eq!(left, [""; 0].map(PathBuf::from));
}

/// Whether it is something that no run that ended well leaves.
fn is_left_over(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.') || name == "checkpoints")
}

#[test]
fn files_of_any_date_change_nothing() {
    let trial = Trial::new(MIXED, "native");
    let store = trial.store();
    let date = |time: SystemTime| {
        for path in files(&store) {
            File::open(&path).and_then(|file| file.set_modified(time)).expect("it is one's own");
        }
    };
    let century = Duration::from_secs(3_155_760_000);
    for time in [SystemTime::now() + century, SystemTime::UNIX_EPOCH] {
        let mut child = trial.start();
        assert!(wait_until(&mut child, || checkpoints(&store, "json").len() > 1), "it ended by itself");
        child.kill().expect("it is a child");
        child.wait().expect("it has ended");
        // The checkpoint that is to be used is older than the one before.
        date(time);
        let newest = checkpoints(&store, "json").pop().expect("there is one");
        File::open(&newest).and_then(|file| file.set_modified(SystemTime::UNIX_EPOCH)).expect("it is one's own");
        let steps = newest.file_stem().and_then(|name| name.to_str()?.parse::<u64>().ok()).expect("it is a number");
        assert!(trial.finish().contains(&format!("resumed at step {steps} of 52")));
        date(time);
        assert!(trial.finish().contains("this run was finished before"));
        fs::remove_dir_all(&store).expect("it can be removed");
    }
}
