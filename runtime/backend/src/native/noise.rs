//! Random numbers in the backend's arrangement, with the addresses of the canonical order (example, channel, row,
//! column): whatever the layout, a number is the same.

use super::error::misuse;
use super::geometry::Slots;
use super::network::Value;
use crate::{BackendError, StepContext};
use elbo_kernels::{Across, Extent, Grid, Kernels, PANEL, Table, for_each_tile};
use elbo_random::{Key, Purpose, Stream};
use std::cell::RefCell;

/// Which numbers a pass draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Address {
    /// Whether it trains.
    pub(super) trains: bool,
    /// The step of training, or the pass over the data.
    pub(super) step: u32,
    /// The (first) sample.
    pub(super) sample: u32,
    /// The place of the first example in its split; 0 in training.
    pub(super) first_example: u64,
}

impl Address {
    /// Of a sample of a step.
    ///
    /// # Errors
    /// [`BackendError::Internal`] if there are more steps or samples than addresses.
    pub(super) fn of_step(context: &StepContext, sample: usize) -> Result<Self, BackendError> {
        let number = |value: u64, what: &str| {
            u32::try_from(value)
                .map_err(|_| misuse(format!("{what} {value} is beyond the 2³² that random numbers cover")))
        };
        let (step, sample) = (number(context.step, "step")?, number(sample as u64, "sample")?);
        Ok(Self { trains: true, step, sample, first_example: 0 })
    }
}

/// The source of a pass's random numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Randomness {
    /// The run's key.
    pub(super) key: Key,
    /// Where in the tables.
    pub(super) address: Address,
    /// What computes.
    pub(super) kernels: Kernels,
}

/// A buffer `[slots][capacity][width]` to be filled, `rows` rows for each sample.
pub(super) struct Target<'t> {
    pub(super) numbers: &'t mut [f32],
    pub(super) capacity: usize,
    pub(super) rows: usize,
    pub(super) samples: usize,
    /// The value the numbers are for, before a pool.
    pub(super) value: Value,
    /// The place of each slot.
    pub(super) slots: Slots,
}

/// Blocks of a task that are drawn together.
const MOST_BLOCKS: usize = 64;

thread_local! {
    /// One example's numbers in canonical order.
    static CANONICAL: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// How numbers are filled.
#[derive(Clone, Copy, PartialEq)]
enum Distribution {
    Normal,
    Uniform,
}

impl Randomness {
    fn stream(&self, training: Purpose, prediction: Purpose, name: &str) -> Stream {
        self.key.stream(if self.address.trains { training } else { prediction }, name)
    }

    fn noise(&self, name: &str) -> Stream {
        self.stream(Purpose::TrainingNoise, Purpose::PredictionNoise, name)
    }

    /// Standard normal numbers for activations, keyed by the layer's name.
    pub(super) fn activation_noise(&self, layer: &str, target: Target<'_>) {
        self.fill(&self.noise(layer), Distribution::Normal, target);
    }

    /// Numbers uniform in [0, 1) for the units of a dropout.
    pub(super) fn mask_uniforms(&self, layer: &str, target: Target<'_>) {
        let stream = self.stream(Purpose::TrainingMask, Purpose::PredictionMask, layer);
        self.fill(&stream, Distribution::Uniform, target);
    }

    /// Random signs, +1 or −1, for the channels of each example, `[rows][width]`.
    pub(super) fn signs(&self, name: &str, mut target: Target<'_>) {
        let stream = self.stream(Purpose::TrainingSign, Purpose::PredictionSign, name);
        target.value.size = [1, 1];
        let (rows, width) = (target.rows, target.value.width());
        let numbers = &mut target.numbers[..rows * width];
        let again = Target { numbers, slots: Slots::all([1, 1]), ..target };
        let numbers = self.fill(&stream, Distribution::Uniform, again);
        numbers.iter_mut().for_each(|number| *number = if *number >= 0.5 { 1.0 } else { -1.0 });
    }

    /// Standard normal numbers for a parameter, keyed by its name, in PyTorch's order.
    pub(super) fn weight_noise(&self, parameter: &str, values: &mut [f32]) {
        self.noise(parameter).fill_normal(self.address.step, self.address.sample, 0, values);
    }

    fn fill<'t>(&self, stream: &Stream, distribution: Distribution, mut target: Target<'t>) -> &'t mut [f32] {
        let width = target.value.width();
        let all = std::mem::take(&mut target.numbers);
        for sample in 0..target.samples {
            let table = stream.table(self.address.step, self.address.sample + sample as u32);
            let numbers = &mut all[sample * target.rows * width..];
            let part = Part { table, first: self.address.first_example, distribution, kernels: self.kernels };
            part.fill(numbers, &target);
        }
        all
    }
}

/// The numbers of one sample.
struct Part {
    table: Table,
    first: u64,
    distribution: Distribution,
    kernels: Kernels,
}

impl Part {
    fn numbers(&self, first: u64, values: &mut [f32]) {
        match self.distribution {
            Distribution::Normal => self.kernels.normals(self.table, first, values),
            Distribution::Uniform => self.kernels.uniforms(self.table, first, values),
        }
    }

    fn fill(&self, numbers: &mut [f32], target: &Target<'_>) {
        let (positions, channels) = (target.value.positions(), target.value.channels);
        if positions == 1 {
            self.fill_rows(numbers, target);
        } else if self.distribution == Distribution::Normal && positions.is_multiple_of(4) && channels > 1 {
            self.fill_across(numbers, target);
        } else {
            self.fill_by_example(numbers, target);
        }
    }

    /// One place: an example's numbers are neighbours.
    fn fill_rows(&self, numbers: &mut [f32], target: &Target<'_>) {
        let (channels, width) = (target.value.channels, target.value.width());
        let grid =
            Grid { positions: 1, capacity: target.rows, rows: target.rows, columns: width, block: [1, 16, width] };
        for_each_tile(&grid, [(numbers, Extent::Positions(1))], [], |region, [mut tile], []| {
            for (at, row) in region.rows.clone().enumerate() {
                let values = tile.row_mut(0, at);
                self.numbers((self.first + row as u64) * channels as u64, &mut values[..channels]);
                values[channels..].fill(0.0);
            }
        });
    }

    /// Blocks of four neighbouring places, with the channels of a panel side by side.
    fn fill_across(&self, numbers: &mut [f32], target: &Target<'_>) {
        let (channels, width) = (target.value.channels, target.value.width());
        let blocks = (target.value.positions() / 4) as u64;
        // Windows of a pool two by two: a block of places then serves two of them.
        let depth = target.slots.depth();
        let together = if depth > 1 { 2 * depth } else { 4 };
        let grid = Grid {
            positions: target.slots.count(),
            capacity: target.capacity,
            rows: target.rows,
            columns: width,
            block: [together, 64, width],
        };
        for_each_tile(&grid, [(numbers, Extent::Positions(1))], [], |region, [mut tile], []| {
            let slots = region.positions.clone();
            for first_slot in slots.clone().step_by(MOST_BLOCKS) {
                // At most as many blocks as slots.
                let (mut wanted, mut count) = ([(0, [None; 4]); MOST_BLOCKS], 0);
                for slot in first_slot..slots.end.min(first_slot + MOST_BLOCKS) {
                    let place = target.slots.place(slot);
                    let (block, word) = (place as u64 / 4, place % 4);
                    let known = wanted[..count].iter().position(|(known, _)| *known == block);
                    let index = known.unwrap_or(count);
                    if known.is_none() {
                        wanted[count] = (block, [None; 4]);
                        count += 1;
                    }
                    wanted[index].1[word] = Some((slot - slots.start) as u16);
                }
                for panel in 0..width / PANEL {
                    let channel = (panel * PANEL) as u64;
                    let row = self.first + region.rows.start as u64;
                    let across = Across {
                        table: self.table,
                        first: (row * channels as u64 + channel) * blocks,
                        channel_blocks: blocks,
                        row_blocks: blocks * channels as u64,
                        channels: channels - panel * PANEL,
                        wanted: &wanted[..count],
                    };
                    let mut strip = tile.strip(0, slots.len(), panel * PANEL);
                    self.kernels.normals_across(&across, &mut strip, slots.len());
                }
            }
        });
    }

    /// Any geometry: an example's numbers in canonical order, then each to its place.
    fn fill_by_example(&self, numbers: &mut [f32], target: &Target<'_>) {
        let (channels, width, positions) = (target.value.channels, target.value.width(), target.value.positions());
        let slots = target.slots.count();
        let grid = Grid {
            positions: slots,
            capacity: target.capacity,
            rows: target.rows,
            columns: width,
            block: [slots, 1, width],
        };
        for_each_tile(&grid, [(numbers, Extent::Positions(1))], [], |region, [mut tile], []| {
            CANONICAL.with_borrow_mut(|canonical| {
                canonical.resize(channels * positions, 0.0);
                let example = self.first + region.rows.start as u64;
                self.numbers(example * (channels * positions) as u64, canonical);
                for slot in 0..slots {
                    let place = target.slots.place(slot);
                    let row = tile.row_mut(slot, 0);
                    for (channel, number) in row[..channels].iter_mut().enumerate() {
                        *number = canonical[channel * positions + place];
                    }
                    row[channels..].fill(0.0);
                }
            });
        });
    }
}
