//! Which files the arguments of a command mean: files, folders, patterns, standard input.

use super::walk::{Skipped, Walked, matches, not_unicode, specs_below};
use elbo_compiler::sources::Sources;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// The name standard input is known by.
pub const STDIN: &str = "<stdin>";

/// The files that `arguments` mean, each once, in the order given; those of a folder or pattern by name. What is
/// neither a folder nor a pattern is a file, whether it is there or not: whoever reads it will say. What is skipped is
/// told to `note`.
///
/// # Errors
/// A sentence, if a folder or pattern gives no file, or cannot be followed.
pub fn expand(arguments: &[String], sources: &dyn Sources, note: &dyn Fn(&Skipped)) -> Result<Vec<String>, String> {
    let mut files = Vec::new();
    let mut seen = HashSet::new();
    for argument in arguments {
        for file in one(argument, note)? {
            let spelling = sources.resolve(None, &file).unwrap_or_else(|_| file.clone());
            if seen.insert(spelling) {
                files.push(file);
            }
        }
    }
    Ok(files)
}

/// The specs of a project, by name: all below its folder if an `elbo.toml` marks it; of a folder that nothing marks,
/// which may be somebody's home, those right in it. None where it cannot be looked into.
pub fn specs_of(project: &Path) -> Vec<PathBuf> {
    let pattern = if project.join("elbo.toml").is_file() { "**/*.elbo" } else { "*.elbo" };
    let walked = matches(project, pattern).unwrap_or_default();
    walked.files.into_iter().map(PathBuf::from).collect()
}

fn one(argument: &str, note: &dyn Fn(&Skipped)) -> Result<Vec<String>, String> {
    if argument == "-" { Ok(vec![STDIN.to_owned()]) } else { files_of(Path::new(""), argument, note) }
}

/// The files that a path, a folder or a pattern means, which is relative to `folder`; those of a folder or pattern by
/// name. What is skipped is told to `note`.
///
/// # Errors
/// A sentence, if a folder or pattern gives no file, or cannot be followed.
pub fn files_of(folder: &Path, written: &str, note: &dyn Fn(&Skipped)) -> Result<Vec<String>, String> {
    let path = folder.join(written);
    if path.is_dir() {
        return some(specs_below(&path)?, note, || format!("there is no `.elbo` file in `{}`", path.display()));
    }
    if written.contains(['*', '?', '[']) && !path.exists() {
        return some(matches(folder, written)?, note, || format!("`{}` matches no file", path.display()));
    }
    path.into_os_string().into_string().map(|path| vec![path]).map_err(|path| not_unicode(&path))
}

/// The files of a walk, which are to be some.
fn some(walked: Walked, note: &dyn Fn(&Skipped), none: impl FnOnce() -> String) -> Result<Vec<String>, String> {
    walked.skipped.iter().for_each(note);
    if walked.files.is_empty() { Err(none()) } else { Ok(walked.files) }
}
