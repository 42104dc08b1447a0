//! What can go wrong with a store.

use std::io;
use std::path::{Path, PathBuf};

/// What can go wrong with a store. Every message names the path and what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A directory for runs cannot be made or written to.
    #[error(
        "the run directory `{}` cannot be written: {source}; choose another with `--store DIR`, \
         or make it a folder that you may write to", .path.display()
    )]
    NotWritable {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("`{}` could not be written: {source}; free some space or choose another `--store`", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file or directory cannot be read.
    #[error("`{}` could not be read: {source}; check that it exists and that you may read it", .path.display())]
    Read {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file holds something else than it should.
    #[error("`{}` is damaged or was not written by this program: {problem}", .path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A file of a published result is gone.
    #[error(
        "`{file}` of the result in `{}` is missing; put it back, or remove the folder and run again", .result.display()
    )]
    Missing {
        /// The file's name.
        file: String,
        /// The directory of the result.
        result: PathBuf,
    },
    /// A file of a published result is not what was published.
    #[error(
        "`{file}` of the result in `{}` was altered after the run: its SHA-256 is not the one in `run.toml`; put the \
         original back, or remove the folder and run again", .result.display()
    )]
    Altered {
        /// The file's name.
        file: String,
        /// The directory of the result.
        result: PathBuf,
    },
    /// Two runs of one identity came to different results: a defect of this program or of the machine.
    #[error(
        "this run's `{file}` differs from the one published before in `{}`, although both have the same identity; \
         the new one is kept in `{}`: please report this", .result.display(), .attempt.display()
    )]
    Different {
        /// The first file that differs.
        file: String,
        /// The directory of the published result.
        result: PathBuf,
        /// The directory of this attempt.
        attempt: PathBuf,
    },
    /// Not the hexadecimal form of a SHA-256.
    #[error("`{0}` is no run identity; an identity is 64 digits from 0-9 and a-f")]
    Identity(String),
}

impl StoreError {
    pub(super) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Write { path, source }
    }

    pub(super) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Read { path, source }
    }

    pub(super) fn content(path: &Path, problem: impl Into<String>) -> Self {
        Self::Content { path: path.to_owned(), problem: problem.into() }
    }
}
