//! A file that grows as an attempt goes on, and knows what it holds.

use super::open::hexadecimal;
use super::{StoreError, disk};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// A file that grows as an attempt goes on, such as `metrics.jsonl`.
#[derive(Debug)]
pub struct GrowingFile {
    file: File,
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

impl GrowingFile {
    /// A new, empty file.
    pub(super) fn create(path: &Path) -> Result<Self, StoreError> {
        let file = disk::create_new(path).map_err(StoreError::write(path))?;
        Ok(Self { file, bytes: 0, digest: Sha256::new() })
    }

    /// What it holds by now, which survives a power failure from here on.
    ///
    /// # Errors
    /// If the disk does not take it.
    pub fn synced(&self) -> io::Result<Beginning> {
        disk::sync(&self.file)?;
        Ok(Beginning { bytes: self.bytes, sha256: hexadecimal(&self.digest.clone().finalize()) })
    }
}

impl Write for GrowingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.bytes += written as u64;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
