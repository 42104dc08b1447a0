//! Hidden files and folders that something is written to before it gets its name, and what becomes of them where the
//! program is ended by a signal.
//!
//! Each removes itself unless it is kept. A program that ends at once runs nothing of that, so it [clears
//! away](clear_away) what it was writing before.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use tempfile::{Builder, NamedTempFile, TempDir};

/// The folders in which this process has made something hidden.
static FOLDERS: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// What all names begin with that this process gives, and no other, on whatever machine: several may write to a folder.
fn prefix() -> &'static str {
    static PREFIX: OnceLock<String> = OnceLock::new();
    PREFIX.get_or_init(|| format!(".partial-{:016x}-", RandomState::new().build_hasher().finish()))
}

/// A new hidden file in `folder` that is removed unless it is kept.
///
/// # Errors
/// The system's.
pub fn file(folder: &Path) -> io::Result<NamedTempFile> {
    let _held = noted(folder);
    let mut builder = Builder::new();
    builder.prefix(prefix());
    // Temporary files are private by default; results are as public as the user's umask lets them be.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// A new hidden folder in `parent` that is removed unless it is kept.
///
/// # Errors
/// The system's.
pub fn folder(parent: &Path) -> io::Result<TempDir> {
    let _held = noted(parent);
    let mut builder = Builder::new();
    builder.prefix(prefix());
    // As for files.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    builder.tempdir_in(parent)
}

/// Does `work`, at no moment of which the program may end, such as an exchange of two names.
pub fn undivided<T>(work: impl FnOnce() -> T) -> T {
    let _held = folders();
    work()
}

/// Removes what this process has begun to write and given no name, for whoever ends the program right after: from now
/// on nothing is begun, and whoever tries waits for the end.
pub fn clear_away() {
    let held = folders();
    for entry in held.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(prefix()) {
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            // What cannot be removed is hidden and counts for nothing.
            let _ = if is_folder { fs::remove_dir_all(entry.path()) } else { fs::remove_file(entry.path()) };
        }
    }
    std::mem::forget(held);
}

fn noted(folder: &Path) -> MutexGuard<'static, BTreeSet<PathBuf>> {
    let mut held = folders();
    if !held.contains(folder) {
        held.insert(folder.to_owned());
    }
    held
}

/// Nothing that holds the lock leaves its content in halves.
fn folders() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    FOLDERS.lock().unwrap_or_else(PoisonError::into_inner)
}
