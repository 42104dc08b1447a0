//! Dividing rows where an operand is larger than a kernel may see at once.

use crate::buffer::{NUMBER, Slice};
use crate::device::Device;
use crate::error::{GpuError, misuse};
use std::ops::Range;

/// Operands begin at multiples of so many numbers.
const ALIGNED: u64 = 64;

/// Ranges of rows so that `row[i]` numbers of each row of operand `i` begin at a place where operands may begin and are
/// no more than the device sees at once.
///
/// # Errors
/// [`GpuError::TooLarge`] if not even the fewest rows are few enough.
pub(crate) fn ranges(device: &Device, what: &str, rows: u64, row: &[u64]) -> Result<Vec<Range<u64>>, GpuError> {
    let limit = device.limits().binding / NUMBER;
    let step = alignment(row);
    let largest = row.iter().copied().max().unwrap_or(0).max(1);
    let most = limit / largest;
    let together = if most >= rows { rows } else { most / step * step };
    if together == 0 && rows > 0 {
        return Err(GpuError::TooLarge {
            what: format!("{} rows of {what}", step.min(rows)),
            bytes: step.min(rows).saturating_mul(largest).saturating_mul(NUMBER),
            limit: device.limits().binding,
        });
    }
    let together = together.max(1);
    Ok((0..rows.div_ceil(together)).map(|at| at * together..rows.min((at + 1) * together)).collect())
}

/// The same of parts of sums, each of several rows, where the last may have fewer rows: all together if operands are
/// small enough as they are.
///
/// # Errors
/// As [`ranges`].
pub(crate) fn part_ranges(
    device: &Device,
    what: &str,
    parts: u64,
    row: &[u64],
    operands: &[&Slice],
) -> Result<Vec<Range<u64>>, GpuError> {
    if operands.iter().all(|operand| operand.bytes() <= device.limits().binding) {
        return Ok(std::iter::once(0..parts).collect());
    }
    ranges(device, what, parts, row)
}

/// Numbers of an operand in one part of a sum: 64 MiB, which every device sees at once.
const PART_NUMBERS: u64 = 1 << 24;

/// How many rows make one part of a sum over `rows` rows: about `wanted`, but so many that the next part begins where
/// an operand of `row[i]` numbers a row may begin, and no more than every device sees at once.
pub(crate) fn rows_together(rows: u64, wanted: u64, row: &[u64]) -> u64 {
    let largest = row.iter().copied().max().unwrap_or(1).max(1);
    let together = wanted.min((PART_NUMBERS / largest).max(1)).max(1).next_multiple_of(alignment(row));
    together.min(rows.max(1))
}

/// Rows after which all operands are where they may begin.
fn alignment(row: &[u64]) -> u64 {
    row.iter().map(|numbers| ALIGNED >> numbers.trailing_zeros().min(6)).max().unwrap_or(1)
}

/// The rows `range` of an operand of `row` numbers a row.
pub(crate) fn part(operand: &Slice, range: &Range<u64>, row: u64) -> Result<Slice, GpuError> {
    operand.part(range.start * row, (range.end - range.start) * row)
}

/// Whether an operand has the numbers that it should have.
pub(crate) fn expect(kernel: &str, what: &str, operand: &Slice, numbers: u64) -> Result<(), GpuError> {
    if operand.numbers() == numbers {
        return Ok(());
    }
    let have = operand.numbers();
    Err(misuse(format!("{kernel}: {what} ({}) has {have} numbers, not {numbers}", operand.buffer().what())))
}

/// A count as kernels have it.
pub(crate) fn word(what: &str, count: u64) -> Result<u32, GpuError> {
    u32::try_from(count).map_err(|_| misuse(format!("{what} are {count}, beyond what a kernel counts")))
}
