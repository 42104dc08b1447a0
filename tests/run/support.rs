//! The program, its results, and files for it to read.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

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
