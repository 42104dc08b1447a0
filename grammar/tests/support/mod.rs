//! What the integration tests share.
// Each test file compiles this on its own and uses a part of it.
#![allow(dead_code)]

pub mod dump;
pub mod layout;

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

/// The `.elbo` files of the folders that belong to the repository as a whole, those of them that are there.
pub fn specs() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the repository");
    let mut files: Vec<PathBuf> = ["specs", "examples", "tests/ui/good", "tests/ui/bad"]
        .iter()
        .filter_map(|folder| std::fs::read_dir(root.join(folder)).ok())
        .flatten()
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "elbo"))
        .collect();
    files.sort();
    assert!(files.len() > 50, "the specs of the repository are not where they were");
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

/// What arbitrary texts are put together from.
pub const PIECES: &[&str] = &[
    "use",
    "prior",
    "posterior",
    "block",
    "model",
    "dataset",
    "train",
    "run",
    "sweep",
    "claim",
    "extends",
    "input",
    "image",
    "output",
    "default",
    "point",
    "bayes",
    "dropout",
    "mark",
    "as",
    "replace",
    "with",
    "insert",
    "after",
    "repeat",
    "residual",
    "shortcut",
    "relu",
    "linear",
    "conv1",
    "a",
    "language",
    "@allow(W1)",
    "true",
    "1",
    "3x3",
    "1e-3",
    "20min",
    "\"text\"",
    "\"",
    "\\",
    "# note\n",
    "## doc\n",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "{\n",
    "}\n",
    ",",
    ":",
    ";",
    "=",
    "==",
    "+",
    "-",
    "*",
    "/",
    "<",
    ">=",
    ".",
    "..",
    ".*",
    "@",
    "%",
    "ä",
    "\u{200b}",
    "\n",
    "\r\n",
    "\t",
    "\u{0}",
    "model m {\n",
    "train t {\n",
    "a: linear(10)\n",
    "x = 3\n",
];
