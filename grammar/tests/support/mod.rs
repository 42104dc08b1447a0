//! What the integration tests share.
// Each test file compiles this on its own and uses a part of it.
#![allow(dead_code)]

pub mod dump;

use std::path::{Path, PathBuf};

/// The `.elbo` files of a folder under `tests/`, by name.
pub fn files(folder: &str) -> Vec<(String, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder is part of the repository")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "elbo"))
        .map(|path| (path.file_stem().expect("a file name").to_string_lossy().into_owned(), path))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} holds no case", folder.display());
    files
}

/// The text of a file.
pub fn text(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a readable file of UTF-8 text")
}

/// Line and column of an offset, both from 1; columns count characters.
pub fn line_column(source: &str, offset: usize) -> (usize, usize) {
    let before = &source[..offset];
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
}
