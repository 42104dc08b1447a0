//! What kernels are given: numbers and operands that are checked against the shape they are for.

use crate::buffer::Slice;
use crate::error::{GpuError, misuse};
use std::ops::Range;

/// Operands begin at multiples of so many numbers.
pub(super) const ALIGNED: usize = 64;

/// Threads of a workgroup of kernels in which each thread works for itself.
const THREADS: u64 = 64;

/// Workgroups for so many threads.
pub(crate) fn workgroups(threads: usize) -> u64 {
    (threads as u64).div_ceil(THREADS)
}

/// A number as a kernel takes it.
pub(crate) fn word(number: usize) -> Result<u32, GpuError> {
    u32::try_from(number).map_err(|_| misuse(format!("{number} is beyond what kernels count to")))
}

/// All of these as kernels take them.
pub(crate) fn words<const COUNT: usize>(numbers: [usize; COUNT]) -> Result<[u32; COUNT], GpuError> {
    let mut words = [0; COUNT];
    for (word, number) in words.iter_mut().zip(numbers) {
        *word = self::word(number)?;
    }
    Ok(words)
}

/// That an operand is as long as it must be.
pub(crate) fn expect(what: &str, slice: &Slice, numbers: usize) -> Result<(), GpuError> {
    if slice.numbers() == numbers as u64 {
        return Ok(());
    }
    let name = slice.buffer().what();
    Err(misuse(format!("{what} takes {numbers} numbers, and {name} gives {}", slice.numbers())))
}

/// An operand with the same number of numbers in each row.
pub(crate) struct Rows<'r> {
    pub(super) slice: &'r Slice,
    /// Numbers of a row.
    pub(super) numbers: usize,
}

impl<'r> Rows<'r> {
    /// `rows` rows of so many numbers.
    pub(crate) fn new(what: &str, slice: &'r Slice, rows: usize, numbers: usize) -> Result<Self, GpuError> {
        expect(what, slice, rows.saturating_mul(numbers))?;
        Ok(Self { slice, numbers })
    }

    /// Some of the rows, which begin where operands can.
    pub(crate) fn part(&self, rows: &Range<usize>) -> Result<Slice, GpuError> {
        self.slice.part((rows.start * self.numbers) as u64, (rows.len() * self.numbers) as u64)
    }

    /// Some of the rows, wherever they begin, and how many numbers stand before them.
    pub(crate) fn part_anywhere(&self, rows: &Range<usize>) -> Result<(Slice, usize), GpuError> {
        let first = self.slice.first() + (rows.start * self.numbers) as u64;
        let before = first % ALIGNED as u64;
        let slice = self.slice.buffer().slice(first - before, before + (rows.len() * self.numbers) as u64)?;
        Ok((slice, before as usize))
    }
}

/// Bytes of so many numbers, for costs.
pub(crate) fn bytes(numbers: usize) -> f64 {
    4.0 * numbers as f64
}
