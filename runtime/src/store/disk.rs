//! The operations on the disk that checkpoints and results depend on, each one by itself: tests cut the program off at
//! every one of them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// A new file.
pub(super) fn create_new(path: &Path) -> io::Result<File> {
    reach()?;
    File::create_new(path)
}

/// Writes all of `bytes`.
pub(super) fn write_all(file: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    match reach() {
        Ok(()) => file.write_all(bytes),
        Err(cut_off) => file.write_all(&bytes[..bytes.len() / 2]).and(Err(cut_off)),
    }
}

/// Makes the content of a file survive a power failure.
pub(super) fn sync(file: &File) -> io::Result<()> {
    reach()?;
    file.sync_all()
}

/// Makes the names in a folder survive a power failure, where the system offers that.
pub(super) fn sync_directory(folder: &Path) -> io::Result<()> {
    reach()?;
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Gives a temporary file its name, in place of a file that had it.
pub(super) fn persist(file: NamedTempFile, path: &Path) -> io::Result<()> {
    reach()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// As [`persist`], of a file that no result depends on.
pub(super) fn persist_unwatched(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// Gives a folder another name.
pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    reach()?;
    fs::rename(from, to)
}

/// A new folder.
pub(super) fn create_directory(path: &Path) -> io::Result<()> {
    reach()?;
    fs::create_dir(path)
}

/// A folder, which may be there already.
pub(super) fn create_directories(path: &Path) -> io::Result<()> {
    reach()?;
    fs::create_dir_all(path)
}

/// Removes a file, if it is there.
pub(super) fn remove_file(path: &Path) -> io::Result<()> {
    reach()?;
    absent_is_well(fs::remove_file(path))
}

/// Removes a folder and what is in it, if it is there.
pub(super) fn remove_directory(path: &Path) -> io::Result<()> {
    reach()?;
    absent_is_well(fs::remove_dir_all(path))
}

fn absent_is_well(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(not(test))]
fn reach() -> io::Result<()> {
    Ok(())
}

/// Fails from the operation on at which the thread is to be cut off, so that nothing after it reaches the disk.
#[cfg(test)]
fn reach() -> io::Result<()> {
    cut_off::LEFT.with(|left| match left.get() {
        None => Ok(()),
        Some(0) => Err(io::Error::other("cut off by a test")),
        Some(count) => {
            left.set(Some(count - 1));
            Ok(())
        }
    })
}

#[cfg(test)]
pub(crate) mod cut_off {
    use std::cell::Cell;

    thread_local! {
        pub(super) static LEFT: Cell<Option<usize>> = const { Cell::new(None) };
    }

    /// Does `work`, none of whose operations on the disk but the first `count` of this thread come about; whether that
    /// was all of them, too.
    pub(crate) fn after<T>(count: usize, work: impl FnOnce() -> T) -> (T, bool) {
        LEFT.with(|left| left.set(Some(count)));
        let result = work();
        let left = LEFT.with(|left| left.replace(None));
        (result, left != Some(0))
    }
}
