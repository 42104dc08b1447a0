//! How parameters lie in memory: weights as panels that products read in order, everything else as a vector; and the
//! way between that and PyTorch's order.

use elbo_kernels::PANEL;
use rayon::prelude::*;
use std::ops::Range;

/// Numbers of a task, a multiple of [`PANEL`].
const PIECE: usize = 1 << 14;

/// The next multiple of [`PANEL`].
pub(super) fn padded(channels: usize) -> usize {
    channels.next_multiple_of(PANEL)
}

/// How the numbers of a tensor lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Packing {
    /// Weights of a convolution or a linear map.
    Weights(Panels),
    /// A number for each channel, padded.
    Vector {
        /// Channels.
        length: usize,
    },
    /// A number for each number of an example, `[channels, positions]` outside and `[positions][channels]`, padded,
    /// inside.
    Positions {
        /// PyTorch's shape.
        shape: Vec<usize>,
    },
}

/// How PyTorch orders the weights of a group, `[outputs, inputs, kernel]` of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order {
    /// The distance between the weights of two neighbouring outputs.
    pub(super) output: usize,
    /// The same of two neighbouring inputs.
    pub(super) input: usize,
    /// Whether taps stand in reverse.
    pub(super) is_reversed: bool,
}

/// Weights `[division][panel][tap][row][PANEL]`: outputs side by side in a panel, a row for each input of a tap.
///
/// Groups are taken together, as few as fill whole panels on both sides; within such a division the weights between
/// different groups do not exist and are kept at 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Panels {
    /// PyTorch's shape.
    pub(super) shape: Vec<usize>,
    /// Outputs of all divisions.
    pub(super) out: usize,
    /// Input channels of a group.
    group_inputs: usize,
    /// Outputs of a group.
    group_outputs: usize,
    /// Rows and columns of the kernel.
    kernel: [usize; 2],
    /// How PyTorch orders the weights of a group.
    order: Order,
    /// Independent divisions.
    pub(super) divisions: usize,
    /// Whether a tap is a whole row of the kernel, its columns and channels together.
    pub(super) whole_rows: bool,
}

impl Panels {
    /// For `out` outputs of `channels` inputs in `groups` groups.
    pub(super) fn new(
        shape: Vec<usize>,
        (out, channels): (usize, usize),
        groups: usize,
        kernel: [usize; 2],
        order: Order,
        whole_rows: bool,
    ) -> Self {
        let (group_inputs, group_outputs) = (channels / groups, out / groups);
        let fits = |together: &usize| {
            groups.is_multiple_of(*together)
                && (together * group_inputs).is_multiple_of(PANEL)
                && (together * group_outputs).is_multiple_of(PANEL)
        };
        let together = (1..groups).find(fits).unwrap_or(groups);
        Self { shape, out, group_inputs, group_outputs, kernel, order, divisions: groups / together, whole_rows }
    }

    /// Outputs of a division.
    pub(super) fn outputs(&self) -> usize {
        self.out / self.divisions
    }

    /// Input channels of a division.
    pub(super) fn inputs(&self) -> usize {
        self.group_inputs * self.out / self.group_outputs / self.divisions
    }

    /// Panels of a division.
    pub(super) fn panels(&self) -> usize {
        self.outputs().div_ceil(PANEL)
    }

    /// Taps of the kernel.
    pub(super) fn taps(&self) -> usize {
        if self.whole_rows { self.kernel[0] } else { self.kernel[0] * self.kernel[1] }
    }

    /// Rows of a tap.
    pub(super) fn rows(&self) -> usize {
        if self.whole_rows { self.kernel[1] * self.inputs() } else { self.inputs() }
    }

    /// Numbers of a panel.
    pub(super) fn panel(&self) -> usize {
        self.taps() * self.rows() * PANEL
    }

    /// Numbers, those that do not exist included.
    pub(super) fn length(&self) -> usize {
        self.divisions * self.panels() * self.panel()
    }

    /// The outputs of a division that row `row` of a panel has weights to, as columns of that panel.
    pub(super) fn columns(&self, panel: usize, row: usize) -> Range<usize> {
        let group = row % self.inputs() / self.group_inputs;
        let place = |output: usize| output.saturating_sub(panel * PANEL).min(PANEL);
        place(group * self.group_outputs)..place((group + 1) * self.group_outputs)
    }

    /// Whether every number exists.
    fn is_dense(&self) -> bool {
        self.group_inputs == self.inputs() && self.outputs().is_multiple_of(PANEL)
    }

    /// Whether several groups share a division, so that some of its weights do not exist.
    pub(super) fn has_gaps(&self) -> bool {
        self.group_inputs != self.inputs()
    }

    /// The place in PyTorch's order of an existing number.
    fn canonical(&self, index: usize) -> usize {
        let (column, row) = (index % PANEL, index / PANEL % self.rows());
        let tap = index / PANEL / self.rows() % self.taps();
        let panel = index / self.panel();
        let (division, panel) = (panel / self.panels(), panel % self.panels());
        let out = division * self.outputs() + panel * PANEL + column;
        let channel = row % self.inputs() % self.group_inputs;
        let [ky, kx] =
            if self.whole_rows { [tap, row / self.inputs()] } else { [tap / self.kernel[1], tap % self.kernel[1]] };
        let tap = ky * self.kernel[1] + kx;
        let (group, out, taps) = (out / self.group_outputs, out % self.group_outputs, self.kernel[0] * self.kernel[1]);
        let tap = if self.order.is_reversed { taps - 1 - tap } else { tap };
        group * self.group_outputs * self.group_inputs * taps
            + out * self.order.output
            + channel * self.order.input
            + tap
    }
}

impl Packing {
    /// PyTorch's shape.
    pub(super) fn shape(&self) -> Vec<usize> {
        match self {
            Self::Weights(panels) => panels.shape.clone(),
            Self::Vector { length } => vec![*length],
            Self::Positions { shape } => shape.clone(),
        }
    }

    /// How many numbers exist.
    pub(super) fn elements(&self) -> usize {
        self.shape().iter().product()
    }

    /// Channels and positions of [`Packing::Positions`].
    fn positions(shape: &[usize]) -> [usize; 2] {
        [shape[0], shape[1..].iter().product()]
    }

    /// How many numbers are kept.
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Weights(panels) => panels.length(),
            Self::Vector { length } => padded(*length),
            Self::Positions { shape } => {
                let [channels, positions] = Self::positions(shape);
                positions * padded(channels)
            }
        }
    }

    /// Calls `visit` with every stretch of existing numbers within `range`, in order.
    pub(super) fn stretches(&self, range: Range<usize>, mut visit: impl FnMut(Range<usize>)) {
        let mut visit = |stretch: Range<usize>| {
            let stretch = stretch.start.max(range.start)..stretch.end.min(range.end);
            if !stretch.is_empty() {
                visit(stretch);
            }
        };
        match self {
            Self::Weights(panels) if panels.is_dense() => visit(0..panels.length()),
            Self::Weights(panels) => {
                for start in (range.start / PANEL * PANEL..range.end).step_by(PANEL) {
                    let row = start / PANEL % panels.rows();
                    let panel = start / panels.panel() % panels.panels();
                    let columns = panels.columns(panel, row);
                    visit(start + columns.start..start + columns.end);
                }
            }
            Self::Vector { length } => visit(0..*length),
            Self::Positions { shape } => {
                let [channels, positions] = Self::positions(shape);
                for position in 0..positions {
                    let start = position * padded(channels);
                    visit(start..start + channels);
                }
            }
        }
    }

    /// The place in PyTorch's order of an existing number.
    fn canonical(&self, index: usize) -> usize {
        match self {
            Self::Weights(panels) => panels.canonical(index),
            Self::Vector { .. } => index,
            Self::Positions { shape } => {
                let [channels, positions] = Self::positions(shape);
                index % padded(channels) * positions + index / padded(channels)
            }
        }
    }

    /// The distance in PyTorch's order between two numbers of a stretch that are neighbours within a panel.
    fn step(&self) -> usize {
        match self {
            Self::Weights(panels) => panels.order.output,
            Self::Vector { .. } => 1,
            Self::Positions { shape } => Self::positions(shape)[1],
        }
    }

    /// Calls `visit(kept numbers, place of the first in PyTorch's order)` for rows of at most [`PANEL`] existing
    /// numbers, whose places are [`Packing::step`] apart.
    fn rows(&self, range: Range<usize>, mut visit: impl FnMut(Range<usize>, usize)) {
        self.stretches(range, |stretch| {
            let mut start = stretch.start;
            while start < stretch.end {
                let end = stretch.end.min((start / PANEL + 1) * PANEL);
                visit(start..end, self.canonical(start));
                start = end;
            }
        });
    }

    /// Numbers in PyTorch's order to where they are kept; numbers that do not exist are left alone.
    pub(super) fn pack(&self, values: &[f32], to: &mut [f32]) {
        let step = self.step();
        to.par_chunks_mut(PIECE).enumerate().for_each(|(piece, to)| {
            let first = piece * PIECE;
            self.rows(first..first + to.len(), |row, place| {
                for (number, value) in
                    to[row.start - first..row.end - first].iter_mut().zip(values[place..].iter().step_by(step))
                {
                    *number = *value;
                }
            });
        });
    }

    /// The same with one value for all.
    pub(super) fn fill(&self, value: f32, to: &mut [f32]) {
        to.par_chunks_mut(PIECE).enumerate().for_each(|(piece, to)| {
            let first = piece * PIECE;
            self.stretches(first..first + to.len(), |stretch| {
                to[stretch.start - first..stretch.end - first].fill(value)
            });
        });
    }

    /// Kept numbers in PyTorch's order.
    pub(super) fn unpack(&self, from: &[f32]) -> Vec<f32> {
        let mut values = vec![0.0; self.elements()];
        let step = self.step();
        self.rows(0..self.length(), |row, place| {
            for (number, value) in from[row].iter().zip(values[place..].iter_mut().step_by(step)) {
                *value = *number;
            }
        });
        values
    }

    /// For each kept number its place in PyTorch's order; 0 for those that do not exist.
    pub(super) fn order(&self) -> Vec<u32> {
        let mut order = vec![0; self.length()];
        let step = self.step();
        self.rows(0..self.length(), |row, place| {
            for (at, number) in order[row].iter_mut().enumerate() {
                *number = u32::try_from(place + at * step).expect("a tensor has fewer than 2³² numbers");
            }
        });
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cases() -> Vec<Packing> {
        let conv = |out: usize, channels: usize, groups: usize, kernel: [usize; 2], whole_rows: bool| {
            let shape = vec![out, channels / groups, kernel[0], kernel[1]];
            let taps = kernel[0] * kernel[1];
            let order = Order { output: channels / groups * taps, input: taps, is_reversed: false };
            Packing::Weights(Panels::new(shape, (out, channels), groups, kernel, order, whole_rows))
        };
        let turned = |inputs: usize, outputs: usize, groups: usize, kernel: [usize; 2]| {
            let shape = vec![inputs, outputs / groups, kernel[0], kernel[1]];
            let taps = kernel[0] * kernel[1];
            let order = Order { output: taps, input: outputs / groups * taps, is_reversed: true };
            Packing::Weights(Panels::new(shape, (outputs, inputs), groups, kernel, order, false))
        };
        vec![
            conv(10, 128, 1, [1, 1], false),
            conv(64, 3, 1, [11, 11], true),
            conv(6, 1, 1, [5, 5], true),
            conv(16, 6, 1, [5, 5], false),
            conv(48, 32, 2, [3, 2], false),
            conv(32, 32, 32, [3, 3], false),
            conv(12, 6, 3, [2, 2], false),
            turned(6, 12, 3, [2, 3]),
            turned(32, 48, 2, [3, 2]),
            Packing::Vector { length: 17 },
            Packing::Positions { shape: vec![5, 2, 3] },
        ]
    }

    #[test]
    fn packing_and_unpacking_are_inverse_and_no_number_is_lost() {
        for packing in cases() {
            let values: Vec<f32> = (0..packing.elements()).map(|value| value as f32 + 1.0).collect();
            let mut kept = vec![0.0; packing.length()];
            packing.pack(&values, &mut kept);
            assert_eq!(kept.iter().filter(|number| **number != 0.0).count(), values.len(), "{packing:?}");
            assert_eq!(packing.unpack(&kept), values, "{packing:?}");
        }
    }

    #[test]
    fn stretches_of_parts_are_the_parts_of_the_stretches() {
        for packing in cases() {
            let mut whole = Vec::new();
            packing.stretches(0..packing.length(), |stretch| whole.extend(stretch));
            let mut parts = Vec::new();
            for start in (0..packing.length()).step_by(24) {
                packing.stretches(start..packing.length().min(start + 24), |stretch| parts.extend(stretch));
            }
            assert_eq!(whole, parts, "{packing:?}");
        }
    }
}
