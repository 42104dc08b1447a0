//! Which files the arguments of a command mean: files, folders, patterns, standard input.

use crate::files::STDIN;
use elbo_compiler::sources::Sources;
use glob::{MatchOptions, Pattern, glob_with};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// `*` stays within a folder, and neither it nor `**` goes into hidden ones, as in a shell.
const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// The files that `arguments` mean, each once, in the order given; those of a folder or pattern by name. What is
/// neither a folder nor a pattern is a file, whether it is there or not: whoever reads it will say.
///
/// # Errors
/// A sentence, if a folder or pattern gives no file, or cannot be followed.
pub fn expand(arguments: &[String], sources: &dyn Sources) -> Result<Vec<String>, String> {
    let mut files = Vec::new();
    let mut seen = HashSet::new();
    for argument in arguments {
        for file in one(argument)? {
            let spelling = sources.resolve(None, &file).unwrap_or_else(|_| file.clone());
            if seen.insert(spelling) {
                files.push(file);
            }
        }
    }
    Ok(files)
}

/// The specs of a project, by name: all below its folder if an `elbo.toml` marks it; of a folder that nothing marks, which may
/// be somebody's home, those right in it. None where it cannot be looked into.
pub fn specs_of(project: &Path) -> Vec<PathBuf> {
    let pattern = if project.join("elbo.toml").is_file() { "**/*.elbo" } else { "*.elbo" };
    let below = Path::new(&Pattern::escape(&project.to_string_lossy())).join(pattern);
    matches(&below.to_string_lossy()).unwrap_or_default().into_iter().map(PathBuf::from).collect()
}

fn one(argument: &str) -> Result<Vec<String>, String> {
    if argument == "-" { Ok(vec![STDIN.to_owned()]) } else { files_of(Path::new(""), argument) }
}

/// The files that a path, a folder or a pattern means, which is relative to `folder`; those of a folder or pattern by name.
///
/// # Errors
/// A sentence, if a folder or pattern gives no file, or cannot be followed.
pub fn files_of(folder: &Path, written: &str) -> Result<Vec<String>, String> {
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
    Ok(vec![text])
}

fn matches(pattern: &str) -> Result<Vec<String>, String> {
    let paths = glob_with(pattern, OPTIONS).map_err(|error| format!("`{pattern}` is no pattern: {}", error.msg))?;
    let mut files = Vec::new();
    for path in paths {
        let path =
            path.map_err(|error| format!("`{}` cannot be looked into: {}", error.path().display(), error.error()))?;
        if !path.is_dir() {
            files.push(path.to_string_lossy().into_owned());
        }
    }
    files.sort();
    Ok(files)
}
