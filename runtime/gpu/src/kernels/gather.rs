//! A batch of resident examples, made where they lie.

use super::division::ranges;
use super::operands::{Rows, bytes, expect, words, workgroups};
use super::resident::{ResidentExamples, ResidentRows};
use super::value::Value;
use crate::Slice;
use crate::cost::Cost;
use crate::error::{GpuError, misuse};
use crate::pipeline::Program;
use crate::recording::{Dispatch, Recording};

const SOURCES: &[&str] = &[include_str!("../wgsl/random.wgsl"), include_str!("../wgsl/gather.wgsl")];
const ROW_SOURCES: &[&str] = &[include_str!("../wgsl/gather_rows.wgsl")];

/// The chosen examples as a network takes them, changed at random as [`crate::Varying::epoch`] and their numbers say;
/// equal to the bit to what a host makes of them. Rows beyond [`crate::Varying::examples`] become 0.
#[derive(Debug)]
pub struct Gather<'k> {
    /// The examples.
    pub examples: &'k ResidentExamples,
    /// The shape of an example as the network takes it, as many numbers as an example has: an image, or features in
    /// canonical order.
    pub value: Value,
    /// Rows that there is room for.
    pub rows: usize,
    /// `[rows]`, the positions as words; only those of the examples that count are looked at.
    pub chosen: &'k Slice,
    /// `[rows][positions][channels]`
    pub to: &'k Slice,
}

impl Gather<'_> {
    /// Records it.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] for operands that do not fit, and what [`Recording::dispatch`] has.
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        self.value.check()?;
        let ResidentExamples { planes, values, numbers, changes, key, .. } = self.examples;
        let (size, wanted): (usize, usize) = (planes.iter().product(), self.value.positions() * self.value.channels);
        if size != wanted {
            return Err(misuse(format!("examples of {size} numbers are gathered as such of {wanted}")));
        }
        expect("the positions of a batch", self.chosen, self.rows)?;
        let to = Rows::new("a batch", self.to, self.rows, self.value.numbers())?;
        let flags = if self.examples.are_bytes { vec!["BYTES"] } else { Vec::new() };
        let program = Program { name: "gather", sources: SOURCES, flags, values: Vec::new() };
        let parts = &self.examples.parts;
        for range in ranges(recording.device(), "a batch", self.rows, 1, &[&to])? {
            let to = to.part(&range)?;
            let count = range.len() * self.value.numbers() / 4;
            let [count_word, quads, positions, channels] =
                words([count, self.value.quads(), self.value.positions(), self.value.channels])?;
            let [planes, rows, columns, change_count, first_row] =
                words([planes[0], planes[1], planes[2], self.examples.change_count, range.start])?;
            for part in parts {
                let [first, examples, is_first] = words([part.first, part.count, (part.first == 0).into()])?;
                let fixed = [
                    count_word,
                    quads,
                    positions,
                    channels,
                    planes,
                    rows,
                    columns,
                    first,
                    examples,
                    is_first,
                    change_count,
                    key[0],
                    key[1],
                    first_row,
                ];
                recording.dispatch(&Dispatch {
                    program: &program,
                    fixed: &fixed,
                    reads: &[&part.buffer.all(), &values.all(), &numbers.all(), self.chosen, &changes.all()],
                    writes: &[&to],
                    workgroups: workgroups(count),
                })?;
            }
        }
        Ok(())
    }

    /// What it takes.
    pub fn cost(&self) -> Cost {
        let numbers = self.rows * self.value.numbers();
        let read = if self.examples.are_bytes { numbers as f64 } else { bytes(numbers) };
        let changes = self.examples.change_count as f64;
        Cost { flops: (2.0 + 50.0 * changes) * numbers as f64, bytes: read + bytes(numbers) }
    }
}

/// Rows of a resident table by their positions. Rows beyond [`crate::Varying::examples`] become 0.
#[derive(Debug)]
pub struct GatherRows<'k> {
    /// The table.
    pub table: &'k ResidentRows,
    /// Rows that there is room for.
    pub rows: usize,
    /// `[rows]`, the positions as words.
    pub chosen: &'k Slice,
    /// `[rows][words]`
    pub to: &'k Slice,
}

impl GatherRows<'_> {
    /// Records it.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] for operands that do not fit, and what [`Recording::dispatch`] has.
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        let width = self.table.width;
        expect("the positions of a batch", self.chosen, self.rows)?;
        expect("rows of a batch", self.to, self.rows.saturating_mul(width))?;
        let program = Program { name: "gather_rows", sources: ROW_SOURCES, flags: Vec::new(), values: Vec::new() };
        for part in &self.table.parts {
            let count = self.rows * width;
            recording.dispatch(&Dispatch {
                program: &program,
                fixed: &words([count, width, part.first, part.count, (part.first == 0).into()])?,
                reads: &[&part.buffer.all(), self.chosen],
                writes: &[self.to],
                workgroups: workgroups(count),
            })?;
        }
        Ok(())
    }

    /// What it takes.
    pub fn cost(&self) -> Cost {
        Cost { flops: 0.0, bytes: bytes(2 * self.rows * self.table.width) }
    }
}
