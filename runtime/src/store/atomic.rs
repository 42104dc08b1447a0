//! Files and folders that are written whole or not at all.

use super::StoreError;
use super::disk::{self, sync_directory};
use crate::partial;
use std::fs;
use std::io;
use std::path::Path;
use tempfile::NamedTempFile;

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
    put_in_place(prepare_beside(path, bytes, permissions)?, path)
}

/// A hidden file beside `path` that holds `bytes`, flushed to the disk. Without `permissions` it has those of a new
/// file. It is removed unless it is [put in place](put_in_place).
///
/// # Errors
/// The system's.
pub fn prepare_beside(path: &Path, bytes: &[u8], permissions: Option<fs::Permissions>) -> io::Result<NamedTempFile> {
    let mut file = partial::file(folder_of(path))?;
    // Before there is anything in it that not everybody may read.
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    disk::write_all(&mut file, bytes)?;
    disk::sync(file.as_file())?;
    Ok(file)
}

/// Renames a prepared file over `path`, which lies in the same folder.
///
/// # Errors
/// The system's; `path` is then as it was.
pub fn put_in_place(file: NamedTempFile, path: &Path) -> io::Result<()> {
    disk::persist(file, path)?;
    sync_directory(folder_of(path))
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
    let made = partial::folder(parent)?;
    for (name, content) in files {
        let mut file = disk::create_new(&made.path().join(name))?;
        disk::write_all(&mut file, content)?;
        disk::sync(&file)?;
    }
    sync_directory(made.path())?;
    let aside = if target.exists() { Some(partial::folder(parent)?) } else { None };
    let exchanged = partial::undivided(|| {
        let Some(aside) = &aside else { return disk::rename(made.path(), &target) };
        let replaced = aside.path().join("replaced");
        disk::rename(&target, &replaced)?;
        let renamed = disk::rename(made.path(), &target);
        if renamed.is_err() {
            fs::rename(&replaced, &target)?;
        }
        renamed
    });
    exchanged?;
    // It has another name now.
    let _ = made.keep();
    sync_directory(parent)
}
