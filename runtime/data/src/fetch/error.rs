//! What can keep a set from being fetched.

use elbo_compiler::ir::DataSource;
use std::io;
use std::path::PathBuf;

/// Why a set was not fetched. `Display` names the place and the problem, [`FetchError::help`] the fix.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// There is nothing to fetch.
    #[error("there is nothing to fetch for `{}`: {}", set.name(), nothing(*set))]
    NotPublished {
        /// The set.
        set: DataSource,
    },
    /// Something cannot be read or written.
    #[error("`{}` cannot be {what}: {error}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried, such as `written`.
        what: &'static str,
        /// Why not.
        error: io::Error,
    },
    /// A link, a folder or a device where an unfinished download is kept.
    #[error("`{}` is not a regular file, and a download is not written through a link", path.display())]
    NotPlain {
        /// The path.
        path: PathBuf,
    },
    /// A variable that names a proxy, and does not.
    #[error("`{variable}` names no proxy: {problem}")]
    Proxy {
        /// The environment variable.
        variable: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// Another process is at it.
    #[error("`{}` is being fetched by another process", path.display())]
    Busy {
        /// The unfinished download.
        path: PathBuf,
    },
    /// The bytes do not come.
    #[error("`{url}` cannot be fetched{}: {problem}", tries(*attempts))]
    Transfer {
        /// Where from.
        url: String,
        /// What went wrong last.
        problem: String,
        /// How often it was tried.
        attempts: u32,
        /// Whether it may go better another time.
        passing: bool,
    },
    /// What came is not what was published.
    #[error("`{url}` is not the published file: {problem}")]
    Other {
        /// Where from.
        url: String,
        /// How it differs.
        problem: String,
    },
    /// An archive does not hold what it should.
    #[error("`{}` cannot be unpacked: {problem}", path.display())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

impl FetchError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::NotPublished { set: DataSource::Notmnist } => {
                "make `t10k-images-idx3-ubyte` and `t10k-labels-idx1-ubyte` (or `.gz`) of Bulatov's `notMNIST_small`, 28 × 28 pixels and labels 0 \
                 to 9 for A to J, and put them into a folder `notmnist` of a data root"
                    .into()
            }
            Self::NotPublished { .. } => "write `source = digits()`; it needs no files".into(),
            Self::Io { .. } => "see that there is room and that you may write there, or choose another folder with `--to`".into(),
            Self::NotPlain { .. } => "remove it, or choose another folder with `--to`".into(),
            Self::Proxy { variable, .. } => {
                format!("write `{variable}=http://HOST:PORT`, or unset it to fetch without a proxy")
            }
            Self::Busy { .. } => "wait for it".into(),
            Self::Transfer { passing: true, .. } => {
                "try again later: what has come is kept and goes on from there; or take it from elsewhere with `--mirror URL`".into()
            }
            Self::Transfer { passing: false, .. } | Self::Other { .. } => {
                "take it from elsewhere with `--mirror URL`, or put the official files into the folder yourself".into()
            }
            Self::Archive { .. } => "fetch it again".into(),
        }
    }

    pub(super) fn io(path: impl Into<PathBuf>, what: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |error| Self::Io { path, what, error }
    }
}

fn nothing(set: DataSource) -> &'static str {
    match set {
        DataSource::Notmnist => "its publisher offers pictures, not the IDX files that are read",
        _ => "it is part of elbo",
    }
}

fn tries(attempts: u32) -> String {
    if attempts > 1 { format!(", after {attempts} attempts") } else { String::new() }
}
