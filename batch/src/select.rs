//! Which files a manifest's `specs` mean.

use crate::manifest::Selection;
use elbo_compiler::diagnostic::Span;
use glob::Pattern;
use std::collections::BTreeMap;
use std::path::Path;

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

/// The files that are meant, each once, in the order given. `expand` gives the files of a path, a folder or a pattern,
/// or says why there are none.
///
/// # Errors
/// Every selection that gives no file.
pub fn select(
    selections: &[Selection],
    expand: impl Fn(&str) -> Result<Vec<String>, String>,
) -> Result<Vec<Selected>, Vec<SelectError>> {
    let mut selected: Vec<Selected> = Vec::new();
    let mut places = BTreeMap::new();
    let mut errors = Vec::new();
    for selection in selections {
        let files = match expand(&selection.files) {
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
