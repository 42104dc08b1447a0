//! Publishing a result: everything at once, once.

use super::atomic::folder_of;
use super::disk::{self, sync_directory};
use super::{Comparison, StoreError};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A file of a result.
#[derive(Debug, Clone)]
pub struct ResultFile {
    /// Its plain name.
    pub name: String,
    /// What it holds.
    pub content: Vec<u8>,
    /// In what it must equal that of another result of the same identity.
    pub comparison: Comparison,
}

impl ResultFile {
    /// A file with this content.
    pub fn new(name: &str, content: impl Into<Vec<u8>>, comparison: Comparison) -> Self {
        Self { name: name.to_owned(), content: content.into(), comparison }
    }

    /// SHA-256 of its content, in lower-case hexadecimal.
    pub fn sha256(&self) -> String {
        super::digest::sha256(&self.content)
    }

    /// A file of the same name and content as one that lies elsewhere.
    ///
    /// # Errors
    /// [`StoreError::Read`]
    ///
    /// # Panics
    /// If `path` ends in no UTF-8 name.
    pub fn copy_of(path: &Path, comparison: Comparison) -> Result<Self, StoreError> {
        let name = path.file_name().and_then(OsStr::to_str).expect("a path that ends in a name");
        Ok(Self::new(name, fs::read(path).map_err(StoreError::read(path))?, comparison))
    }
}

/// How publishing went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    /// The result is now in this directory.
    First(PathBuf),
    /// An equal result was in this directory before; it is untouched.
    Equal(PathBuf),
}

impl Published {
    /// The directory of the result.
    pub fn directory(&self) -> &Path {
        match self {
            Self::First(directory) | Self::Equal(directory) => directory,
        }
    }
}

/// Writes `files` to a hidden sibling of `result`, each flushed to the disk, and renames that folder
/// to `result`. The sibling is named after the attempt, so no one else writes to it.
pub(super) fn publish(attempt: &Path, result: &Path, files: &[ResultFile]) -> Result<Published, StoreError> {
    check_names(files);
    if result.is_dir() {
        return compare(attempt, result, files);
    }
    let run = folder_of(result);
    let name = attempt.file_name().expect("an attempt's path ends in its name").to_string_lossy();
    let partial = run.join(partial_result(&name));
    let written = write_all(&partial, files);
    let renamed = written.and_then(|()| disk::rename(&partial, result).map_err(StoreError::write(result)));
    match renamed {
        Ok(()) => {
            sync_directory(run).map_err(StoreError::write(run))?;
            Ok(Published::First(result.to_owned()))
        }
        Err(error) => {
            // What is left of it is of no use to anyone; a failure to remove it changes nothing.
            let _ = disk::remove_directory(&partial);
            // Another attempt was quicker.
            if result.is_dir() { compare(attempt, result, files) } else { Err(error) }
        }
    }
}

/// The folder that an attempt's result is put together in.
pub(super) fn partial_result(attempt: &str) -> String {
    format!(".result-of-{attempt}")
}

fn write_all(directory: &Path, files: &[ResultFile]) -> Result<(), StoreError> {
    let made = disk::remove_directory(directory).and_then(|()| disk::create_directory(directory));
    made.map_err(StoreError::write(directory))?;
    for file in files {
        let path = directory.join(&file.name);
        let write = || {
            let mut output = disk::create_new(&path)?;
            disk::write_all(&mut output, &file.content)?;
            disk::sync(&output)
        };
        write().map_err(StoreError::write(&path))?;
    }
    sync_directory(directory).map_err(StoreError::write(directory))
}

/// Whether the published result equals `files` in what must be equal.
fn compare(attempt: &Path, result: &Path, files: &[ResultFile]) -> Result<Published, StoreError> {
    for file in files {
        if file.comparison == Comparison::Recorded {
            continue;
        }
        let path = result.join(&file.name);
        let published = match fs::read(&path) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(StoreError::read(&path)(error)),
        };
        if !published.is_some_and(|bytes| file.comparison.are_equal(&bytes, &file.content)) {
            for file in files {
                super::write_atomically(&attempt.join(&file.name), &file.content)?;
            }
            return Err(StoreError::Different {
                file: file.name.clone(),
                result: result.to_owned(),
                attempt: attempt.to_owned(),
            });
        }
    }
    Ok(Published::Equal(result.to_owned()))
}

fn check_names(files: &[ResultFile]) {
    let mut seen = BTreeSet::new();
    for file in files {
        let plain = Path::new(&file.name).file_name() == Some(OsStr::new(&file.name));
        assert!(plain && seen.insert(&file.name), "`{}` must be a plain name, used once", file.name);
    }
}
