//! Whether memory holds what a file says it has, asked before any is taken.

use super::error::DataError;
use elbo_machine::available_memory;
use std::path::Path;

/// Less than this fits, or nothing does: asking the system would take longer than reading.
const SMALL: u64 = 64 << 20;

/// Whether `needed` more bytes of memory are there for what `path` holds.
///
/// # Errors
/// [`DataError::TooLarge`] if not.
pub(super) fn check(path: &Path, needed: u64) -> Result<(), DataError> {
    check_beside(path, 0, needed)
}

/// The same beside `held` bytes that have been taken for it already.
fn check_beside(path: &Path, held: u64, more: u64) -> Result<(), DataError> {
    if more <= SMALL {
        return Ok(());
    }
    match available_memory() {
        Some(available) if available < more => Err(DataError::TooLarge {
            path: path.into(),
            needed: held.saturating_add(more),
            available: Some(held.saturating_add(available)),
        }),
        Some(_) | None => Ok(()),
    }
}

/// That the system gives no `needed` bytes for what `path` holds, whatever it says is available.
pub(super) fn refused(path: &Path, needed: u64) -> DataError {
    DataError::TooLarge { path: path.into(), needed, available: None }
}

/// Makes room for `more` values in a vector that grows with a file whose content has no declared size.
///
/// # Errors
/// [`DataError::TooLarge`] if memory does not hold them.
pub(super) fn grow<T>(values: &mut Vec<T>, more: usize, path: &Path) -> Result<(), DataError> {
    if values.capacity() - values.len() >= more {
        return Ok(());
    }
    let bytes = |count: usize| (count as u64).saturating_mul(size_of::<T>() as u64);
    let held = bytes(values.len());
    // Half as many again, so that it seldom grows; where there is no room for that, what is needed will do.
    let ahead = (values.len() / 2).max(more).max(1 << 10);
    if check_beside(path, held, bytes(ahead)).is_ok() && values.try_reserve_exact(ahead).is_ok() {
        return Ok(());
    }
    check_beside(path, held, bytes(more))?;
    values.try_reserve_exact(more).map_err(|_| refused(path, held.saturating_add(bytes(more))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_names_all_that_is_needed_and_no_false_figure() {
        let path = Path::new("data.csv");
        let error = check(path, u64::MAX / 2).expect_err("nobody has so much");
        let DataError::TooLarge { needed, available: Some(available), .. } = &error else { panic!("{error}") };
        assert!(*needed == u64::MAX / 2 && *available > 0, "{error}");
        let mut values = vec![0_u64; 1000];
        values.shrink_to_fit();
        let error = grow(&mut values, usize::MAX / 32, path).expect_err("nobody has so much");
        let DataError::TooLarge { needed, available, .. } = &error else { panic!("{error}") };
        assert_eq!(*needed, 8000 + (usize::MAX / 32 * 8) as u64);
        assert!(available.is_some_and(|available| available > 8000), "{error}");
        // The system refuses what it says is there.
        let said = refused(path, 3 << 30).to_string();
        assert_eq!(said, "`data.csv` holds 3.0 GiB of content, and the system gives no memory for it");
        grow(&mut values, 1, path).expect("there is room for that");
        assert!(values.capacity() >= 1500);
    }
}
