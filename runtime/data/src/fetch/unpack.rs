//! The wanted members of a compressed archive.

use super::checksum::{hexadecimal, shown};
use super::error::FetchError;
use super::published::Content;
use elbo_machine::partial;
use flate2::bufread::MultiGzDecoder;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Component, Path, PathBuf};
use tar::{Archive, Entry};

/// What an archive may hold beside the wanted members: headers, a page of text, names of classes.
const BESIDE: u64 = 16 << 20;

/// Unpacks the members `inner/NAME` of the archive that are `wanted` into `folder`, as `NAME`, each written whole and checked before it gets
/// its name. Nothing else is written, and no more is decompressed than the archive may hold.
pub(super) fn unpack(
    archive: &Path,
    inner: &str,
    wanted: &[&Content],
    all: &[Content],
    folder: &Path,
) -> Result<Vec<PathBuf>, FetchError> {
    let wrong = |problem: String| FetchError::Archive { path: archive.to_owned(), problem };
    let unreadable = |error: io::Error| wrong(error.to_string());
    let most = all.iter().map(|content| content.bytes).sum::<u64>() + BESIDE;
    let file = File::open(archive).map_err(FetchError::io(archive, "read"))?;
    let stream = MultiGzDecoder::new(BufReader::with_capacity(1 << 17, file)).take(most);
    let mut members = Archive::new(stream);
    let mut missing: Vec<&Content> = wanted.to_vec();
    let mut unpacked = Vec::new();
    for member in members.entries().map_err(unreadable)? {
        let member = member.map_err(unreadable)?;
        let path = member.path().map_err(unreadable)?.into_owned();
        let outside = path.components().any(|part| !matches!(part, Component::Normal(_) | Component::CurDir));
        if outside {
            return Err(wrong(format!("its member `{}` leads out of the folder", path.display())));
        }
        if member.size() > most {
            return Err(wrong(format!("its member `{}` has {} bytes", path.display(), shown(member.size()))));
        }
        let Some(place) = missing.iter().position(|content| path == Path::new(inner).join(content.name)) else {
            continue;
        };
        let content = missing.swap_remove(place);
        if !member.header().entry_type().is_file() {
            return Err(wrong(format!("its member `{}` is not a file", path.display())));
        }
        if member.size() != content.bytes {
            let (found, expected) = (shown(member.size()), shown(content.bytes));
            return Err(wrong(format!("its member `{}` has {found} bytes, not {expected}", path.display())));
        }
        unpacked.push(write(member, content, folder).map_err(|error| match error {
            WriteError::Read(error) => unreadable(error),
            WriteError::Write(error) => FetchError::io(folder.join(content.name), "written")(error),
            WriteError::Differs(sha256) => {
                wrong(format!("the SHA-256 of its member `{}` is {sha256}, not {}", path.display(), content.sha256))
            }
        })?);
        if missing.is_empty() {
            return Ok(unpacked);
        }
    }
    let names: Vec<String> = missing.iter().map(|content| format!("`{inner}/{}`", content.name)).collect();
    Err(wrong(format!("it has no {}", names.join(", "))))
}

enum WriteError {
    Read(io::Error),
    Write(io::Error),
    Differs(String),
}

fn write(mut member: Entry<'_, impl Read>, content: &Content, folder: &Path) -> Result<PathBuf, WriteError> {
    let mut file = partial::file(folder).map_err(WriteError::Write)?;
    let (mut hash, mut left) = (Sha256::new(), content.bytes);
    let mut buffer = vec![0; 1 << 16];
    while left > 0 {
        let count = match member.read(&mut buffer) {
            Ok(0) => return Err(WriteError::Read(io::ErrorKind::UnexpectedEof.into())),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(WriteError::Read(error)),
        };
        hash.update(&buffer[..count]);
        file.write_all(&buffer[..count]).map_err(WriteError::Write)?;
        left = left.saturating_sub(count as u64);
    }
    let sha256 = hexadecimal(&hash.finalize());
    if sha256 != content.sha256 {
        return Err(WriteError::Differs(sha256));
    }
    file.as_file().sync_all().map_err(WriteError::Write)?;
    let path = folder.join(content.name);
    file.persist(&path).map_err(|error| WriteError::Write(error.error))?;
    Ok(path)
}
