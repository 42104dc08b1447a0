//! The gradient of weights.

use super::geometry::{Geometry, width};
use super::rows::{expect, part, part_ranges, rows_together, word};
use super::tile::Tile;
use super::weights::{Order, Weights};
use crate::buffer::Slice;
use crate::cost::Cost;
use crate::error::{GpuError, misuse};
use crate::pipeline::Program;
use crate::recording::{Dispatch, Recording};

/// The second product's part of it.
#[derive(Debug, Clone, Copy)]
pub struct SecondWeights<'k> {
    /// The second product's input; `None`: the squares of the first's.
    pub input: Option<&'k Slice>,
    /// The gradient of the second product.
    pub gradient: &'k Slice,
    /// As the first result, of the second product's weights.
    pub result: &'k Slice,
}

/// Sums over places and rows of the input under each tap with the gradient of what it gave.
///
/// They are taken in [`WeightGradient::parts`] parts, which depend on geometry and rows alone; where that is more
/// than one, results are `[part][weights]`, to be added by [`super::reduce::Reduce`].
#[derive(Debug, Clone, Copy)]
pub struct WeightGradient<'k> {
    /// Places and channels.
    pub geometry: &'k Geometry,
    /// Rows.
    pub rows: u64,
    /// `[row][place][channel]`
    pub input: &'k Slice,
    /// The gradient of the (first) product.
    pub gradient: &'k Slice,
    /// The second product, if there is one.
    pub second: Option<SecondWeights<'k>>,
    /// The gradient of the weights, or its parts.
    pub result: &'k Slice,
    /// Whether it is added to what is there; only where there is one part.
    pub add: bool,
}

/// Workgroups that are enough to fill a device.
const ENOUGH: u64 = 256;
/// Numbers that parts may take together.
const PART_NUMBERS: u64 = 1 << 23;

/// Rows of a part.
fn part_rows(geometry: &Geometry, rows: u64) -> u64 {
    let length = Weights::new(geometry, Order::outputs_first(geometry)).len();
    let tiles = if geometry.is_tiled() {
        let inner = geometry.taps() * u64::from(width(geometry.group_channels()));
        Tile::of_weights(geometry.group_outputs()).count(inner, geometry.group_outputs()) * u64::from(geometry.groups)
    } else {
        length.div_ceil(64)
    };
    let numbers = [geometry.input_numbers(), geometry.output_numbers()];
    let wanted = ENOUGH.div_ceil(tiles.max(1)).min(PART_NUMBERS / length.max(1)).clamp(1, rows.max(1));
    rows_together(rows, rows.div_ceil(wanted), &numbers)
}

impl WeightGradient<'_> {
    /// How many parts there are for so many rows.
    pub fn parts(geometry: &Geometry, rows: u64) -> u64 {
        rows.div_ceil(part_rows(geometry, rows)).max(1)
    }

    /// Adds it to a recording.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if an operand has not the length that it should have, and those of [`Recording::dispatch`].
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        let Self { geometry, rows, input, gradient, second, result, add } = *self;
        geometry.check()?;
        let parts = Self::parts(geometry, rows);
        if rows == 0 || (add && parts > 1) {
            return Err(misuse("weight_gradient: there are no rows, or parts that cannot be added to"));
        }
        let length = Weights::new(geometry, Order::outputs_first(geometry)).len();
        let (from, to) = (geometry.input_numbers(), geometry.output_numbers());
        let mut reads = vec![("INPUT", input, from), ("GRADIENT", gradient, to)];
        let mut writes = vec![("PART", result)];
        let mut flags = Vec::new();
        if let Some(SecondWeights { input, gradient, result }) = second {
            reads.push(("GRADIENT_2", gradient, to));
            reads.extend(input.map(|input| ("INPUT_2", input, from)));
            writes.push(("PART_2", result));
            flags.push("SECOND");
            flags.extend(input.map(|_| "TWO_INPUTS"));
        }
        let tiled = geometry.is_tiled();
        flags.extend(
            [("SPREAD", geometry.is_spread()), ("DIRECT", !tiled), ("DEPTHWISE", geometry.is_depthwise())]
                .into_iter()
                .filter_map(|(f, is)| is.then_some(f)),
        );
        for (what, operand, row) in &reads {
            expect("weight_gradient", what, operand, rows * row)?;
        }
        for (what, operand) in &writes {
            expect("weight_gradient", what, operand, parts * length)?;
        }
        let names = reads.iter().map(|(name, ..)| *name).chain(writes.iter().map(|(name, _)| *name));
        let tile = Tile::of_weights(geometry.group_outputs());
        let values = names.zip(2..).chain(tile.values().into_iter().filter(|_| tiled)).collect();
        let sources = &[include_str!("../wgsl/weight_gradient.wgsl")];
        let program = Program { name: "weight_gradient", sources, flags, values };
        let part_rows = part_rows(geometry, rows);
        let numbers = [from * part_rows, to * part_rows, length];
        let operands: Vec<&Slice> =
            reads.iter().map(|(_, operand, _)| *operand).chain(writes.iter().map(|(_, operand)| *operand)).collect();
        for range in part_ranges(recording.device(), "weight_gradient", parts, &numbers, &operands)? {
            let these = range.start * part_rows..rows.min(range.end * part_rows);
            let count = (these.end - these.start) * geometry.output_area();
            let mut fixed = geometry.fixed(word("places", count)?).to_vec();
            let (channels, outputs) = (geometry.group_channels(), geometry.group_outputs());
            let splits = range.end - range.start;
            let (tiles, workgroups) = if tiled {
                let tiles = tile.count(geometry.taps() * u64::from(width(channels)), outputs);
                fixed.extend([width(channels), width(outputs)]);
                fixed.extend([geometry.channels, geometry.outputs].map(|channels| width(channels) / 4));
                (tiles, tiles * u64::from(geometry.groups) * splits)
            } else {
                let together = if geometry.is_depthwise() { 4 } else { 1 };
                fixed.extend([channels, outputs]);
                fixed.extend([geometry.channels, geometry.outputs].map(|channels| width(channels) / together));
                (1, (length / u64::from(together) * splits).div_ceil(64))
            };
            fixed.extend([geometry.outputs, word("tiles", tiles)?, geometry.groups, word("parts", splits)?]);
            fixed.extend([word("places", part_rows * geometry.output_area())?, u32::from(add)]);
            let read =
                reads.iter().map(|(_, operand, row)| part(operand, &these, *row)).collect::<Result<Vec<_>, _>>()?;
            let written =
                writes.iter().map(|(_, operand)| part(operand, &range, length)).collect::<Result<Vec<_>, _>>()?;
            recording.dispatch(&Dispatch {
                program: &program,
                fixed: &fixed,
                reads: &read.iter().collect::<Vec<_>>(),
                writes: &written.iter().collect::<Vec<_>>(),
                workgroups,
            })?;
        }
        Ok(())
    }

    /// What it does.
    pub fn cost(&self) -> Cost {
        let (products, inputs) = match self.second {
            None => (1.0, 1.0),
            Some(SecondWeights { input, .. }) => (2.0, if input.is_some() { 2.0 } else { 1.0 }),
        };
        let rows = self.rows as f64;
        let (from, to) = (self.geometry.input_numbers() as f64, self.geometry.output_numbers() as f64);
        let results = products * self.result.numbers() as f64;
        Cost {
            flops: products * self.geometry.flops(self.rows),
            bytes: 4.0 * (rows * (inputs * from + products * to) + results),
        }
    }
}
