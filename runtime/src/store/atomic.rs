//! Files and folders that are written whole or not at all.

use super::StoreError;
use super::disk::{self, sync_directory};
use std::fs;
use std::io;
use std::path::Path;
use tempfile::{NamedTempFile, TempDir};

/// Writes `bytes` to `path`: to a temporary file in the same folder, flushed to the disk, then
/// renamed over `path`. Whoever reads `path` sees the old file or the new one, never a part.
///
/// # Errors
/// [`StoreError::Write`]; `path` is then as it was.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    replace(path, bytes, None).map_err(StoreError::write(path))
}

/// The same, and the new file has the permissions of the old one.
///
/// # Errors
/// The system's; `path` is then as it was.
pub fn replace_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace(path, bytes, fs::metadata(path).ok().map(|metadata| metadata.permissions()))
}

fn replace(path: &Path, bytes: &[u8], permissions: Option<fs::Permissions>) -> io::Result<()> {
    let folder = folder_of(path);
    let mut file = new_file(folder)?;
    disk::write_all(&mut file, bytes)?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    disk::sync(file.as_file())?;
    disk::persist(file, path)?;
    sync_directory(folder)
}

/// A new hidden file in `folder` that is removed unless it is kept.
pub(super) fn new_file(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".partial-");
    // Temporary files are private by default; results are as public as the user's umask lets them be.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// The folder a path lies in; `.` for a bare name.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Writes a folder of `files` (plain names and contents) to `path`: to a hidden folder beside it, each file flushed to
/// the disk, then renamed. A file or folder that was at `path` is there until then, and gone after.
///
/// # Errors
/// [`StoreError::Write`]; `path` is then as it was.
pub fn write_folder_atomically(path: &Path, files: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
    replace_folder(path, files).map_err(StoreError::write(path))
}

fn replace_folder(path: &Path, files: &[(String, Vec<u8>)]) -> io::Result<()> {
    // Where `path` is a link, what it leads to is replaced.
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let parent = folder_of(&target);
    let made = new_folder(parent)?;
    for (name, content) in files {
        let mut file = disk::create_new(&made.path().join(name))?;
        disk::write_all(&mut file, content)?;
        disk::sync(&file)?;
    }
    sync_directory(made.path())?;
    let replaced = if target.exists() {
        let aside = new_folder(parent)?;
        disk::rename(&target, &aside.path().join("replaced"))?;
        Some(aside)
    } else {
        None
    };
    if let Err(error) = disk::rename(made.path(), &target) {
        if let Some(aside) = &replaced {
            fs::rename(aside.path().join("replaced"), &target)?;
        }
        return Err(error);
    }
    // It has another name now.
    let _ = made.keep();
    sync_directory(parent)
}

/// A new hidden folder in `parent` that is removed unless it is kept.
fn new_folder(parent: &Path) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".partial-");
    // As for files.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    builder.tempdir_in(parent)
}
