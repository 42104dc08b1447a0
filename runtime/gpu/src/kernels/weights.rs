//! How weights lie on the device, and the way between that and PyTorch's order.

use super::geometry::{Geometry, width};

/// How PyTorch orders the weights of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Order {
    /// The distance between the weights of two neighbouring outputs.
    pub output: u32,
    /// The same of two neighbouring inputs.
    pub input: u32,
    /// Whether taps stand in reverse, as those of transposed convolutions do here.
    pub is_reversed: bool,
}

impl Order {
    /// `[outputs, inputs of a group, kernel]`: convolutions and linear maps.
    pub fn outputs_first(geometry: &Geometry) -> Self {
        let taps = geometry.taps() as u32;
        Self { output: geometry.group_channels() * taps, input: taps, is_reversed: false }
    }

    /// `[inputs, outputs of a group, kernel]`: transposed convolutions, whose taps stand in reverse.
    pub fn inputs_first(geometry: &Geometry) -> Self {
        let taps = geometry.taps() as u32;
        Self { output: taps, input: geometry.group_outputs() * taps, is_reversed: true }
    }
}

/// How a tensor of weights, or a vector, lies on the device: `[part][tap][row][column]`, of which rows and columns that
/// no number has are 0.
///
/// Where groups are whole fours of channels, a part is a group, a row one of its input channels padded to four, a
/// column one of its outputs. Otherwise there is one part, whose columns are the outputs of all groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Weights {
    parts: u32,
    taps: u32,
    rows: u32,
    columns: u32,
    /// Input channels and outputs of a group.
    group: [u32; 2],
    /// Columns that exist.
    outputs: u32,
    order: Order,
}

impl Weights {
    /// The weights of products.
    pub fn new(geometry: &Geometry, order: Order) -> Self {
        let group = [geometry.group_channels(), geometry.group_outputs()];
        let taps = geometry.taps() as u32;
        if geometry.is_tiled() {
            let [rows, columns] = group.map(width);
            Self { parts: geometry.groups, taps, rows, columns, group, outputs: group[1], order }
        } else {
            let columns = width(geometry.outputs);
            Self { parts: 1, taps, rows: group[0], columns, group, outputs: geometry.outputs, order }
        }
    }

    /// A vector: a number for each channel.
    pub fn vector(length: u32) -> Self {
        let order = Order { output: 1, input: 1, is_reversed: false };
        Self { parts: 1, taps: 1, rows: 1, columns: width(length), group: [1, length], outputs: length, order }
    }

    /// How many numbers lie on the device, padding included.
    pub fn len(&self) -> u64 {
        [self.parts, self.taps, self.rows, self.columns].into_iter().map(u64::from).product()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many numbers exist.
    pub fn elements(&self) -> u64 {
        [self.parts, self.taps, self.group[0], self.outputs].into_iter().map(u64::from).product()
    }

    /// The place in PyTorch's order of the number at `place` on the device; `None` if it is padding. Noise of weights
    /// is addressed by it.
    pub fn canonical(&self, place: u64) -> Option<u64> {
        let (column, line) = (place % u64::from(self.columns), place / u64::from(self.columns));
        let (row, line) = (line % u64::from(self.rows), line / u64::from(self.rows));
        let (tap, part) = (line % u64::from(self.taps), line / u64::from(self.taps));
        let [inputs, outputs] = self.group.map(u64::from);
        if row >= inputs || column >= u64::from(self.outputs) || part >= u64::from(self.parts) {
            return None;
        }
        let taps = u64::from(self.taps);
        let group = part + column / outputs;
        let tap = if self.order.is_reversed { taps - 1 - tap } else { tap };
        Some(
            group * inputs * outputs * taps
                + column % outputs * u64::from(self.order.output)
                + row * u64::from(self.order.input)
                + tap,
        )
    }

    /// Numbers in PyTorch's order to how they lie on the device; what is missing is 0.
    pub fn pack(&self, values: &[f32]) -> Vec<f32> {
        let value = |place| self.canonical(place).and_then(|at| values.get(at as usize)).copied().unwrap_or(0.0);
        (0..self.len()).map(value).collect()
    }

    /// The way back; what is missing is 0.
    pub fn unpack(&self, packed: &[f32]) -> Vec<f32> {
        let mut values = vec![0.0; self.elements() as usize];
        for (place, number) in packed.iter().enumerate() {
            if let Some(value) = self.canonical(place as u64).and_then(|at| values.get_mut(at as usize)) {
                *value = *number;
            }
        }
        values
    }

    /// Blocks of four random numbers that the weights of an output lie in at most, where they are neighbours in
    /// PyTorch's order and more than one block.
    pub(crate) fn blocks(&self) -> Option<u32> {
        let length = self.group[0] * self.taps;
        let are_neighbours = !self.order.is_reversed && self.order.input == self.taps && self.order.output == length;
        let blocks = if length.is_multiple_of(4) { length / 4 } else { length.div_ceil(4) + 1 };
        (are_neighbours && length >= 4).then_some(blocks)
    }

    /// How many threads have such a block.
    pub(crate) fn lines(&self) -> u64 {
        u64::from(self.parts) * u64::from(self.columns)
    }

    /// The numbers that kernels compute [`Weights::canonical`] with.
    pub(crate) fn fixed(&self) -> [u32; 10] {
        let Self { parts, taps, rows, columns, group: [inputs, outputs], outputs: exist, order, .. } = *self;
        [columns, rows, taps, inputs, outputs, exist, order.output, order.input, u32::from(order.is_reversed), parts]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::cases;

    #[test]
    fn packing_and_unpacking_are_inverse_and_no_number_is_lost() {
        let all = cases::geometries().into_iter().flat_map(|(_, geometry)| {
            [Order::outputs_first(&geometry), Order::inputs_first(&geometry)].map(|o| Weights::new(&geometry, o))
        });
        for weights in all.chain([Weights::vector(17)]) {
            let values: Vec<f32> = (0..weights.elements()).map(|value| value as f32 + 1.0).collect();
            let packed = weights.pack(&values);
            assert_eq!(packed.len() as u64, weights.len());
            assert_eq!(packed.iter().filter(|number| **number != 0.0).count(), values.len(), "{weights:?}");
            assert_eq!(weights.unpack(&packed), values, "{weights:?}");
        }
    }
}
