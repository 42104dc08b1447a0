//! The one walk over folders: what lies below a folder, or what a pattern matches.
//!
//! Links to folders are followed, and each folder once, so that links in a cycle end. What stores keep is left out,
//! and so is what is hidden.

use crate::store::BY_NAME;
use glob::{MatchOptions, Pattern};
use std::collections::{HashMap, HashSet, VecDeque};
use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// More folders than any project has; the walk ends there.
const MOST_FOLDERS: usize = 100_000;

/// `*` stays within a folder, and neither it nor `**` goes into hidden ones, as in a shell.
const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// Folders of a store beside those of its runs.
const OF_A_STORE: [&str; 2] = ["batches", BY_NAME];

/// What a walk has come by.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Walked {
    /// Regular files, by name.
    pub(super) files: Vec<String>,
    /// What would belong to them and cannot be taken, by name.
    pub(super) skipped: Vec<Skipped>,
}

/// What a walk has left out. `Display` says why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skipped {
    /// What is no regular file, such as a pipe: its path.
    NoFile(String),
    /// A folder that cannot be looked into: a sentence. There may be files in it.
    Folder(String),
}

impl std::fmt::Display for Skipped {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoFile(path) => write!(formatter, "`{path}` is skipped: it is no regular file"),
            Self::Folder(sentence) => write!(
                formatter,
                "{sentence}\n  help: what is in it is left out; make it a folder that you may read, or name others"
            ),
        }
    }
}

/// One part of a pattern.
#[derive(Debug, Clone)]
enum Part {
    /// `**`: this folder and all below it.
    AnyFolders,
    /// A name, or a pattern of names.
    Names(Pattern),
    /// A name that is no pattern, `..`, or the root.
    Exactly(PathBuf),
}

/// The files that `pattern` matches, relative to `folder`.
///
/// # Errors
/// A sentence, if it is no pattern, or a folder cannot be followed, or a file's name is not UTF-8.
pub(super) fn matches(folder: &Path, pattern: &str) -> Result<Walked, String> {
    Walk::default().through(folder, parts_of(pattern)?)
}

fn parts_of(pattern: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    for component in Path::new(pattern).components() {
        parts.push(match component {
            Component::Normal(name) if name == "**" => Part::AnyFolders,
            Component::Normal(name) if name.to_string_lossy().contains(['*', '?', '[']) => {
                let names = Pattern::new(&name.to_string_lossy());
                Part::Names(names.map_err(|error| format!("`{pattern}` is no pattern: {}", error.msg))?)
            }
            other => Part::Exactly(Path::new(&other).to_path_buf()),
        });
    }
    Ok(parts)
}

/// The specs below a folder.
///
/// # Errors
/// As of [`matches()`].
pub(super) fn specs_below(folder: &Path) -> Result<Walked, String> {
    matches(folder, "**/*.elbo")
}

/// A walk that goes on.
#[derive(Default)]
struct Walk {
    /// Folders that were gone through, each with how many parts of the pattern were left then.
    met: HashMap<Identity, HashSet<usize>>,
    /// Folders behind links, which come last: what is reached without one has the plainer name.
    linked: VecDeque<(PathBuf, usize)>,
    found: HashSet<PathBuf>,
    odd: HashSet<PathBuf>,
    unreadable: Vec<String>,
}

/// What tells one folder from another, whatever it is called.
#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(not(unix))]
type Identity = PathBuf;

#[cfg(unix)]
fn identity(folder: &Path) -> std::io::Result<Identity> {
    use std::os::unix::fs::MetadataExt;
    folder.metadata().map(|metadata| (metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(folder: &Path) -> std::io::Result<Identity> {
    folder.canonicalize()
}

/// The folder itself where a path is empty.
fn here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

impl Walk {
    fn through(mut self, folder: &Path, parts: Vec<Part>) -> Result<Walked, String> {
        let mut waiting = vec![(folder.to_path_buf(), 0)];
        while let Some((folder, at)) = waiting.pop().or_else(|| self.linked.pop_front()) {
            if self.met.len() >= MOST_FOLDERS {
                return Err(format!(
                    "there are more than {MOST_FOLDERS} folders to look through, up to `{}`: name a folder with fewer",
                    folder.display()
                ));
            }
            match self.step(&folder, &parts, at, &mut waiting) {
                // The folder that was named must be there; one below it costs what is in it.
                Err(problem) if self.met.len() > 1 => self.unreadable.push(problem),
                stepped => stepped?,
            }
        }
        let named = |paths: HashSet<PathBuf>| {
            let mut names = Vec::with_capacity(paths.len());
            for path in paths {
                names.push(path.into_os_string().into_string().map_err(|name| not_unicode(&name))?);
            }
            names.sort();
            Ok::<_, String>(names)
        };
        let odd = self.odd.into_iter().map(|path| Skipped::NoFile(path.display().to_string()));
        let mut skipped: Vec<Skipped> = odd.chain(self.unreadable.into_iter().map(Skipped::Folder)).collect();
        skipped.sort();
        skipped.dedup();
        Ok(Walked { files: named(self.found)?, skipped })
    }

    /// One part of the pattern in one folder.
    fn step(
        &mut self,
        folder: &Path,
        parts: &[Part],
        at: usize,
        waiting: &mut Vec<(PathBuf, usize)>,
    ) -> Result<(), String> {
        let Some(part) = parts.get(at) else { return Ok(()) };
        let is_last = at + 1 == parts.len();
        match part {
            Part::Exactly(name) => {
                let path = folder.join(name);
                if is_last {
                    self.take(path);
                } else if path.is_dir() {
                    waiting.push((path, at + 1));
                }
            }
            Part::Names(pattern) => {
                for entry in self.entries(folder, parts.len() - at)?.unwrap_or_default() {
                    if !pattern.matches_with(&entry.name().to_string_lossy(), OPTIONS) {
                        continue;
                    }
                    if is_last {
                        self.take(entry.path);
                    } else {
                        self.enter(entry, at + 1, waiting);
                    }
                }
            }
            Part::AnyFolders => {
                let Some(entries) = self.entries(folder, parts.len() - at)? else { return Ok(()) };
                let store = store_of(&entries);
                let is_walked = |entry: &Entry| !entry.is_hidden() && !store.contains(&entry.path);
                // From the last to the first, so that the first is taken from the stack first.
                for entry in entries.into_iter().rev().filter(is_walked) {
                    self.enter(entry, at, waiting);
                }
                // `a/**` is every file below.
                match parts.get(at + 1) {
                    Some(_) => waiting.push((folder.to_path_buf(), at + 1)),
                    None => {
                        for entry in read(folder)?.into_iter().filter(|entry| !entry.is_hidden()) {
                            self.take(entry.path);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// What a folder holds; `None` where it has been gone through with so many parts left.
    fn entries(&mut self, folder: &Path, left: usize) -> Result<Option<Vec<Entry>>, String> {
        let folder = here(folder);
        let identity = identity(folder).map_err(|error| unreadable(folder, &error))?;
        if self.met.entry(identity).or_default().insert(left) { read(folder).map(Some) } else { Ok(None) }
    }

    /// Goes on in a folder, in one behind a link once all others are done.
    fn enter(&mut self, entry: Entry, at: usize, waiting: &mut Vec<(PathBuf, usize)>) {
        if entry.is_link && entry.path.is_dir() {
            self.linked.push_back((entry.path, at));
        } else if entry.is_folder {
            waiting.push((entry.path, at));
        }
    }

    /// Takes a file; what is no folder and no file is noted, and nothing at all where a link leads nowhere.
    fn take(&mut self, path: PathBuf) {
        match path.metadata() {
            Ok(metadata) if metadata.is_file() => drop(self.found.insert(path)),
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => drop(self.odd.insert(path)),
            // Whoever reads it will say what is wrong with it.
            Err(_) if path.is_symlink() => drop(self.found.insert(path)),
            Err(_) => {}
        }
    }
}

/// What stands in a folder.
struct Entry {
    path: PathBuf,
    is_folder: bool,
    is_link: bool,
}

impl Entry {
    fn name(&self) -> &OsStr {
        self.path.file_name().unwrap_or_default()
    }

    fn is_hidden(&self) -> bool {
        self.name().as_encoded_bytes().starts_with(b".")
    }
}

/// What stands in a folder, by name.
fn read(folder: &Path) -> Result<Vec<Entry>, String> {
    let failed = |error: std::io::Error| unreadable(folder, &error);
    let mut entries = Vec::new();
    for entry in fs::read_dir(here(folder)).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let kind = entry.file_type().map_err(failed)?;
        // Without the `./` that nobody wrote.
        let path = if folder == Path::new(".") { entry.file_name().into() } else { entry.path() };
        entries.push(Entry { path, is_folder: kind.is_dir(), is_link: kind.is_symlink() });
    }
    entries.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(entries)
}

/// The folders among these that belong to a store: `ab/ab…`, a key of 64 digits, and what lies beside such.
fn store_of(entries: &[Entry]) -> HashSet<PathBuf> {
    let digits =
        |name: &OsStr, length: usize| name.len() == length && name.as_encoded_bytes().iter().all(u8::is_ascii_hexdigit);
    let holds_runs = |entry: &&Entry| {
        let prefix = entry.name().as_encoded_bytes();
        let is_run = |run: &OsStr| digits(run, 64) && run.as_encoded_bytes().starts_with(prefix);
        // Only what may be one is looked into.
        digits(entry.name(), 2)
            && entry.is_folder
            && fs::read_dir(&entry.path).into_iter().flatten().flatten().any(|run| is_run(&run.file_name()))
    };
    let runs: HashSet<PathBuf> = entries.iter().filter(holds_runs).map(|entry| entry.path.clone()).collect();
    let beside = |entry: &&Entry| !runs.is_empty() && OF_A_STORE.iter().any(|name| entry.name() == *name);
    let others: Vec<PathBuf> = entries.iter().filter(beside).map(|entry| entry.path.clone()).collect();
    runs.into_iter().chain(others).collect()
}

fn unreadable(folder: &Path, error: &std::io::Error) -> String {
    format!("`{}` cannot be looked into: {error}", folder.display())
}

/// What is said of a name that is not UTF-8.
pub(super) fn not_unicode(name: &OsStr) -> String {
    format!("{name:?} has a name that is not UTF-8, and a spec's path is text: rename it")
}

#[cfg(test)]
mod tests;
