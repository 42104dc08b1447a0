//! A file that grows as an attempt goes on, and knows what it holds.

use super::digest::{hexadecimal, sha256};
use super::{StoreError, disk};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file that grows as an attempt goes on, such as `metrics.jsonl`.
#[derive(Debug)]
pub struct GrowingFile {
    file: File,
    path: PathBuf,
    bytes: u64,
    digest: Sha256,
}

/// The first bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beginning {
    /// How many.
    pub bytes: u64,
    /// Their SHA-256, in lower-case hexadecimal.
    pub sha256: String,
}

impl Beginning {
    /// Refuses the content of a file that was written here whole, and that another program has changed since.
    ///
    /// # Errors
    /// [`StoreError::Content`]
    pub fn check_whole(&self, path: &Path, content: &[u8]) -> Result<(), StoreError> {
        if content.len() as u64 == self.bytes && sha256(content) == self.sha256 {
            return Ok(());
        }
        Err(self.changed(path, content.len() as u64))
    }

    /// That a file of now `size` bytes is not what was written.
    fn changed(&self, path: &Path, size: u64) -> StoreError {
        StoreError::content(
            path,
            format!(
                "another program changed it while the network trained: {} bytes were written, and it has {size}; \
                 nothing is \
                 published; run it again, it goes on from the last checkpoint that is whole",
                self.bytes
            ),
        )
    }
}

impl GrowingFile {
    /// A new, empty file.
    pub(super) fn create(path: &Path) -> Result<Self, StoreError> {
        let file = disk::create_new(path).map_err(StoreError::write(path))?;
        Ok(Self { file, path: path.to_owned(), bytes: 0, digest: Sha256::new() })
    }

    /// What it holds by now, which survives a power failure from here on.
    ///
    /// # Errors
    /// If the disk does not take it, or another program has cut the file short; as all errors of writing, it names
    /// the file and what to do.
    pub fn synced(&self) -> io::Result<Beginning> {
        disk::sync(&self.file).map_err(|error| self.named(error))?;
        let size = std::fs::metadata(&self.path).map_err(|error| self.named(error))?.len();
        if size < self.bytes {
            return Err(self.written().changed(&self.path, size).into_io());
        }
        Ok(self.written())
    }

    /// What has been written to it.
    pub fn written(&self) -> Beginning {
        Beginning { bytes: self.bytes, sha256: hexadecimal(&self.digest.clone().finalize()) }
    }

    /// Takes over bytes that another file began with.
    ///
    /// # Errors
    /// [`StoreError::Write`]
    pub fn take_over(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        disk::write_all(&mut self.file, bytes).map_err(StoreError::write(&self.path))?;
        self.bytes += bytes.len() as u64;
        self.digest.update(bytes);
        Ok(())
    }

    /// An error that says which file it is about, of the same kind.
    fn named(&self, error: io::Error) -> io::Error {
        StoreError::write(&self.path)(error).into_io()
    }
}

impl Write for GrowingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes).map_err(|error| self.named(error))?;
        self.bytes += written as u64;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush().map_err(|error| self.named(error))
    }
}
