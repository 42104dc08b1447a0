//! Copies of rows, to be added to what is there or not: gradients that several layers contribute to, and what all
//! samples share spread over the rows of each.

use super::division::{Spread, spread};
use super::operands::{Rows, bytes, word, words, workgroups};
use crate::Slice;
use crate::cost::Cost;
use crate::error::{GpuError, misuse};
use crate::pipeline::Program;
use crate::recording::{Dispatch, Recording};

const SOURCES: &[&str] = &[include_str!("../wgsl/add.wgsl")];

/// Each row of `to` is a row of `from`, or that is added to it; `from` begins again after its last row.
#[derive(Debug)]
pub struct CopyRows<'k> {
    /// Numbers of a row, a multiple of four.
    pub numbers: usize,
    /// Rows that are read.
    pub from_rows: usize,
    /// Rows that are written, a multiple of those that are read.
    pub rows: usize,
    /// `[from_rows][numbers]`
    pub from: &'k Slice,
    /// `[rows][numbers]`
    pub to: &'k Slice,
    /// Whether numbers are added to what is there.
    pub add: bool,
}

impl CopyRows<'_> {
    /// Records it.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] for operands that do not fit, and what [`Recording::dispatch`] has.
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        record(recording, self, None)
    }

    /// What it takes.
    pub fn cost(&self) -> Cost {
        let [read, written] = [self.from_rows, self.rows].map(|rows| rows * self.numbers);
        let (flops, moved) = if self.add { (written as f64, read + 2 * written) } else { (0.0, read + written) };
        Cost { flops, bytes: bytes(moved) }
    }
}

/// The same, with another operand as long as the result that is added.
pub(super) fn record(recording: &mut Recording, copy: &CopyRows<'_>, other: Option<&Slice>) -> Result<(), GpuError> {
    if copy.numbers == 0 || !copy.numbers.is_multiple_of(4) {
        return Err(misuse(format!("rows of {} numbers are no multiples of four", copy.numbers)));
    }
    let from = Rows::new("what is copied", copy.from, copy.from_rows, copy.numbers)?;
    let to = Rows::new("a copy", copy.to, copy.rows, copy.numbers)?;
    let other = other.map(|other| Rows::new("what is added", other, copy.rows, copy.numbers)).transpose()?;
    let flags = if other.is_some() { vec!["PAIR"] } else { Vec::new() };
    let program = Program { name: "copy", sources: SOURCES, flags, values: Vec::new() };
    for part in spread(recording.device(), [copy.rows, copy.from_rows], &from, &to)? {
        let Spread { rows, from, to, from_first, to_first } = part;
        let count = rows.len() * copy.numbers / 4;
        let [count_word, row, first_row, from_rows] = words([count, copy.numbers / 4, rows.start, copy.from_rows])?;
        let mut reads = vec![&from];
        let second = other.as_ref().map(|other| other.part_anywhere(&rows)).transpose()?;
        if let Some((second, before)) = &second {
            // Both begin at the same place of a buffer's stretch, because all slices begin at multiples of 64.
            if word(before / 4)? != to_first {
                return Err(misuse("what is added does not begin as its sum does"));
            }
            reads.push(second);
        }
        recording.dispatch(&Dispatch {
            program: &program,
            fixed: &[count_word, row, first_row, from_rows, from_first, to_first, copy.add.into()],
            reads: &reads,
            writes: &[&to],
            workgroups: workgroups(count),
        })?;
    }
    Ok(())
}
