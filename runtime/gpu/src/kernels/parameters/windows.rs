//! Division of long operands into what a kernel can be given at once.

use crate::buffer::{NUMBER, Slice};
use crate::error::GpuError;
use crate::recording::Recording;
use std::ops::Range;

/// Numbers of a block. Sums are by blocks, whatever a division into dispatches, and tensors begin at blocks.
pub const BLOCK: u64 = 4096;

/// How many blocks so many numbers take.
pub fn blocks(numbers: u64) -> u64 {
    numbers.div_ceil(BLOCK)
}

/// Ranges of blocks, each of which fits into an operand of the device.
///
/// # Errors
/// [`GpuError::TooLarge`] if not even a block does.
pub(super) fn windows(recording: &Recording, what: &str, blocks: u64) -> Result<Vec<Range<u64>>, GpuError> {
    let limit = recording.device().limits().binding;
    let most = limit / (BLOCK * NUMBER);
    if most == 0 {
        return Err(GpuError::TooLarge { what: what.to_owned(), bytes: BLOCK * NUMBER, limit });
    }
    let firsts = (0..blocks).step_by(usize::try_from(most).unwrap_or(usize::MAX));
    Ok(firsts.map(|first| first..blocks.min(first.saturating_add(most))).collect())
}

/// The part of an operand that some blocks take.
///
/// # Errors
/// [`GpuError::Misuse`] if the operand is too short.
pub(super) fn window(slice: &Slice, blocks: &Range<u64>) -> Result<Slice, GpuError> {
    let first = blocks.start * BLOCK;
    let end = slice.numbers().min(blocks.end * BLOCK);
    slice.part(first, end.saturating_sub(first))
}
