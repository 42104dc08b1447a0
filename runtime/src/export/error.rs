//! What can stop an export.

use super::form::Form;
use crate::execute::ExecuteError;
use crate::output::OutputError;
use crate::store::StoreError;
use std::io;
use std::path::PathBuf;

/// What can stop an export. `Display` names the place and the problem, [`ExportError::help`] the fix.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The program lacks what the form needs.
    #[error("this program was built without the feature `{feature}`, so it writes no {}", form.name())]
    NotBuilt {
        /// What was asked for.
        form: Form,
        /// The cargo feature.
        feature: &'static str,
    },
    /// There is no result of a run there.
    #[error("`{}` is not the directory of a run: {problem}", path.display())]
    NoRun {
        /// What was named.
        path: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// There is a run, and no result yet.
    #[error("the run in `{}` is not finished", path.display())]
    Unfinished {
        /// Its directory.
        path: PathBuf,
    },
    /// A file of the result is missing, altered or damaged.
    #[error(transparent)]
    Result(#[from] ExecuteError),
    /// What would be written is there.
    #[error("`{}` exists", path.display())]
    Exists {
        /// The file or folder.
        path: PathBuf,
    },
    /// What would be replaced is no export.
    #[error("`{}` {problem}, so it is not replaced", path.display())]
    Foreign {
        /// The file or folder.
        path: PathBuf,
        /// What it is instead.
        problem: String,
    },
    /// The place is none that may be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// It would be written into the result.
    #[error("`{}` lies in the run's own directory, which stays as it was published", path.display())]
    Inside {
        /// The file or folder.
        path: PathBuf,
    },
    /// It cannot be written.
    #[error("`{}` could not be written: {source}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl From<StoreError> for ExportError {
    fn from(error: StoreError) -> Self {
        Self::Result(error.into())
    }
}

impl ExportError {
    /// What would fix it, where the message itself does not say.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::Result(error) => return error.help(),
            Self::Output(error) => return Some(error.help()),
            Self::NotBuilt { feature, .. } => return Some(format!("build it with `--features {feature}`")),
            Self::NoRun { .. } => "name the directory that `elbo run` printed under `files in`",
            Self::Unfinished { .. } => "run its spec to the end with `elbo run`; only a finished run has a result",
            Self::Exists { .. } => "`--force` replaces it, or choose another place with `--output`",
            Self::Foreign { .. } | Self::Inside { .. } => "choose another place with `--output`",
            Self::Write { .. } => "choose a place that you may write to with `--output`, or free some space",
        };
        Some(help.to_owned())
    }
}
