//! A data file being read: decompressed on the way if its name ends in `.gz`, hashed as it lies on
//! disk, and never trusted about its size.

use super::digest::{Digest, HashingFile};
use super::error::DataError;
use super::room;
use flate2::bufread::MultiGzDecoder;
use std::fs::{self, File};
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// No deflate stream expands by more (zlib's technical notes: 1032 to 1).
const LARGEST_EXPANSION: u64 = 1032;
/// Nor does any set of images by this much: those of MNIST by 5, labels by 3. More is made to fill memory.
const LIKELY_EXPANSION: u64 = 100;
/// What a file may expand to however small it is.
const ANY_EXPANSION: u64 = 32 << 20;
const BUFFER: usize = 1 << 17;

/// An open data file.
pub(super) struct DataFile {
    path: PathBuf,
    size: u64,
    read: u64,
    input: Input,
}

enum Input {
    Plain(HashingFile),
    Gzip(Box<MultiGzDecoder<BufReader<HashingFile>>>),
}

impl DataFile {
    pub(super) fn open(path: &Path) -> Result<Self, DataError> {
        let unreadable = |error| DataError::Unreadable { path: path.into(), error };
        // Asked before opening, as opening a named pipe would wait for its writer.
        let metadata = fs::metadata(path).map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(unreadable(io::Error::other("it is not a regular file")));
        }
        let file = HashingFile::new(File::open(path).map_err(unreadable)?);
        let input = if path.extension().is_some_and(|extension| extension == "gz") {
            Input::Gzip(Box::new(MultiGzDecoder::new(BufReader::with_capacity(BUFFER, file))))
        } else {
            Input::Plain(file)
        };
        Ok(Self { path: path.into(), size: metadata.len(), read: 0, input })
    }

    /// Opens a file of one's own, which is not compressed and not empty.
    ///
    /// # Errors
    /// [`DataError::Unreadable`], [`DataError::Content`] if its name says that it is compressed, [`DataError::Empty`].
    pub(super) fn open_plain(path: &Path) -> Result<Self, DataError> {
        let file = Self::open(path)?;
        match file.input {
            Input::Gzip(_) => Err(DataError::Content {
                path: path.into(),
                place: String::new(),
                problem: "compressed files of one's own are not read".into(),
                help: "decompress it".into(),
            }),
            Input::Plain(_) if file.size == 0 => Err(DataError::Empty { path: path.into() }),
            Input::Plain(_) => Ok(file),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes on disk.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Fails if `expected` bytes of content cannot be what this file holds, so that memory may be taken
    /// for them. A compressed file's exact size shows only when it is read; its bound is known before.
    pub(super) fn check_size(&self, expected: u64) -> Result<(), DataError> {
        let largest = match self.input {
            Input::Plain(_) if self.size > expected => {
                return Err(DataError::Trailing { path: self.path.clone(), expected });
            }
            Input::Plain(_) => self.size,
            Input::Gzip(_) => self.size.saturating_mul(LARGEST_EXPANSION),
        };
        if largest < expected {
            return Err(DataError::Truncated { path: self.path.clone(), expected, found: largest });
        }
        let likely = self.size.saturating_mul(LIKELY_EXPANSION).max(ANY_EXPANSION);
        if matches!(self.input, Input::Gzip(_)) && expected > likely {
            let problem = format!(
                "its {} bytes claim to hold {expected}, more than {LIKELY_EXPANSION} times as many, which no set of \
                 images does",
                self.size
            );
            return Err(DataError::Gzip { path: self.path.clone(), problem });
        }
        room::check(&self.path, expected)
    }

    /// Reads the next `buffer.len()` bytes of the `expected` that there should be in all.
    pub(super) fn fill(&mut self, buffer: &mut [u8], expected: u64) -> Result<(), DataError> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read_some(&mut buffer[filled..])? {
                0 => return Err(DataError::Truncated { path: self.path.clone(), expected, found: self.read }),
                count => filled += count,
            }
        }
        Ok(())
    }

    /// The digest of the whole file, once all the `expected` bytes are read and no more follow.
    pub(super) fn finish(mut self, expected: u64) -> Result<Digest, DataError> {
        if self.read_some(&mut [0])? != 0 {
            return Err(DataError::Trailing { path: self.path, expected });
        }
        let file = match self.input {
            Input::Plain(file) => file,
            Input::Gzip(decoder) => decoder.into_inner().into_inner(),
        };
        let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(file.finish(name))
    }

    /// Reads the next bytes, at most as many as `buffer` holds; 0 at the end.
    pub(super) fn read_some(&mut self, buffer: &mut [u8]) -> Result<usize, DataError> {
        loop {
            let (result, compressed) = match &mut self.input {
                Input::Plain(file) => (file.read(buffer), false),
                Input::Gzip(decoder) => (decoder.read(buffer), true),
            };
            let path = || self.path.clone();
            return match result {
                Ok(count) => {
                    self.read += count as u64;
                    Ok(count)
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if compressed && error.kind() == ErrorKind::UnexpectedEof => {
                    Err(DataError::Gzip { path: path(), problem: "it is truncated".into() })
                }
                Err(error)
                    if compressed && matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::InvalidData) =>
                {
                    Err(DataError::Gzip { path: path(), problem: error.to_string() })
                }
                Err(error) => Err(DataError::Unreadable { path: path(), error }),
            };
        }
    }
}

/// The content of a file that is not compressed, and its digest.
///
/// # Errors
/// As of [`DataFile::open_plain`], [`DataError::TooLarge`] if memory does not hold it, [`DataError::Unreadable`] if
/// it cannot be read.
pub(super) fn read_whole(path: &Path) -> Result<(Vec<u8>, Digest), DataError> {
    let mut file = DataFile::open_plain(path)?;
    let size = file.size();
    let mut bytes = zeros(size, path)?;
    file.fill(&mut bytes, size)?;
    Ok((bytes, file.finish(size)?))
}

/// So many bytes of memory for what `path` holds.
///
/// # Errors
/// [`DataError::TooLarge`] if there is no room for them.
pub(super) fn zeros(size: u64, path: &Path) -> Result<Vec<u8>, DataError> {
    let too_large = || room::refused(path, size);
    room::check(path, size)?;
    let length = usize::try_from(size).map_err(|_| too_large())?;
    // Asked for first, because failing to get memory for a vector of zeros ends the program.
    Vec::<u8>::new().try_reserve_exact(length).map_err(|_| too_large())?;
    Ok(vec![0; length])
}
