//! How a dispatch is divided where operands are larger than the device takes at once. Parts are ranges of rows, which
//! are contiguous, and no number depends on the division.

use super::operands::{ALIGNED, Rows, word};
use super::rows;
use crate::buffer::Slice;
use crate::device::Device;
use crate::error::{GpuError, misuse};
use std::ops::Range;

/// Ranges of rows, as long as the device can take all operands at once. Rows of every range but the last are a multiple
/// of `step`.
pub(crate) fn ranges(
    device: &Device,
    what: &str,
    rows: usize,
    step: usize,
    operands: &[&Rows<'_>],
) -> Result<Vec<Range<usize>>, GpuError> {
    let numbers: Vec<u64> = operands.iter().map(|operand| step as u64 * operand.numbers as u64).collect();
    let steps = rows::ranges(device, what, rows.div_ceil(step) as u64, &numbers)?;
    let range = |steps: Range<u64>| {
        let [start, end] = [steps.start, steps.end].map(|at| at as usize * step);
        start..end.min(rows)
    };
    Ok(steps.into_iter().map(range).collect())
}

/// A part of rows that are written, with the rows that they are made of.
pub(crate) struct Spread {
    /// Rows that are written.
    pub(crate) rows: Range<usize>,
    pub(crate) from: Slice,
    pub(crate) to: Slice,
    /// Where row 0 of what is read would begin, in quads; it may lie before the slice, whose numbers are then counted
    /// around.
    pub(crate) from_first: u32,
    /// The quad of `to` where the rows begin.
    pub(crate) to_first: u32,
}

/// Parts of `rows` rows that are made of `from_rows` rows over and over, small enough for the device.
pub(crate) fn spread(
    device: &Device,
    [rows, from_rows]: [usize; 2],
    from: &Rows<'_>,
    to: &Rows<'_>,
) -> Result<Vec<Spread>, GpuError> {
    if from_rows == 0 || !rows.is_multiple_of(from_rows) {
        return Err(misuse(format!("{rows} rows cannot be made of {from_rows}")));
    }
    let limit = usize::try_from(device.limits().binding / 4).unwrap_or(usize::MAX);
    let numbers = from.numbers.max(to.numbers).max(1);
    let part = |rows: Range<usize>, from_first_row: usize, count: usize| {
        let (from_slice, from_before) = from.part_anywhere(&(from_first_row..from_first_row + count))?;
        let (to_slice, to_before) = to.part_anywhere(&rows)?;
        let origin = word(from_before / 4)?.wrapping_sub(word(from_first_row * from.numbers / 4)?);
        Ok(Spread { rows, from: from_slice, to: to_slice, from_first: origin, to_first: word(to_before / 4)? })
    };
    if rows.saturating_mul(to.numbers) <= limit && from_rows.saturating_mul(from.numbers) <= limit {
        return Ok(vec![part(0..rows, 0, from_rows)?]);
    }
    let most = limit.saturating_sub(ALIGNED) / numbers;
    if most == 0 {
        let what = to.slice.buffer().what().to_owned();
        return Err(GpuError::TooLarge { what, bytes: 4 * numbers as u64, limit: device.limits().binding });
    }
    let mut parts = Vec::new();
    for repetition in 0..rows / from_rows {
        for first in (0..from_rows).step_by(most) {
            let count = most.min(from_rows - first);
            let start = repetition * from_rows + first;
            parts.push(part(start..start + count, first, count)?);
        }
    }
    Ok(parts)
}
