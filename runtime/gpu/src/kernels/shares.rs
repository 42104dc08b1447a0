//! Means over windows, interpolations, and the ways back of both: each place as a sum of other places with their
//! shares.

use super::division::ranges;
use super::operands::{Rows, bytes, expect, word, words, workgroups};
use super::value::Value;
use crate::Slice;
use crate::buffer::Buffer;
use crate::cost::Cost;
use crate::device::Device;
use crate::error::{GpuError, misuse};
use crate::pipeline::Program;
use crate::recording::{Dispatch, Recording};

const SOURCES: &[&str] = &[include_str!("../wgsl/shares.wgsl")];

/// For each place the places that it is made of, with their shares, on a device.
#[derive(Debug, Clone)]
pub struct Shares {
    words: Buffer,
    from_places: usize,
    to_places: usize,
    parts: usize,
}

impl Shares {
    /// Puts a table on a device: `places[p]` are the places, below `from_places`, and the shares that place p is made
    /// of, in the order in which they are added.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] for a place that is not there or a table of no place, and what [`Device::zeros`] has.
    pub fn upload(device: &Device, from_places: usize, places: &[Vec<(u32, f32)>]) -> Result<Self, GpuError> {
        if places.is_empty() {
            return Err(misuse("shares of no place"));
        }
        let mut starts = vec![0];
        let mut parts = Vec::new();
        for place in places {
            for &(from, share) in place {
                if from as usize >= from_places {
                    return Err(misuse(format!("shares of place {from}, and there are {from_places}")));
                }
                parts.extend([from, share.to_bits()]);
            }
            starts.push(word(parts.len() / 2)?);
        }
        let count = parts.len() / 2;
        starts.append(&mut parts);
        let buffer = device.zeros("shares", starts.len() as u64)?;
        device.write_words(&buffer.all(), &starts)?;
        Ok(Self { words: buffer, from_places, to_places: places.len(), parts: count })
    }
}

/// Each place of `to` as the sum of places of `from` with their shares.
#[derive(Debug)]
pub struct Mix<'k> {
    /// The table: forward by output place, backward by input place.
    pub shares: &'k Shares,
    /// Channels of both, without padding.
    pub channels: usize,
    /// Rows of both.
    pub rows: usize,
    /// `[rows][places][channels]`: a value, or on the way back the gradient of the result.
    pub from: &'k Slice,
    /// The same with the places of the table.
    pub to: &'k Slice,
    /// Whether the sums are added to what is there.
    pub add: bool,
}

impl Mix<'_> {
    fn places(&self, places: usize) -> Value {
        Value { size: [places, 1], channels: self.channels }
    }

    /// Records it.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] for operands that do not fit, and what [`Recording::dispatch`] has.
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        let [from_value, to_value] = [self.shares.from_places, self.shares.to_places].map(|places| self.places(places));
        to_value.check()?;
        expect("shares", &self.shares.words.all(), self.shares.to_places + 1 + 2 * self.shares.parts)?;
        let from = Rows::new("a mean's input", self.from, self.rows, from_value.numbers())?;
        let to = Rows::new("a mean's result", self.to, self.rows, to_value.numbers())?;
        let program = Program { name: "shares", sources: SOURCES, flags: Vec::new(), values: Vec::new() };
        for rows in ranges(recording.device(), "a mean", self.rows, 1, &[&from, &to])? {
            let count = rows.len() * to_value.numbers() / 4;
            let [count_word, quads, from_places, to_places] =
                words([count, to_value.quads(), self.shares.from_places, self.shares.to_places])?;
            recording.dispatch(&Dispatch {
                program: &program,
                fixed: &[count_word, quads, from_places, to_places, self.add.into()],
                reads: &[&from.part(&rows)?, &self.shares.words.all()],
                writes: &[&to.part(&rows)?],
                workgroups: workgroups(count),
            })?;
        }
        Ok(())
    }

    /// What it takes.
    pub fn cost(&self) -> Cost {
        let [from, to] = [self.shares.from_places, self.shares.to_places].map(|places| self.places(places).numbers());
        let terms = self.rows * self.shares.parts * self.channels.next_multiple_of(4);
        let moved = self.rows * (from + to * if self.add { 2 } else { 1 });
        Cost { flops: 2.0 * terms as f64, bytes: bytes(moved) }
    }
}
