//! Where an export goes, and what must not be there.

use super::figures::NamedFile;
use super::{ExportError, Form};
use crate::store::{StoreError, write_atomically, write_folder_atomically};
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Whether `path` may be written: it lies outside the `result`, and is absent, an empty folder, or an export that is to be
/// replaced.
pub(super) fn check(path: &Path, form: Form, result: &Path, overwrite: bool) -> Result<(), ExportError> {
    let unreadable = |source| ExportError::Write { path: path.to_owned(), source };
    if lies_in(path, result) {
        return Err(ExportError::Inside { path: path.to_owned() });
    }
    let foreign = |problem: String| ExportError::Foreign { path: path.to_owned(), problem };
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unreadable(error)),
    };
    match form {
        Form::Safetensors(_) if metadata.is_dir() => Err(foreign("is a folder and no safetensors file".to_owned())),
        Form::Safetensors(_) if !overwrite => Err(ExportError::Exists { path: path.to_owned() }),
        Form::Safetensors(_) => Ok(()),
        Form::Tensorboard | Form::Svg | Form::Png if !metadata.is_dir() => {
            Err(foreign("is a file where a folder should be".to_owned()))
        }
        Form::Tensorboard | Form::Svg | Form::Png => {
            let mut names = Vec::new();
            for entry in fs::read_dir(path).map_err(unreadable)? {
                let entry = entry.map_err(unreadable)?;
                names.push((entry.file_name(), entry.file_type().map_err(unreadable)?.is_file()));
            }
            names.sort();
            match names.iter().find(|(name, is_file)| !(*is_file && is_of(form, name))) {
                Some((name, _)) => Err(foreign(format!("holds `{}`, which no such export wrote", name.display()))),
                None if names.is_empty() || overwrite => Ok(()),
                None => Err(ExportError::Exists { path: path.to_owned() }),
            }
        }
    }
}

/// Whether a file of this name could be of such an export.
fn is_of(form: Form, name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    match form {
        Form::Tensorboard => name.starts_with(super::tensorboard::PREFIX),
        Form::Svg => name.ends_with(".svg"),
        Form::Png => name.ends_with(".png"),
        Form::Safetensors(_) => name.ends_with(".safetensors"),
    }
}

/// Whether a path, whose last parts need not exist, is the directory or lies below it.
fn lies_in(path: &Path, directory: &Path) -> bool {
    let Ok(directory) = directory.canonicalize() else { return false };
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let existing = absolute.ancestors().find_map(|ancestor| ancestor.canonicalize().ok());
    existing.is_some_and(|existing| existing.starts_with(&directory))
}

/// Writes a file whole or not at all, and the folders above it.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), ExportError> {
    make_parent(path)?;
    write_atomically(path, bytes).map_err(|error| of_store(path, error))
}

/// Writes a folder whole or not at all, and the folders above it; what is there is replaced. Says how many files.
pub(super) fn write_folder(path: &Path, files: &[NamedFile]) -> Result<usize, ExportError> {
    make_parent(path)?;
    write_folder_atomically(path, files).map_err(|error| of_store(path, error))?;
    Ok(files.len())
}

fn make_parent(path: &Path) -> Result<(), ExportError> {
    let parent: PathBuf = path.parent().map(Path::to_owned).unwrap_or_default();
    if parent.as_os_str().is_empty() {
        return Ok(());
    }
    fs::create_dir_all(&parent).map_err(|source| ExportError::Write { path: parent, source })
}

/// The store's help speaks of stores.
fn of_store(path: &Path, error: StoreError) -> ExportError {
    match error {
        StoreError::Write { source, .. } => ExportError::Write { path: path.to_owned(), source },
        other => other.into(),
    }
}
