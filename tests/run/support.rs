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

/// The only result below a store.
pub fn result(store: &Path) -> PathBuf {
    let mut found = Vec::new();
    for prefix in store.read_dir().expect("the store is there") {
        for run in prefix.expect("readable").path().read_dir().expect("readable") {
            let result = run.expect("readable").path().join("result");
            if result.is_dir() {
                found.push(result);
            }
        }
    }
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
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
    for file in ["weights.safetensors", "report.json", "report.html", "predictions.csv", "ir.json", "spec.elbo"] {
        let bytes = |result: &Path| fs::read(result.join(file)).expect("every result has it");
        assert!(bytes(found) == bytes(expected), "{file} differs");
    }
    let metrics = |result: &Path| {
        let text = fs::read_to_string(result.join("metrics.jsonl")).expect("every result has it");
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
