//! One file from a location onto the disk: resumed, tried again, never more than its size, and checked.

use super::checksum::{checksums, shown};
use super::error::FetchError;
use super::location::Location;
use super::observer::{FetchEvent, FetchObserver};
use super::opened::Failure;
use super::options::FetchOptions;
use super::published::Download;
use super::transport::Transport;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// What is fetched, and from where.
pub(super) struct Order<'o> {
    pub(super) download: &'o Download,
    /// As it is shown to people.
    pub(super) url: &'o str,
    pub(super) location: &'o Location,
}

/// Fetches a file into `folder` under its name. It grows as `NAME.part`, which stays for the next time if it cannot be
/// finished, and gets its name only when its checksums are right and `before_naming` has made room for it.
pub(super) fn download(
    order: &Order<'_>,
    folder: &Path,
    options: &FetchOptions,
    observer: &mut dyn FetchObserver,
    before_naming: &mut dyn FnMut(&mut dyn FetchObserver) -> Result<(), FetchError>,
) -> Result<PathBuf, FetchError> {
    let part = folder.join(format!("{}.part", order.download.name));
    let mut file = open(&part)?;
    let outcome = fill(order, &mut file, &part, options, observer);
    let empty = file.metadata().is_ok_and(|metadata| metadata.len() == 0);
    if outcome.is_err() && empty {
        // Nothing is lost with it, and the error that there was matters more.
        let _ = fs::remove_file(&part);
    }
    outcome?;
    let path = folder.join(order.download.name);
    file.sync_all().map_err(FetchError::io(&part, "written"))?;
    before_naming(observer)?;
    fs::rename(&part, &path).map_err(FetchError::io(&path, "written"))?;
    Ok(path)
}

/// The unfinished download, for this process alone.
fn open(part: &Path) -> Result<File, FetchError> {
    // A new file is made only where there is nothing, not even a link to nothing.
    let file = match OpenOptions::new().read(true).write(true).create_new(true).open(part) {
        Ok(made) => made,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            // Asked before opening, as opening a named pipe would wait.
            if part.symlink_metadata().is_ok_and(|found| !found.is_file()) {
                return Err(FetchError::NotPlain { path: part.to_owned() });
            }
            OpenOptions::new().read(true).write(true).open(part).map_err(FetchError::io(part, "written"))?
        }
        Err(error) => return Err(FetchError::io(part, "written")(error)),
    };
    // Somebody may have put a link there in between; nothing has been written through it.
    if !is_at(&file, part) {
        return Err(FetchError::NotPlain { path: part.to_owned() });
    }
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(FetchError::Busy { path: part.to_owned() }),
        // Some file systems have no locks.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
    }
}

/// Whether it is the very file that an open one is, and no link to it.
fn is_at(file: &File, path: &Path) -> bool {
    let (Ok(opened), Ok(found)) = (file.metadata(), path.symlink_metadata()) else { return false };
    found.is_file() && is_same(&opened, &found)
}

#[cfg(unix)]
fn is_same(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_same(_: &fs::Metadata, _: &fs::Metadata) -> bool {
    true
}

/// Fetches until the file is whole and right.
fn fill(
    order: &Order<'_>,
    file: &mut File,
    part: &Path,
    options: &FetchOptions,
    observer: &mut dyn FetchObserver,
) -> Result<(), FetchError> {
    let transport = Transport::new(options)?;
    let write_error = |error| FetchError::io(part, "written")(error);
    let mut attempts = 0;
    loop {
        attempts += 1;
        let had = length(file).map_err(write_error)?;
        let failure = match transfer(order, file, &transport, observer).map_err(write_error)? {
            Ok(()) => {
                observer.event(&FetchEvent::Checking);
                let Some(problem) = difference(order.download, file).map_err(FetchError::io(part, "read"))? else {
                    return Ok(());
                };
                file.set_len(0).map_err(write_error)?;
                if had == 0 {
                    return Err(FetchError::Other { url: order.url.to_owned(), problem });
                }
                // What was there before may have been of another file.
                observer.remark(&format!("what there was of `{}` does not fit; starting over", order.download.name));
                continue;
            }
            Err(failure) => failure,
        };
        let (problem, passing) = match failure {
            Stop::Transport(Failure::Passing(problem)) => (problem, true),
            Stop::Transport(Failure::Lasting(problem)) => (problem, false),
            Stop::Transport(Failure::NoSuchRange) => {
                file.set_len(0).map_err(write_error)?;
                ("the server has nothing where the earlier download ended".to_owned(), had > 0)
            }
            Stop::Other(problem) => {
                file.set_len(0).map_err(write_error)?;
                return Err(FetchError::Other { url: order.url.to_owned(), problem });
            }
        };
        if !passing || attempts > options.retries {
            return Err(FetchError::Transfer { url: order.url.to_owned(), problem, attempts, passing });
        }
        let wait = options.backoff.saturating_mul(1 << (attempts - 1).min(6));
        observer.remark(&format!("{}: {problem}; trying again in {} s", order.download.name, wait.as_secs_f64()));
        std::thread::sleep(wait);
    }
}

/// What ended a transfer early.
enum Stop {
    Transport(Failure),
    /// It is another file.
    Other(String),
}

/// Fetches what is missing of the file. The outer error is that of the disk.
fn transfer(
    order: &Order<'_>,
    file: &mut File,
    transport: &Transport,
    observer: &mut dyn FetchObserver,
) -> io::Result<Result<(), Stop>> {
    let whole = order.download.bytes;
    let mut had = length(file)?;
    if had > whole {
        file.set_len(0)?;
        had = 0;
    }
    if had == whole {
        return Ok(Ok(()));
    }
    let mut opened = match transport.open(order.location, had) {
        Ok(opened) => opened,
        Err(failure) => return Ok(Err(Stop::Transport(failure))),
    };
    if let Some(total) = opened.total.filter(|&total| total != whole) {
        return Ok(Err(Stop::Other(sizes(total, whole))));
    }
    if opened.begins_at != had {
        file.set_len(0)?;
        if opened.begins_at != 0 {
            let problem = "the server sends another part of the file than it was asked for".to_owned();
            return Ok(Err(Stop::Transport(Failure::Passing(problem))));
        }
        observer.remark(&format!("the server cannot go on with `{}`; starting over", order.download.name));
    }
    let mut done = opened.begins_at;
    file.seek(SeekFrom::Start(done))?;
    observer.event(&FetchEvent::Began { name: order.download.name, url: order.url, bytes: whole, from: done });
    let mut buffer = vec![0; 1 << 16];
    while done < whole {
        let count = match opened.body.read(&mut buffer) {
            Ok(0) => {
                let problem = format!("the connection ended after {} of {} bytes", shown(done), shown(whole));
                return Ok(Err(Stop::Transport(Failure::Passing(problem))));
            }
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Ok(Err(Stop::Transport(transport.interruption(&error)))),
        };
        if count as u64 > whole - done {
            return Ok(Err(Stop::Other(format!("it goes on after its {} bytes", shown(whole)))));
        }
        file.write_all(&buffer[..count])?;
        done += count as u64;
        observer.event(&FetchEvent::Progress { done });
    }
    // Where no size was declared, only this tells that there is more.
    if opened.total.is_none() && matches!(opened.body.read(&mut buffer[..1]), Ok(1)) {
        return Ok(Err(Stop::Other(format!("it goes on after its {} bytes", shown(whole)))));
    }
    Ok(Ok(()))
}

/// How a whole file differs from the published one, if it does.
fn difference(download: &Download, file: &mut File) -> io::Result<Option<String>> {
    file.seek(SeekFrom::Start(0))?;
    let found = checksums(file, download.bytes)?;
    Ok(if found.bytes != download.bytes {
        Some(sizes(found.bytes, download.bytes))
    } else if found.sha256 != download.sha256 {
        Some(format!("its SHA-256 is {}, not {}", found.sha256, download.sha256))
    } else if found.md5 != download.md5 {
        Some(format!("its MD5 is {}, not {}", found.md5, download.md5))
    } else {
        None
    })
}

/// Whether a file that is there under its own name is the published one.
pub(super) fn is_published(download: &Download, path: &Path) -> bool {
    let right = File::open(path).and_then(|mut file| difference(download, &mut file));
    matches!(right, Ok(None))
}

fn sizes(found: u64, expected: u64) -> String {
    format!("it has {} bytes, not {}", shown(found), shown(expected))
}

fn length(file: &File) -> io::Result<u64> {
    Ok(file.metadata()?.len())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn an_unfinished_download_is_never_a_link() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let (part, other) = (folder.path().join("x.gz.part"), folder.path().join("other"));
        // A link to nothing makes no file elsewhere.
        symlink(&other, &part).expect("it can be made");
        assert!(matches!(open(&part), Err(FetchError::NotPlain { .. })) && !other.exists());
        fs::write(&other, "mine").expect("it can be written");
        assert!(matches!(open(&part), Err(FetchError::NotPlain { .. })));
        // A file that was opened by a link is told from the one that has taken its place.
        let through = File::open(&part).expect("it is there");
        assert!(!is_at(&through, &part));
        fs::remove_file(&part).expect("it can be removed");
        drop(open(&part).expect("there is nothing there"));
        assert!(!is_at(&through, &part) && open(&part).is_ok());
    }
}
