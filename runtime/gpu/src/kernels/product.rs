//! Products of windows with weights: what the forward pass and the gradient of an input have in common.

use super::geometry::{Geometry, width};
use super::noise::{NORMAL, Noise};
use super::phases::Phase;
use super::rows::{expect, part, ranges, word};
use super::tile::Tile;
use super::weights::{Order, Weights};
use crate::buffer::Slice;
use crate::error::{GpuError, misuse};
use crate::pipeline::Program;
use crate::recording::{Dispatch, Recording};
use std::ops::Range;

/// What is done with the second product.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SecondProduct<'k> {
    /// There is none.
    None,
    /// Of the squares of the input: its root goes to these deviations.
    /// With noise, results are drawn with them ([`fuses`]).
    Variance { weights: &'k Slice, bias: Option<&'k Slice>, deviations: &'k Slice, noise: Option<Noise> },
    /// Of another input, added with these signs, one for each channel of a row of the output.
    Signed { input: &'k Slice, weights: &'k Slice, bias: Option<&'k Slice>, signs: &'k Slice },
    /// Of another input, added with twice these values, which lie as the output.
    Slope { input: &'k Slice, weights: &'k Slice, values: &'k Slice },
}

/// One or two products, with what follows them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Product<'k> {
    pub(crate) name: &'static str,
    /// As the weights have it.
    pub(crate) geometry: &'k Geometry,
    /// Whether it is computed from outputs to inputs.
    pub(crate) is_transposed: bool,
    pub(crate) rows: u64,
    pub(crate) input: &'k Slice,
    pub(crate) weights: &'k Slice,
    pub(crate) bias: Option<&'k Slice>,
    pub(crate) second: SecondProduct<'k>,
    pub(crate) result: &'k Slice,
    /// Whether negative results become 0.
    pub(crate) relu: bool,
    /// Whether results are added to what is there.
    pub(crate) add: bool,
}

/// Whether results can be drawn where they are computed: where four neighbouring places of a channel, or four
/// channels of the only place, are one block of random numbers.
pub(crate) fn fuses(geometry: &Geometry) -> bool {
    let is_block = match geometry.output_area() {
        1 => geometry.outputs.is_multiple_of(4),
        area => area.is_multiple_of(4),
    };
    geometry.is_tiled() && !geometry.is_spread() && is_block
}

/// An operand: its name in the template, how many numbers it has for each row (0: the same for all rows) and in all.
struct Operand<'k> {
    name: &'static str,
    slice: &'k Slice,
    row: u64,
    numbers: u64,
}

impl<'k> Product<'k> {
    /// The places between which it is computed.
    fn places(&self) -> Geometry {
        if self.is_transposed { self.geometry.transposed() } else { *self.geometry }
    }

    fn noise(&self) -> Option<Noise> {
        match self.second {
            SecondProduct::Variance { noise, .. } => noise,
            SecondProduct::None | SecondProduct::Signed { .. } | SecondProduct::Slope { .. } => None,
        }
    }

    /// What is read and what is written.
    fn operands(&self, places: &Geometry) -> [Vec<Operand<'k>>; 2] {
        let length = Weights::new(self.geometry, Order::outputs_first(self.geometry)).len();
        let (from, to) = (places.input_numbers(), places.output_numbers());
        let channels = u64::from(width(places.outputs));
        let rows = |name, slice, row| Operand { name, slice, row, numbers: row * self.rows };
        let whole = |name, slice, numbers| Operand { name, slice, row: 0, numbers };
        let mut reads = vec![rows("INPUT", self.input, from), whole("WEIGHTS", self.weights, length)];
        let mut writes = vec![rows("RESULT", self.result, to)];
        reads.extend(self.bias.map(|bias| whole("BIAS", bias, channels)));
        let second_bias = |bias: Option<&'k Slice>| bias.map(|bias| whole("BIAS_2", bias, channels));
        match self.second {
            SecondProduct::None => {}
            SecondProduct::Variance { weights, bias, deviations, .. } => {
                reads.push(whole("WEIGHTS_2", weights, length));
                reads.extend(second_bias(bias));
                writes.push(rows("DEVIATION", deviations, to));
            }
            SecondProduct::Signed { input, weights, bias, signs } => {
                reads.extend([rows("INPUT_2", input, from), whole("WEIGHTS_2", weights, length)]);
                reads.extend(second_bias(bias));
                reads.push(rows("FACTOR", signs, channels));
            }
            SecondProduct::Slope { input, weights, values } => {
                reads.extend([rows("INPUT_2", input, from), whole("WEIGHTS_2", weights, length)]);
                reads.push(rows("FACTOR", values, to));
            }
        }
        [reads, writes]
    }

    fn flags(&self, places: &Geometry, reads: &[Operand<'_>]) -> Vec<&'static str> {
        let has = |name: &str| reads.iter().any(|operand| operand.name == name);
        let is_signed = matches!(self.second, SecondProduct::Signed { .. });
        let flags = [
            ("SECOND", has("WEIGHTS_2")),
            ("TWO_INPUTS", has("INPUT_2")),
            ("BIAS", has("BIAS")),
            ("BIAS_2", has("BIAS_2")),
            ("FACTOR", has("FACTOR")),
            ("VARIANCE", matches!(self.second, SecondProduct::Variance { .. })),
            ("SIGNED", is_signed),
            ("NOISE", self.noise().is_some()),
            ("LINES", self.noise().is_some() && places.output_area() == 1),
            ("TRANSPOSED", self.is_transposed),
            ("SPREAD", places.is_spread() && !places.is_tiled()),
            ("PHASES", places.is_spread() && places.is_tiled()),
            ("DEPTHWISE", places.is_depthwise()),
            ("RELU", self.relu),
            ("ADD", self.add),
        ];
        flags.into_iter().filter_map(|(name, is_set)| is_set.then_some(name)).collect()
    }

    /// Adds it to a recording.
    pub(crate) fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        self.geometry.check()?;
        let places = self.places();
        let [reads, writes] = self.operands(&places);
        for Operand { name, slice, numbers, .. } in reads.iter().chain(&writes) {
            expect(self.name, name, slice, *numbers)?;
        }
        let bindings = reads.iter().chain(&writes).zip(2..).map(|(operand, binding)| (operand.name, binding));
        let tiled = self.geometry.is_tiled();
        let values = bindings.chain(Tile::of(places.group_outputs()).values().into_iter().filter(|_| tiled)).collect();
        let sources: &[&str] = match (tiled, self.noise()) {
            (true, Some(_)) => &[include_str!("../wgsl/random.wgsl"), include_str!("../wgsl/product.wgsl")],
            (true, None) => &[include_str!("../wgsl/product.wgsl")],
            (false, _) => &[include_str!("../wgsl/direct.wgsl")],
        };
        let program = Program { name: self.name, sources, flags: self.flags(&places, &reads), values };
        let row: Vec<u64> = reads.iter().chain(&writes).map(|operand| operand.row).collect();
        for range in ranges(recording.device(), self.name, self.rows, &row)? {
            let cut = |operands: &[Operand<'_>]| -> Result<Vec<Slice>, GpuError> {
                operands
                    .iter()
                    .map(
                        |Operand { slice, row, .. }| {
                            if *row == 0 { Ok((*slice).clone()) } else { part(slice, &range, *row) }
                        },
                    )
                    .collect()
            };
            let [reads, writes] = [cut(&reads)?, cut(&writes)?];
            let rows = range.end - range.start;
            for (fixed, workgroups) in if tiled { self.tiles(&places, &range)? } else { self.numbers(&places, rows)? } {
                recording.dispatch(&Dispatch {
                    program: &program,
                    fixed: &fixed,
                    reads: &reads.iter().collect::<Vec<_>>(),
                    writes: &writes.iter().collect::<Vec<_>>(),
                    workgroups,
                })?;
            }
        }
        Ok(())
    }

    /// Fixed numbers and workgroups of the dispatches in tiles.
    fn tiles(&self, places: &Geometry, range: &Range<u64>) -> Result<Vec<(Vec<u32>, u64)>, GpuError> {
        let (columns, rows) = (places.group_outputs(), range.end - range.start);
        let drawn = match self.noise() {
            Some(Noise { examples: 0, .. }) => return Err(misuse("noise for no examples")),
            Some(noise) => noise,
            None => Noise { key: [0; 2], sample: 0, examples: 1 },
        };
        let [examples, first] = [("examples", drawn.examples), ("rows", range.start)].map(|(what, n)| word(what, n));
        let drawn = [drawn.key[0], drawn.key[1], drawn.sample, examples?, first?];
        let phase = |phase: Phase| {
            let count = rows * phase.area();
            let tiles = Tile::of(columns).count(count, columns);
            let mut fixed = phase.windows(places, word("places", count)?).to_vec();
            fixed.extend([places.group_channels(), columns].map(width));
            fixed.extend([width(places.channels) / 4, width(places.outputs) / 4, places.outputs]);
            fixed.extend([word("tiles", tiles)?, places.groups]);
            fixed.extend(phase.parts(places));
            fixed.extend(drawn);
            Ok((fixed, tiles * u64::from(places.groups)))
        };
        Phase::all(places).into_iter().map(phase).collect()
    }

    /// The same, a thread a number, or four.
    fn numbers(&self, places: &Geometry, rows: u64) -> Result<Vec<(Vec<u32>, u64)>, GpuError> {
        let count = rows * places.output_area();
        let mut fixed = places.fixed(word("places", count)?).to_vec();
        let together = if places.is_depthwise() { 4 } else { 1 };
        let widths = [places.channels, places.outputs].map(|channels| width(channels) / together);
        fixed.extend([places.group_channels(), places.group_outputs()]);
        fixed.extend(widths);
        fixed.extend([places.outputs, width(self.geometry.outputs) / together]);
        Ok(vec![(fixed, (count * u64::from(widths[1])).div_ceil(64))])
    }

    /// What it does.
    pub(crate) fn cost(&self) -> crate::Cost {
        let [reads, writes] = self.operands(&self.places());
        let products = if matches!(self.second, SecondProduct::None) { 1.0 } else { 2.0 };
        let again = if self.add { 2.0 } else { 1.0 };
        let numbers = |operands: &[Operand<'_>]| operands.iter().map(|operand| operand.numbers as f64).sum::<f64>();
        let drawn = if self.noise().is_some() { NORMAL * self.result.numbers() as f64 } else { 0.0 };
        crate::Cost {
            flops: products * self.geometry.flops(self.rows) + drawn,
            bytes: 4.0 * (numbers(&reads) + again * numbers(&writes)),
        }
    }
}
