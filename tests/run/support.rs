//! The program, its results, and files for it to read.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::time::Duration;

/// Runs the program in a folder.
pub fn elbo(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_elbo"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("ELBO_DATA")
        .output()
        .expect("the binary has just been built")
}

/// The folders of runs below a store, by name.
pub fn runs(store: &Path) -> Vec<PathBuf> {
    let entries = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let all = entries(store.to_owned()).flat_map(entries);
    let mut runs: Vec<PathBuf> = all.filter(|path| path.file_name().is_some_and(|name| name.len() == 64)).collect();
    runs.sort();
    runs
}

/// The evaluations below a store, by name.
pub fn evaluations(store: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for run in runs(store) {
        let entries = fs::read_dir(run.join("evaluations")).into_iter().flatten().flatten();
        let whole = entries.map(|entry| entry.path()).filter(|path| path.join("evaluation.toml").is_file());
        found.extend(whole);
    }
    found.sort();
    found
}

/// The only evaluation below a store.
pub fn result(store: &Path) -> PathBuf {
    let mut found = evaluations(store);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

/// The training that an evaluation belongs to.
pub fn training(evaluation: &Path) -> PathBuf {
    evaluation.parent().expect("it lies among evaluations").with_file_name("training")
}

/// What a file of an evaluation or of its training holds.
pub fn read(evaluation: &Path, file: &str) -> Vec<u8> {
    let own = evaluation.join(file);
    let path = if own.is_file() { own } else { training(evaluation).join(file) };
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// An IDX file of one-byte values.
pub fn idx(sizes: &[u32], values: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, sizes.len() as u8];
    for size in sizes {
        bytes.extend(size.to_be_bytes());
    }
    bytes.extend(values);
    bytes
}

/// What a program said on standard error.
pub fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Waits until a child has ended or `condition` holds; whether it still runs.
pub fn wait_until(child: &mut Child, condition: impl Fn() -> bool) -> bool {
    loop {
        if child.try_wait().expect("it is a child").is_some() {
            return false;
        }
        if condition() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The files of checkpoints in a store, `.json` and `.safetensors`, each attempt's in the order of their steps.
pub fn checkpoints(store: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = |folder: PathBuf| {
        let found = fs::read_dir(folder).into_iter().flatten();
        let mut found: Vec<PathBuf> = found.map_while(Result::ok).map(|entry| entry.path()).collect();
        found.sort();
        found
    };
    let attempts = entries(store.to_owned()).into_iter().flat_map(entries).flat_map(entries);
    let files = attempts.flat_map(|attempt| entries(attempt.join("checkpoints")));
    files.filter(|path| path.extension().is_some_and(|found| found == ending)).collect()
}

/// Whether two results agree in every byte but times.
pub fn assert_equal(found: &Path, expected: &Path) {
    assert_same_training(found, expected);
    assert!(read(found, "ir.json") == read(expected, "ir.json"), "ir.json differs");
}

/// The same where another command trained than scored, so that what is no part of a training's key may differ in its IR.
pub fn assert_same_training(found: &Path, expected: &Path) {
    for file in ["weights.safetensors", "report.json", "report.html", "predictions.csv", "spec.elbo"] {
        assert!(read(found, file) == read(expected, file), "{file} differs");
    }
    let metrics = |result: &Path| {
        let text = String::from_utf8(read(result, "metrics.jsonl")).expect("JSON is UTF-8");
        let line = |line: &str| line.split(",\"images_per_second\"").next().expect("one part at least").to_owned();
        text.lines().map(line).collect::<Vec<_>>()
    };
    assert_eq!(metrics(found), metrics(expected));
}

/// Sends a signal, such as `-INT`.
#[cfg(unix)]
pub fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status();
    assert!(sent.expect("there is `kill`").success());
}

/// Whether a process that has been started listens to signals by now.
#[cfg(target_os = "linux")]
pub fn listens(process: u32) -> bool {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let mut names = threads.filter_map(|thread| fs::read_to_string(thread.path().join("comm")).ok());
    names.any(|name| name.trim() == "signals")
}
