//! Where an export goes, and what must not be there.

use super::figures::NamedFile;
use super::tensorboard::is_event_file;
use super::{ExportError, Form};
use crate::output::{Output, OutputError};
use crate::report::figure::{is_figure, is_picture_of_figure};
use crate::store::{StoreError, lies_in_a_run, write_folder_atomically};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Begins of files that are looked at to tell who wrote them: the header of an export's weights has a few hundred
/// bytes a tensor.
const LOOKED_AT: u64 = 4 << 20;

/// The file that `path` leads to, if it may be written: it lies outside the `result`, and is absent, is written
/// through, or is an export that is to be replaced. The folders above it are made.
pub(super) fn file(path: &Path, result: &Path, overwrite: bool) -> Result<Output, ExportError> {
    if lies_in(path, result) {
        return Err(ExportError::Inside { path: path.to_owned() });
    }
    let output = match Output::at(path) {
        Err(OutputError::Folder { path }) => {
            return Err(ExportError::Foreign { path, problem: "is a folder and no safetensors file".to_owned() });
        }
        other => other?,
    };
    let Some(file) = output.file() else { return Ok(output) };
    if !file.exists() {
        make_parent(file)?;
        return Ok(output);
    }
    if !overwrite {
        return Err(ExportError::Exists { path: path.to_owned() });
    }
    let beginning = beginning(file).map_err(|source| ExportError::Write { path: path.to_owned(), source })?;
    if !is_of_safetensors(&beginning) {
        return Err(ExportError::Foreign {
            path: path.to_owned(),
            problem: "was not written by `elbo export`".to_owned(),
        });
    }
    Ok(output)
}

/// Whether `path` may be written as a folder: it lies outside the `result`, and is absent, an empty folder, or an
/// export that is to be replaced.
pub(super) fn check_folder(path: &Path, form: Form, result: &Path, overwrite: bool) -> Result<(), ExportError> {
    let unreadable = |source| ExportError::Write { path: path.to_owned(), source };
    if lies_in(path, result) || lies_in_a_run(path) {
        return Err(ExportError::Inside { path: path.to_owned() });
    }
    let foreign = |problem: String| ExportError::Foreign { path: path.to_owned(), problem };
    if path == Path::new("-") {
        return Err(foreign("is standard output, which takes one file and no folder".to_owned()));
    }
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unreadable(error)),
    };
    if !metadata.is_dir() {
        return Err(foreign("is a file where a folder should be".to_owned()));
    }
    let mut entries = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        entries.push((entry.file_name(), entry.file_type().map_err(unreadable)?.is_file()));
    }
    entries.sort();
    for (name, is_file) in &entries {
        if !(*is_file && is_of(form, &path.join(name)).map_err(unreadable)?) {
            return Err(foreign(format!("holds `{}`, which no such export wrote", name.display())));
        }
    }
    if entries.is_empty() || overwrite { Ok(()) } else { Err(ExportError::Exists { path: path.to_owned() }) }
}

/// Whether such an export wrote the file, by what it holds.
fn is_of(form: Form, file: &Path) -> io::Result<bool> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    Ok(match form {
        Form::Tensorboard => is_event_file(&name, &beginning(file)?),
        Form::Svg => name.ends_with(".svg") && is_figure(&beginning(file)?),
        Form::Png => name.ends_with(".png") && is_picture_of_figure(&beginning(file)?),
        Form::Safetensors(_) => is_of_safetensors(&beginning(file)?),
    })
}

/// What a file begins with.
fn beginning(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(file)?.take(LOOKED_AT).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether a file that begins so holds weights that this program exported: their metadata name the run.
fn is_of_safetensors(beginning: &[u8]) -> bool {
    let Some((length, rest)) = beginning.split_first_chunk::<8>() else { return false };
    let header = usize::try_from(u64::from_le_bytes(*length)).ok().and_then(|length| rest.get(..length));
    let header = header.and_then(|header| serde_json::from_slice::<serde_json::Value>(header).ok());
    let metadata = header.as_ref().and_then(|header| header.get("__metadata__"));
    metadata.is_some_and(|metadata| ["elbo_version", "identity"].iter().all(|key| metadata.get(key).is_some()))
}

/// Whether a path, whose last parts need not exist, is the directory or lies below it.
fn lies_in(path: &Path, directory: &Path) -> bool {
    let Ok(directory) = directory.canonicalize() else { return false };
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let existing = absolute.ancestors().find_map(|ancestor| ancestor.canonicalize().ok());
    existing.is_some_and(|existing| existing.starts_with(&directory))
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
