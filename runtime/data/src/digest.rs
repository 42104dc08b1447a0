//! Which bytes a run was trained on.

use super::error::DataError;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The fingerprint of a data file as it lies on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Digest {
    /// The file's name, without its folder.
    pub name: String,
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

impl Digest {
    /// The digest of bytes that are in memory.
    pub(super) fn of(name: &str, bytes: &[u8]) -> Self {
        Self { name: name.into(), sha256: hexadecimal(&Sha256::digest(bytes)), bytes: bytes.len() as u64 }
    }
}

impl Digest {
    /// Whether test data are others than these training data.
    ///
    /// # Errors
    /// [`DataError::TestIsTraining`] with the paths of both if they hold the same bytes.
    pub(super) fn check_differs(&self, test: &Self, (training, tested): (&Path, &Path)) -> Result<(), DataError> {
        if self.sha256 == test.sha256 {
            return Err(DataError::TestIsTraining { training: training.into(), test: tested.into() });
        }
        Ok(())
    }
}

/// A file that hashes what is read from it.
pub(super) struct HashingFile {
    file: File,
    hash: Sha256,
    bytes: u64,
}

impl HashingFile {
    pub(super) fn new(file: File) -> Self {
        Self { file, hash: Sha256::new(), bytes: 0 }
    }

    /// The digest of everything that was read.
    pub(super) fn finish(self, name: String) -> Digest {
        Digest { name, sha256: hexadecimal(&self.hash.finalize()), bytes: self.bytes }
    }
}

impl Read for HashingFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.hash.update(&buffer[..count]);
        self.bytes += count as u64;
        Ok(count)
    }
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
