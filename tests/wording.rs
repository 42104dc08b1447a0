//! No text of the project says what statistics do not support: sources, pages, documentation, specs, expected output.

use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const FORBIDDEN: &str = include_str!("wording/forbidden.txt");

/// Every text below a folder or at a file.
fn texts(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let entries = std::fs::read_dir(path).expect("a folder of the project");
        for entry in entries {
            let entry = entry.expect("readable").path();
            let name = entry.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if !matches!(name.as_str(), "target" | "node_modules") && !name.starts_with('.') {
                texts(&entry, found);
            }
        }
        return;
    }
    let kinds = ["rs", "md", "elbo", "trycmd", "json", "toml", "txt", "snap", "case", "py", "mjs", "stderr", "stdout"];
    if path.extension().is_some_and(|kind| kinds.iter().any(|known| kind == *known)) {
        found.push(path.to_owned());
    }
}

/// In lower case, in one line, without what a source puts between the words of a text.
fn plain(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let line = line.trim().trim_end_matches('\\');
        line.trim_start_matches("///").trim_start_matches("//!").trim_start_matches("//").trim_start_matches('#')
    });
    let joined = lines.collect::<Vec<_>>().join(" ").replace('*', "").replace('’', "'").to_lowercase();
    joined.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn forbidden() -> impl Iterator<Item = &'static str> {
    FORBIDDEN.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty())
}

#[test]
fn texts_are_read_across_lines_and_markup() {
    let text = "    /// What of it *comes\n    /// from* the data \\\n        and STAYS";
    assert!(plain(text).contains("comes from the data and stays"));
    assert!(forbidden().count() > 10);
}

#[test]
fn no_text_says_what_is_forbidden() {
    let mut files = Vec::new();
    for part in [
        "README.md",
        "ARCHITECTURE.md",
        "src",
        "grammar",
        "compiler",
        "runtime",
        "batch",
        "docs",
        "specs",
        "examples",
        "tests",
    ] {
        texts(&Path::new(ROOT).join(part), &mut files);
    }
    assert!(files.len() > 300, "{} files", files.len());
    let mut found = Vec::new();
    for file in files
        .iter()
        .filter(|file| !file.ends_with("tests/wording/forbidden.txt") && !file.ends_with("tests/wording.rs"))
    {
        let Ok(text) = std::fs::read_to_string(file) else { continue };
        let text = plain(&text);
        let place = file.strip_prefix(ROOT).unwrap_or(file).display();
        found.extend(forbidden().filter(|phrase| text.contains(phrase)).map(|phrase| format!("{place}: {phrase}")));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
