//! Which files a manifest's `specs` mean.

use crate::manifest::Selection;
use elbo_compiler::diagnostic::Span;
use glob::{MatchOptions, Pattern, glob_with};
use std::collections::BTreeMap;
use std::path::Path;

/// `*` stays within a folder, and neither it nor `**` goes into hidden ones, as in a shell.
const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// A spec file and which of its runs and sweeps are meant.
#[derive(Debug, Clone, PartialEq)]
pub struct Selected {
    /// The file's path.
    pub file: String,
    /// The names that are meant, each with the place where it is asked for; `None` is all.
    pub names: Vec<(Option<Pattern>, Span)>,
}

impl Selected {
    /// Whether a run or sweep of the file is meant.
    pub fn includes(&self, name: &str) -> bool {
        self.names.iter().any(|(pattern, _)| pattern.as_ref().is_none_or(|pattern| pattern.matches(name)))
    }
}

/// A selection that means no file, or cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectError {
    /// What is wrong.
    pub message: String,
    /// Where it is written.
    pub span: Span,
}

/// The files that are meant, each once, in the order given; those of a folder or pattern by name. Paths are relative
/// to `folder`.
///
/// # Errors
/// Every selection that gives no file.
pub fn select(selections: &[Selection], folder: &Path) -> Result<Vec<Selected>, Vec<SelectError>> {
    let mut selected: Vec<Selected> = Vec::new();
    let mut places = BTreeMap::new();
    let mut errors = Vec::new();
    for selection in selections {
        let files = match files(&selection.files, folder) {
            Ok(files) => files,
            Err(message) => {
                errors.push(SelectError { message, span: selection.span });
                continue;
            }
        };
        for file in files {
            let real = Path::new(&file).canonicalize().unwrap_or_else(|_| file.clone().into());
            let place = *places.entry(real).or_insert_with(|| {
                selected.push(Selected { file, names: Vec::new() });
                selected.len() - 1
            });
            selected[place].names.push((selection.names.clone(), selection.span));
        }
    }
    if errors.is_empty() { Ok(selected) } else { Err(errors) }
}

fn files(written: &str, folder: &Path) -> Result<Vec<String>, String> {
    let path = folder.join(written);
    let text = path.to_string_lossy().into_owned();
    if path.is_dir() {
        let below = Path::new(&Pattern::escape(&text)).join("**/*.elbo");
        let files = matches(&below.to_string_lossy())?;
        return if files.is_empty() { Err(format!("there is no `.elbo` file in `{text}`")) } else { Ok(files) };
    }
    if written.contains(['*', '?', '[']) && !path.exists() {
        // What the folder is called is no pattern.
        let pattern = Path::new(&Pattern::escape(&folder.to_string_lossy())).join(written);
        let files = matches(&pattern.to_string_lossy())?;
        return if files.is_empty() { Err(format!("`{text}` matches no file")) } else { Ok(files) };
    }
    if path.is_file() { Ok(vec![text]) } else { Err(format!("there is no file `{text}`")) }
}

fn matches(pattern: &str) -> Result<Vec<String>, String> {
    let paths = glob_with(pattern, OPTIONS).map_err(|error| format!("`{pattern}` is no pattern: {}", error.msg))?;
    let mut files = Vec::new();
    for path in paths {
        let path =
            path.map_err(|error| format!("`{}` cannot be looked into: {}", error.path().display(), error.error()))?;
        if path.is_file() {
            files.push(path.to_string_lossy().into_owned());
        }
    }
    files.sort();
    Ok(files)
}
