//! Whether memory holds what a file says it has, asked before any is taken.

use super::error::DataError;
use crate::machine::available_memory;
use std::path::Path;

/// Less than this fits, or nothing does: asking the system would take longer than reading.
const SMALL: u64 = 64 << 20;

/// Whether `needed` more bytes of memory are there for what `path` holds.
///
/// # Errors
/// [`DataError::TooLarge`] if not.
pub(super) fn check(path: &Path, needed: u64) -> Result<(), DataError> {
    if needed <= SMALL {
        return Ok(());
    }
    match available_memory() {
        Some(available) if available < needed => Err(DataError::TooLarge { path: path.into(), needed, available }),
        Some(_) | None => Ok(()),
    }
}

/// Makes room for `more` values in a vector that grows with a file whose content has no declared size.
///
/// # Errors
/// [`DataError::TooLarge`] if memory does not hold them.
pub(super) fn grow<T>(values: &mut Vec<T>, more: usize, path: &Path) -> Result<(), DataError> {
    if values.capacity() - values.len() >= more {
        return Ok(());
    }
    let added = (values.len() / 2).max(more).max(1 << 10);
    check(path, (added as u64).saturating_mul(size_of::<T>() as u64))?;
    let needed = (added as u64).saturating_mul(size_of::<T>() as u64);
    values.try_reserve_exact(added).map_err(|_| DataError::TooLarge { path: path.into(), needed, available: 0 })
}
