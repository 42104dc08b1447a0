//! Which path in a store is what.

use super::{Attempt, Identity, RUN_RECORD, StoreError};
use std::io;
use std::path::{Path, PathBuf};

/// The name of the file that a training's metrics are written to.
pub const METRICS: &str = "metrics.jsonl";

/// A folder of runs; `runs` by default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// The store in this folder, which need not exist yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `<store>/ab/<identity>`, everything of one run.
    pub fn run_directory(&self, identity: &Identity) -> PathBuf {
        self.root.join(identity.prefix()).join(identity.as_str())
    }

    /// `<store>/ab/<identity>/result`, which exists once a result is published and is then whole.
    pub fn result_directory(&self, identity: &Identity) -> PathBuf {
        self.run_directory(identity).join("result")
    }

    /// The directory of the published result of a run, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Read`] if that cannot be found out; [`StoreError::Content`] and [`StoreError::Missing`] if something else is
    /// in its place.
    pub fn find_result(&self, identity: &Identity) -> Result<Option<PathBuf>, StoreError> {
        let directory = self.result_directory(identity);
        match std::fs::metadata(&directory) {
            Ok(metadata) if metadata.is_dir() => match directory.join(RUN_RECORD).try_exists() {
                Ok(false) => Err(StoreError::Missing { file: RUN_RECORD.to_owned(), result: directory }),
                _ => Ok(Some(directory)),
            },
            Ok(_) => Err(StoreError::content(
                &directory,
                "it is a file where a folder should be; move it away and run again",
            )),
            // Where no folder can be, there is no result either; writing will say why.
            Err(error) if is_absence(&error) => Ok(None),
            Err(source) => Err(StoreError::Read { path: directory, source }),
        }
    }

    /// Begins an attempt at a run, in a directory of its own. Called before training, so that a store
    /// that cannot be written is found before hours are spent.
    ///
    /// # Errors
    /// [`StoreError::NotWritable`] if the directory cannot be made or no file can be written in it.
    pub fn begin(&self, identity: &Identity) -> Result<Attempt, StoreError> {
        Attempt::create(self, identity)
    }
}

/// Whether there is nothing at a path, be it that nothing can be there.
pub(super) fn is_absence(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidFilename, NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory | InvalidFilename)
}
