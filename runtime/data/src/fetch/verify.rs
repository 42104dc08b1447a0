//! Whether what is there of a set is what was published.

use super::examine::{State, examine};
use super::published::Published;
use crate::{Layout, Raw, locate};
use elbo_compiler::ir::DataSource;
use std::path::{Path, PathBuf};

/// A set, file by file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Which set.
    pub source: DataSource,
    /// Where it is, if any of its files is there.
    pub folder: Option<PathBuf>,
    /// Its files; none if the set is embedded.
    pub files: Vec<VerifiedFile>,
}

/// A file of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedFile {
    /// Its path, or its name where it is not there.
    pub path: PathBuf,
    /// How it is.
    pub state: State,
}

impl Verified {
    /// Whether a file is there and not as it should be.
    pub fn is_damaged(&self) -> bool {
        self.files.iter().any(|file| matches!(file.state, State::Damaged(_)))
    }

    /// Whether a file is not there.
    pub fn is_incomplete(&self) -> bool {
        self.files.iter().any(|file| file.state == State::Missing)
    }
}

/// Compares the files of a set, where they are found first among the data roots, with what was published; of notMNIST,
/// of which nothing is, it is seen whether they can be read.
pub fn verify(source: DataSource, roots: &[PathBuf]) -> Verified {
    match Published::of(source) {
        Some(published) => verify_published(published, roots),
        None => verify_unpublished(source, roots),
    }
}

pub(super) fn verify_published(published: &Published, roots: &[PathBuf]) -> Verified {
    let source = published.source;
    let folder = locate(source, None, roots).ok().and_then(|located| located.folder);
    let file = |content: &super::Content| {
        let found =
            Layout::of(source).zip(folder.as_deref()).and_then(|(layout, folder)| layout.find(folder, content.name));
        match found {
            Some(path) => VerifiedFile { state: examine(content, &path), path },
            None => VerifiedFile { path: content.name.into(), state: State::Missing },
        }
    };
    let files = published.contents().map(file).collect();
    Verified { source, folder, files }
}

fn verify_unpublished(source: DataSource, roots: &[PathBuf]) -> Verified {
    let Some(layout) = Layout::of(source) else { return Verified { source, folder: None, files: Vec::new() } };
    let located = locate(source, None, roots).ok();
    let folder = located.as_ref().and_then(|located| located.folder.clone());
    let find = |name: &str| layout.find(folder.as_deref().unwrap_or(Path::new("")), name).filter(|_| folder.is_some());
    // The files are read together, since labels and images must agree.
    let problem = located.and_then(|located| Raw::read_test(&located).err());
    let files = layout.files().map(|name| match (find(name), &problem) {
        (None, _) => VerifiedFile { path: name.into(), state: State::Missing },
        (Some(path), None) => VerifiedFile { path, state: State::Readable },
        (Some(path), Some(problem)) => VerifiedFile { path, state: State::Damaged(problem.to_string()) },
    });
    let files = files.collect();
    Verified { source, folder, files }
}
