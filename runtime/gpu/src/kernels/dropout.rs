//! Bernoulli masks (Srivastava et al. 2014), drawn at prediction, too, where that is wanted (Gal & Ghahramani 2016).

use super::division::{Spread, spread};
use super::operands::{Rows, bytes, words, workgroups};
use super::value::Value;
use crate::Slice;
use crate::cost::Cost;
use crate::error::{GpuError, misuse};
use crate::pipeline::Program;
use crate::recording::{Dispatch, Recording};

const SOURCES: &[&str] = &[include_str!("../wgsl/random.wgsl"), include_str!("../wgsl/dropout.wgsl")];

/// What has a number of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Each number; number (example·channels + channel)·positions + position of the sample's table.
    Element,
    /// Whole channels; number example·channels + channel.
    Channel,
}

/// Multiplies units by 0 where their uniform number is below the probability, and by 1/(1 − probability) elsewhere. The
/// numbers are those of the tables ([`crate::Varying::step`], sample), the example counted from
/// [`crate::Varying::first_example`] on. The way back is the same kernel, given the gradient: it draws them again.
#[derive(Debug)]
pub struct Dropout<'k> {
    /// What is dropped together.
    pub unit: Unit,
    /// The probability, below 1.
    pub probability: f64,
    /// The key of the random numbers: of purpose and layer.
    pub key: [u32; 2],
    /// The shape of an example.
    pub value: Value,
    /// Rows of a sample that there is room for.
    pub examples: usize,
    /// Samples that follow each other in the rows that are written.
    pub samples: usize,
    /// The first of them, counted from [`crate::Varying::sample`].
    pub first_sample: usize,
    /// Whether what is read is the same for all samples: `examples` rows, not `samples · examples`.
    pub shared: bool,
    /// `[examples or samples · examples][positions][channels]`
    pub from: &'k Slice,
    /// `[samples · examples][positions][channels]`
    pub to: &'k Slice,
    /// Whether products are added to what is there.
    pub add: bool,
}

impl Dropout<'_> {
    /// Records it.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] for operands that do not fit, and what [`Recording::dispatch`] has.
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        self.value.check()?;
        if !(0.0..1.0).contains(&self.probability) {
            return Err(misuse(format!("{} is no probability below 1", self.probability)));
        }
        if self.examples == 0 {
            return Ok(());
        }
        let rows = self.samples.saturating_mul(self.examples);
        let from_rows = if self.shared { self.examples } else { rows };
        let from = Rows::new("what is dropped", self.from, from_rows, self.value.numbers())?;
        let to = Rows::new("what is kept", self.to, rows, self.value.numbers())?;
        let (positions, by_channel) = (self.value.positions(), self.unit == Unit::Channel);
        let four_places = positions.is_multiple_of(4);
        let flags = if four_places { vec!["FOUR_PLACES"] } else { Vec::new() };
        let program = Program { name: "dropout", sources: SOURCES, flags, values: Vec::new() };
        // Numbers of an example are counted in 32 bits.
        words([self.value.channels.saturating_mul(positions)])?;
        for part in spread(recording.device(), [rows, from_rows], &from, &to)? {
            let Spread { rows, from, to, from_first, to_first } = part;
            let count = rows.len() * self.value.numbers() / if four_places { 16 } else { 4 };
            let [count_word, quads, positions, channels, examples, first_row, from_rows, sample] = words([
                count,
                self.value.quads(),
                positions,
                self.value.channels,
                self.examples,
                rows.start,
                from_rows,
                self.first_sample,
            ])?;
            let [key_low, key_high] = self.key;
            let probability = (self.probability as f32).to_bits();
            let share = ((1.0 / (1.0 - self.probability)) as f32).to_bits();
            let fixed = [
                count_word,
                quads,
                positions,
                channels,
                examples,
                first_row,
                from_rows,
                from_first,
                to_first,
                sample,
                key_low,
                key_high,
                by_channel.into(),
                probability,
                share,
                self.add.into(),
            ];
            recording.dispatch(&Dispatch {
                program: &program,
                fixed: &fixed,
                reads: &[&from],
                writes: &[&to],
                workgroups: workgroups(count),
            })?;
        }
        Ok(())
    }

    /// What it takes.
    pub fn cost(&self) -> Cost {
        let written = self.samples * self.examples * self.value.numbers();
        let read = if self.shared { self.examples * self.value.numbers() } else { written };
        // Ten rounds of a generator that gives four numbers.
        Cost { flops: 50.0 * written as f64, bytes: bytes(read + written * if self.add { 2 } else { 1 }) }
    }
}
