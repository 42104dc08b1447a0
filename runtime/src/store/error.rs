//! What can go wrong with a store.

use super::obstacle::obstacle;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// What can go wrong with a store. Every message names the path and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A directory for runs cannot be made or written to.
    #[error(
        "the run directory `{}` cannot be written: {}; choose another with `--store FOLDER`, or {}",
        .path.display(), problem(.path, .source), fix(.source)
    )]
    NotWritable {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("`{}` could not be written: {}; {}", .path.display(), problem(.path, .source), remedy(.source))]
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
    /// A run of an older form of store.
    #[error(
        "`{}` was written by an older elbo: its form is {version}, in which weights and scores were one result; run it \
         again with this elbo, or read it with the one that wrote it", .path.display()
    )]
    Older {
        /// The record.
        path: PathBuf,
        /// The version of its form.
        version: i64,
    },
    /// The folder of an attempt is gone.
    #[error(
        "`{}` is gone: it was removed or renamed while the run was under way",
        .path.display()
    )]
    Gone {
        /// The folder.
        path: PathBuf,
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
        "`{file}` of the result in `{}` was altered after the run: its SHA-256 is not the one that its record keeps; put the \
         original back, or remove the folder and run again", .result.display()
    )]
    Altered {
        /// The file's name.
        file: String,
        /// The directory of the result.
        result: PathBuf,
    },
    /// Two results of one key differ: an internal error of this program or of the machine.
    #[error(
        "this run's `{file}` differs from the one published before in `{}`, although both have the same key; \
         the published one stays, the new one is kept in `{}`: please report this", .result.display(), .attempt.display()
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
    #[error("`{0}` is no key of a run; a key is 64 digits from 0-9 and a-f")]
    Identity(String),
}

impl StoreError {
    pub(super) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Write { path, source: without_path(source) }
    }

    pub(super) fn not_writable(path: &Path, source: io::Error) -> Self {
        Self::NotWritable { path: path.to_owned(), source: without_path(source) }
    }

    pub(super) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Read { path, source }
    }

    /// This error as one of reading and writing.
    pub(super) fn into_io(self) -> io::Error {
        let kind = match &self {
            Self::NotWritable { source, .. } | Self::Write { source, .. } | Self::Read { source, .. } => source.kind(),
            _ => ErrorKind::Other,
        };
        io::Error::new(kind, self)
    }

    pub(super) fn content(path: &Path, problem: impl Into<String>) -> Self {
        Self::Content { path: path.to_owned(), problem: problem.into() }
    }
}

/// What the system said: the name of a temporary file, which the library puts behind it, tells nobody anything.
fn without_path(error: io::Error) -> io::Error {
    match error.to_string().split_once(" at path ") {
        Some((said, _)) => io::Error::new(error.kind(), said),
        None => error,
    }
}

/// What is in the way at a path, or else what the system says, whose words often name no culprit.
fn problem(path: &Path, source: &io::Error) -> String {
    let in_the_way = matches!(source.kind(), ErrorKind::NotADirectory | ErrorKind::AlreadyExists);
    in_the_way.then(|| obstacle(path)).flatten().unwrap_or_else(|| source.to_string())
}

/// What fixes a folder that cannot be written.
fn fix(source: &io::Error) -> &'static str {
    match source.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "free some space there",
        ErrorKind::ReadOnlyFilesystem => "make its file system writable",
        ErrorKind::InvalidFilename => "give it a shorter path",
        ErrorKind::FileTooLarge => "raise the limit of file sizes (`ulimit -f`)",
        _ => "make it a folder that you may write to",
    }
}

/// What fixes a file that could not be written.
fn remedy(source: &io::Error) -> &'static str {
    match source.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "free some space there and try again",
        ErrorKind::ReadOnlyFilesystem => "make its file system writable and try again, or choose another place",
        ErrorKind::FileTooLarge => {
            "raise the limit of file sizes (`ulimit -f`), or choose a file system that holds such files, and try again"
        }
        ErrorKind::PermissionDenied => {
            "make its folder one that you may write to and try again, or choose another place"
        }
        ErrorKind::NotFound => "see that its folder is there and try again",
        ErrorKind::InvalidFilename => "choose a place with a shorter path",
        _ => "see to the disk and try again, or choose another place",
    }
}
