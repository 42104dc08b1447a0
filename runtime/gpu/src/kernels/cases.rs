//! Geometries that tests go over, and plain loops over them in double precision.

use super::geometry::{Geometry, width};
use super::weights::{Order, Weights};

/// Geometries of every kind, each with a number of rows.
pub(crate) fn geometries() -> Vec<(u64, Geometry)> {
    let plain = |input: [u32; 2], output: [u32; 2], kernel: [u32; 2], channels: u32, outputs: u32| Geometry {
        input,
        output,
        kernel,
        stride: [1, 1],
        dilation: [1, 1],
        spread: [1, 1],
        padding: [0, 0],
        channels,
        outputs,
        groups: 1,
    };
    vec![
        (1, Geometry::linear(10, 3)),
        (5, Geometry::linear(84, 10)),
        (67, Geometry::linear(130, 70)),
        (3, Geometry::image([4, 3], 6, 20)),
        (2, plain([12, 12], [8, 8], [5, 5], 1, 6)),
        (17, plain([6, 6], [2, 2], [5, 5], 6, 16)),
        (1, Geometry { padding: [2, 2], stride: [4, 4], ..plain([23, 19], [5, 4], [11, 11], 3, 64) }),
        (3, Geometry { padding: [1, 1], ..plain([7, 5], [7, 5], [3, 3], 36, 68) }),
        (4, Geometry { padding: [2, 2], dilation: [2, 2], ..plain([9, 7], [9, 7], [3, 3], 8, 24) }),
        // Not symmetric, and beginning after the first input.
        (2, Geometry { padding: [-1, 1], stride: [2, 3], ..plain([9, 10], [3, 4], [3, 2], 5, 7) }),
        (2, plain([1, 20], [1, 16], [1, 5], 4, 12)),
        // Groups of fours, of others, and of single channels.
        (3, Geometry { groups: 2, padding: [1, 1], ..plain([5, 5], [5, 5], [3, 3], 16, 40) }),
        (2, Geometry { groups: 3, ..plain([5, 4], [4, 3], [2, 2], 6, 9) }),
        (3, Geometry { groups: 6, padding: [1, 1], stride: [2, 2], ..plain([6, 6], [3, 3], [3, 3], 6, 12) }),
        (3, Geometry { groups: 6, padding: [1, 1], dilation: [1, 2], ..plain([6, 6], [6, 4], [3, 3], 6, 6) }),
        (2, Geometry { groups: 8, stride: [2, 2], ..plain([7, 6], [3, 2], [3, 3], 8, 8) }),
        // Windows that leave inputs out, also such that some places look at nothing.
        (2, Geometry { stride: [3, 4], ..plain([8, 9], [3, 3], [2, 1], 8, 8) }),
        (2, Geometry { stride: [4, 4], dilation: [2, 2], padding: [3, 1], ..plain([14, 12], [4, 3], [3, 4], 12, 4) }),
        // Transposed convolutions, also of more padding than their kernel reaches.
        (2, Geometry { spread: [2, 2], padding: [1, 1], ..plain([4, 5], [8, 10], [3, 3], 12, 8) }),
        (2, Geometry { spread: [3, 2], padding: [-1, 0], ..plain([3, 4], [5, 7], [2, 2], 4, 20) }),
        (2, Geometry { spread: [2, 2], padding: [1, 1], groups: 3, ..plain([3, 3], [6, 6], [3, 3], 6, 3) }),
    ]
}

/// A stage of products with numbers for all its operands, `[row][place][channel]`.
pub(crate) struct Case {
    pub(crate) rows: u64,
    pub(crate) geometry: Geometry,
    pub(crate) weights: Weights,
    pub(crate) input: Vec<f32>,
    pub(crate) other_input: Vec<f32>,
    /// Two weights in PyTorch's order; the second are positive.
    pub(crate) kernels: [Vec<f32>; 2],
    pub(crate) biases: [Vec<f32>; 2],
    pub(crate) gradients: [Vec<f32>; 2],
}

/// Numbers in (−1, 1) that repeat.
pub(crate) fn numbers(seed: u64, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// A value whose padding is 0.
pub(crate) fn value(seed: u64, lines: u64, channels: u32) -> Vec<f32> {
    let wide = width(channels) as usize;
    let mut all = numbers(seed, lines as usize * wide);
    all.iter_mut().enumerate().filter(|(at, _)| at % wide >= channels as usize).for_each(|(_, number)| *number = 0.0);
    all
}

impl Case {
    pub(crate) fn new((rows, geometry): (u64, Geometry)) -> Self {
        let order = if geometry.is_spread() { Order::inputs_first } else { Order::outputs_first }(&geometry);
        let weights = Weights::new(&geometry, order);
        let elements = weights.elements() as usize;
        let (from, to) = (rows * geometry.input_area(), rows * geometry.output_area());
        let positive = |numbers: Vec<f32>| numbers.into_iter().map(f32::abs).collect();
        Self {
            rows,
            geometry,
            weights,
            input: value(1, from, geometry.channels),
            other_input: value(2, from, geometry.channels),
            kernels: [numbers(3, elements), positive(numbers(4, elements))],
            biases: [value(5, 1, geometry.outputs), positive(value(6, 1, geometry.outputs))],
            gradients: [7, 8].map(|seed| value(seed, to, geometry.outputs)),
        }
    }

    /// All cases.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        geometries().into_iter().map(Self::new)
    }

    /// Calls `visit(place of the input, place of the output, place of the weight in PyTorch's order)` for every
    /// product.
    pub(crate) fn visit(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let geometry = &self.geometry;
        let [inputs, outputs] = [geometry.group_channels() as usize, geometry.group_outputs() as usize];
        let [from, to] = [geometry.channels, geometry.outputs].map(|channels| width(channels) as usize);
        let taps = geometry.taps() as usize;
        let under = |axis: usize, place: u32, tap: u32| {
            let at = i64::from(place * geometry.stride[axis] + tap * geometry.dilation[axis])
                - i64::from(geometry.padding[axis]);
            let spread = i64::from(geometry.spread[axis]);
            let is_there = at >= 0 && at % spread == 0 && at / spread < i64::from(geometry.input[axis]);
            is_there.then_some((at / spread) as usize)
        };
        for row in 0..self.rows as usize {
            for y in 0..geometry.output[0] {
                for x in 0..geometry.output[1] {
                    let place = (row * geometry.output[0] as usize + y as usize) * geometry.output[1] as usize;
                    let place = (place + x as usize) * to;
                    for tap in 0..taps {
                        let columns = geometry.kernel[1];
                        let [ty, tx] = [tap as u32 / columns, tap as u32 % columns];
                        let (Some(iy), Some(ix)) = (under(0, y, ty), under(1, x, tx)) else { continue };
                        let seen = (row * geometry.input[0] as usize + iy) * geometry.input[1] as usize + ix;
                        for output in 0..geometry.outputs as usize {
                            let group = output / outputs;
                            for input in 0..inputs {
                                // PyTorch's orders, written out: [out][in][tap], and [in][out][tap] in reverse.
                                let weight = if geometry.is_spread() {
                                    ((group * inputs + input) * outputs + output % outputs) * taps + taps - 1 - tap
                                } else {
                                    (output * inputs + input) * taps + tap
                                };
                                visit(seen * from + group * inputs + input, place + output, weight);
                            }
                        }
                    }
                }
            }
        }
    }

    /// The place of a number without its channel's padding: its channel, and whether it exists.
    pub(crate) fn channel(at: usize, channels: u32) -> Option<usize> {
        let channel = at % width(channels) as usize;
        (channel < channels as usize).then_some(channel)
    }
}

/// The largest difference, as a part of the largest number.
pub(crate) fn difference(got: &[f32], wanted: &[f64]) -> f64 {
    assert_eq!(got.len(), wanted.len());
    let largest = wanted.iter().fold(1e-30, |most: f64, number| most.max(number.abs()));
    let differences = got.iter().zip(wanted).map(|(got, wanted)| (f64::from(*got) - wanted).abs());
    differences
        .fold(0.0, |most: f64, difference| if difference.is_nan() { f64::INFINITY } else { most.max(difference) })
        / largest
}
