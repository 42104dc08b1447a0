//! Where the files of a data set are.

use super::error::DataError;
use super::layout::Layout;
use elbo_compiler::ir::{Data, DataSource};
use std::io;
use std::path::{Path, PathBuf};

/// A data set that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// Which set.
    pub source: DataSource,
    /// Where its files are; `None` if it is embedded in the program.
    pub folder: Option<PathBuf>,
}

impl Located {
    /// The files of the training split, in order; none if the set is embedded.
    ///
    /// # Errors
    /// [`DataError::MissingFiles`] names those that are not there.
    pub fn training_files(&self) -> Result<Vec<PathBuf>, DataError> {
        self.files("training", |layout| layout.training)
    }

    /// The files of the test split, in order; none if the set is embedded.
    ///
    /// # Errors
    /// [`DataError::MissingFiles`] names those that are not there.
    pub fn test_files(&self) -> Result<Vec<PathBuf>, DataError> {
        self.files("test", |layout| layout.test)
    }

    fn files(
        &self,
        split: &'static str,
        names: impl Fn(&Layout) -> &'static [&'static str],
    ) -> Result<Vec<PathBuf>, DataError> {
        let (Some(layout), Some(folder)) = (Layout::of(self.source), &self.folder) else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        let mut missing = Vec::new();
        for name in names(&layout) {
            match layout.find(folder, name) {
                Some(path) => found.push(path),
                None => missing.push(layout.shown(name)),
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        Err(DataError::MissingFiles { set: self.source.name(), split, folder: folder.clone(), files: missing })
    }
}

/// The folder that files of one's own lie in: the first of `folder`, which the spec lies in, and `search` (data roots
/// in order of precedence) that holds all of them.
///
/// # Errors
/// [`DataError::Absent`] if none does.
pub(super) fn locate_own(data: &Data, folder: &Path, search: &[PathBuf]) -> Result<PathBuf, DataError> {
    let names: Vec<&str> = data.own_files().into_iter().map(String::as_str).collect();
    let folders: Vec<&Path> = std::iter::once(folder).chain(search.iter().map(PathBuf::as_path)).collect();
    // What is there and cannot be looked at is found: reading it says why.
    let is_absent = |path: PathBuf| {
        let problem = path.symlink_metadata().err().map(|error| error.kind());
        matches!(problem, Some(io::ErrorKind::NotFound | io::ErrorKind::NotADirectory))
    };
    let missing = |folder: &Path| names.iter().copied().find(|name| is_absent(folder.join(name)));
    let mut absent = None;
    for folder in &folders {
        match missing(folder) {
            None => return Ok(folder.to_path_buf()),
            // The file that the spec's own folder lacks is the one to name.
            Some(name) => absent = absent.or(Some(name)),
        }
    }
    let name = absent.unwrap_or_default();
    let shown = |folder: &&Path| if folder.as_os_str().is_empty() { ".".into() } else { folder.to_path_buf() };
    Err(DataError::Absent { path: folder.join(name), others: folders.iter().skip(1).map(shown).collect() })
}

/// Finds the folder of a data set. `root` is the folder itself, where the spec names one; without it
/// the set's folder is looked for in each of `search` (data roots in order of precedence). Of
/// several folders the first that holds every file wins, else the first that holds any.
///
/// # Errors
/// [`DataError::NotFound`] if no folder holds any of the set's files.
pub fn locate(source: DataSource, root: Option<&Path>, search: &[PathBuf]) -> Result<Located, DataError> {
    let Some(layout) = Layout::of(source) else {
        return Ok(Located { source, folder: None });
    };
    let folders: Vec<PathBuf> = match root {
        // The archive may have been unpacked inside the folder.
        Some(root) => {
            std::iter::once(root.into()).chain(layout.folders[1..].iter().map(|name| root.join(name))).collect()
        }
        None => search.iter().flat_map(|base| layout.folders.iter().map(|name| base.join(name))).collect(),
    };
    let holds = |folder: &&PathBuf, name| layout.find(folder, name).is_some();
    let complete = folders.iter().find(|folder| layout.files().all(|name| holds(folder, name)));
    let chosen = complete.or_else(|| folders.iter().find(|folder| layout.files().any(|name| holds(folder, name))));
    match chosen {
        Some(folder) => Ok(Located { source, folder: Some(folder.clone()) }),
        None => {
            let files = layout.files().map(|name| layout.shown(name)).collect();
            Err(DataError::NotFound { set: source.name(), files, folders })
        }
    }
}
