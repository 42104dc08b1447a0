//! Whether a file on the disk is what was published.

use super::checksum::{shown, size_and_sha256};
use super::published::Content;
use flate2::bufread::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

/// How a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// As it was published.
    Sound,
    /// It can be read, and nothing is published to compare it with.
    Readable,
    /// Not as it was published, and how.
    Damaged(String),
    /// Not there.
    Missing,
}

/// Compares a file with what was published; one whose name ends in `.gz` is decompressed on the way, since the same
/// content may be compressed in many ways.
pub(super) fn examine(content: &Content, path: &Path) -> State {
    match read(content, path) {
        Ok((bytes, _)) if bytes < content.bytes => {
            State::Damaged(format!("it is truncated: {} of {} bytes", shown(bytes), shown(content.bytes)))
        }
        Ok((bytes, _)) if bytes > content.bytes => {
            State::Damaged(format!("it goes on after its {} bytes", shown(content.bytes)))
        }
        Ok((_, sha256)) if sha256 != content.sha256 => {
            State::Damaged(format!("its content differs: its SHA-256 is {sha256}, not {}", content.sha256))
        }
        Ok(_) => State::Sound,
        Err(error) if is_compressed(path) && error.kind() == io::ErrorKind::UnexpectedEof => {
            State::Damaged("it is truncated".to_owned())
        }
        Err(error) if is_compressed(path) && is_of_the_decoder(&error) => {
            State::Damaged(format!("it is not a sound gzip file: {error}"))
        }
        Err(error) => State::Damaged(format!("it cannot be read: {error}")),
    }
}

/// The size and SHA-256 of the content; no more of it is read than needed to see that it is too long.
fn read(content: &Content, path: &Path) -> io::Result<(u64, String)> {
    // Asked before opening, as opening a named pipe would wait for its writer.
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let file = BufReader::with_capacity(1 << 17, File::open(path)?);
    if is_compressed(path) {
        size_and_sha256(MultiGzDecoder::new(file), content.bytes)
    } else {
        size_and_sha256(file, content.bytes)
    }
}

fn is_compressed(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "gz")
}

fn is_of_the_decoder(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)
}
