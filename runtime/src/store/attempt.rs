//! One attempt at a run: a directory with a single writer.

use super::atomic::new_file;
use super::{GrowingFile, Identity, Published, ResultFile, Store, StoreError, disk, write_atomically};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A directory `attempt-0001`, `attempt-0002`, … of a run. Whoever made it is its only writer.
#[derive(Debug)]
pub struct Attempt {
    number: u32,
    directory: PathBuf,
    result: PathBuf,
}

impl Attempt {
    /// Makes the next attempt's directory and tries to write in it.
    pub(super) fn create(store: &Store, identity: &Identity) -> Result<Self, StoreError> {
        let run = store.run_directory(identity);
        let unwritable = |source| StoreError::not_writable(&run, source);
        disk::create_directories(&run).map_err(unwritable)?;
        let mut number = last_attempt(&run).map_err(StoreError::read(&run))?;
        let directory = loop {
            number = number.checked_add(1).ok_or_else(|| unwritable(io::Error::other("it holds too many attempts")))?;
            let directory = run.join(format!("attempt-{number:04}"));
            match disk::create_directory(&directory) {
                Ok(()) => break directory,
                // Someone else has begun this one meanwhile.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(source) => return Err(unwritable(source)),
            }
        };
        let probe = || {
            let mut file = new_file(&directory)?;
            file.write_all(b"probe")?;
            file.as_file().sync_all()?;
            file.close()
        };
        probe().map_err(unwritable)?;
        Ok(Self { number, directory, result: store.result_directory(identity) })
    }

    /// Its number, from 1.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Its directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The path of one of its files.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Opens a new file that grows as the attempt goes on, such as `metrics.jsonl`.
    ///
    /// # Errors
    /// [`StoreError::Write`], also if there is such a file already.
    pub fn create_file(&self, name: &str) -> Result<GrowingFile, StoreError> {
        GrowingFile::create(&self.path(name))
    }

    /// Writes a file whole or not at all; one of that name is replaced.
    ///
    /// # Errors
    /// [`StoreError::Write`]
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        write_atomically(&self.path(name), bytes)
    }

    /// Whether the run has a result, from whatever attempt.
    pub(super) fn is_published(&self) -> bool {
        self.result.is_dir()
    }

    /// Publishes the result of the run, all files at once.
    ///
    /// # Errors
    /// [`StoreError::Different`] if another result is published already, [`StoreError::Write`] and
    /// [`StoreError::Read`] if files fail; nothing is published then.
    ///
    /// # Panics
    /// If a file's name is not a plain name or is used twice.
    pub fn publish(&self, files: &[ResultFile]) -> Result<Published, StoreError> {
        super::publish::publish(&self.directory, &self.result, files)
    }
}

/// The highest number of the attempts in a run's directory; 0 if there is none.
fn last_attempt(run: &Path) -> io::Result<u32> {
    let mut last = 0;
    for entry in fs::read_dir(run)? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix("attempt-")?.parse().ok());
        last = last.max(number.unwrap_or(0));
    }
    Ok(last)
}
