//! Checksums of what was read.

use elbo_compiler::ir::grouped;
use md5::Md5;
use sha2::{Digest as _, Sha256};
use std::io::{self, Read};

/// Size and checksums of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Checksums {
    pub(super) bytes: u64,
    /// In lower-case hexadecimal, as the others.
    pub(super) sha256: String,
    pub(super) md5: String,
}

/// Reads to the end, or one byte past `most`.
pub(super) fn checksums(stream: impl Read, most: u64) -> io::Result<Checksums> {
    let (mut sha256, mut md5) = (Sha256::new(), Md5::new());
    let bytes = read_blocks(stream, most, |block| {
        sha256.update(block);
        md5.update(block);
    })?;
    Ok(Checksums { bytes, sha256: hexadecimal(&sha256.finalize()), md5: hexadecimal(&md5.finalize()) })
}

/// Reads to the end, or one byte past `most`, and gives the size and SHA-256 of what came.
pub(super) fn size_and_sha256(stream: impl Read, most: u64) -> io::Result<(u64, String)> {
    let mut hash = Sha256::new();
    let bytes = read_blocks(stream, most, |block| hash.update(block))?;
    Ok((bytes, hexadecimal(&hash.finalize())))
}

fn read_blocks(stream: impl Read, most: u64, mut take: impl FnMut(&[u8])) -> io::Result<u64> {
    let mut stream = stream.take(most.saturating_add(1));
    let (mut buffer, mut bytes) = (vec![0; 1 << 16], 0);
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(bytes),
            Ok(count) => {
                take(&buffer[..count]);
                bytes += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Sizes as people read them: `9,912,422`.
pub(super) fn shown(bytes: u64) -> String {
    grouped(usize::try_from(bytes).unwrap_or(usize::MAX))
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
