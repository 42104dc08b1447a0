//! One attempt at a run: a directory with a single writer.

use super::attempt_folders::attempts;
use super::layout::is_absence;
use super::{GrowingFile, Published, ResultFile, RunKeys, Store, StoreError, disk, write_atomically};
use crate::partial;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A directory `attempt-0001`, `attempt-0002`, … of a training. Whoever made it is its only writer.
#[derive(Debug)]
pub struct Attempt {
    number: u32,
    directory: PathBuf,
    training: PathBuf,
    evaluation: PathBuf,
}

impl Store {
    /// Begins an attempt at a run, in a directory of its own. Called before training, so that a store
    /// that cannot be written is found before hours are spent.
    ///
    /// # Errors
    /// [`StoreError::NotWritable`] if the directory cannot be made or no file can be written in it.
    pub fn begin(&self, keys: &RunKeys) -> Result<Attempt, StoreError> {
        Attempt::create(self, keys)
    }
}

impl Attempt {
    /// Makes the next attempt's directory and tries to write in it.
    fn create(store: &Store, keys: &RunKeys) -> Result<Self, StoreError> {
        let run = store.run_directory(&keys.training);
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
            let mut file = partial::file(&directory)?;
            file.write_all(b"probe")?;
            file.as_file().sync_all()?;
            file.close()
        };
        probe().map_err(unwritable)?;
        let (training, evaluation) = (store.training_directory(&keys.training), store.evaluation_directory(keys));
        Ok(Self { number, directory, training, evaluation })
    }

    /// Looks whether its directory is still there: whoever has removed it hears of it long before the end.
    ///
    /// # Errors
    /// [`StoreError::Gone`] if it is not.
    pub fn check_is_there(&self) -> Result<(), StoreError> {
        match fs::metadata(&self.directory) {
            Err(error) if is_absence(&error) => Err(StoreError::Gone { path: self.directory.clone() }),
            _ => Ok(()),
        }
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

    /// Whether the training is published, by whatever attempt.
    pub(super) fn is_published(&self) -> bool {
        self.training.is_dir()
    }

    /// The attempts at the same training that were begun before this one.
    pub(super) fn earlier(&self) -> Result<Vec<PathBuf>, StoreError> {
        let run = super::atomic::folder_of(&self.directory);
        let all = attempts(run).map_err(StoreError::read(run))?;
        Ok(all.into_iter().take_while(|other| *other != self.directory).collect())
    }

    /// Publishes the trained weights and what belongs to them, all files at once.
    ///
    /// # Errors
    /// [`StoreError::Different`] if others are published already, [`StoreError::Write`] and [`StoreError::Read`] if files
    /// fail; nothing is published then.
    ///
    /// # Panics
    /// If a file's name is not a plain name or is used twice.
    pub fn publish_training(&self, files: &[ResultFile]) -> Result<Published, StoreError> {
        super::publish::publish(&self.directory, &self.training, files)
    }

    /// Publishes the report and what belongs to it, all files at once.
    ///
    /// # Errors
    /// As of [`Attempt::publish_training`].
    ///
    /// # Panics
    /// As of [`Attempt::publish_training`].
    pub fn publish_evaluation(&self, files: &[ResultFile]) -> Result<Published, StoreError> {
        self.check_is_there()?;
        let all = super::atomic::folder_of(&self.evaluation);
        disk::create_directories(all).map_err(StoreError::write(all))?;
        super::publish::publish(&self.directory, &self.evaluation, files)
    }

    /// Moves what is published but no longer what it was out of the way, into this attempt's directory, so that it can be
    /// published again.
    ///
    /// # Errors
    /// [`StoreError::Write`]
    pub fn set_aside(&self, published: &Path) -> Result<PathBuf, StoreError> {
        let name = published.file_name().unwrap_or_default().to_string_lossy();
        let place = self.path(&format!("set-aside-{name}"));
        disk::rename(published, &place).map_err(StoreError::write(published))?;
        Ok(place)
    }

    /// Removes copies of what is published now. A failure changes nothing but the room that is taken.
    pub fn remove_files(&self, names: &[&str]) {
        names.iter().for_each(|name| drop(disk::remove_file(&self.path(name))));
    }

    /// Removes its directory, which tells nothing any more. A failure changes nothing but the room that is taken.
    pub fn remove(self) {
        let _ = disk::remove_directory(&self.directory);
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
