//! Which input places and taps an output place of a convolution is made of.

use crate::error::{GpuError, misuse};

/// The channels of a value as they lie: padded to four.
pub fn width(channels: u32) -> u32 {
    channels.next_multiple_of(4)
}

/// The places, channels and windows of products: a convolution, a transposed one, or a linear map. Pairs are rows and
/// columns.
///
/// Tap `t` of output place `o` looks at input place `(o·stride + t·dilation − padding) / spread`, where that is whole
/// and inside; elsewhere it looks at 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Geometry {
    /// Places of the input.
    pub input: [u32; 2],
    /// Places of the output.
    pub output: [u32; 2],
    /// Taps of a window.
    pub kernel: [u32; 2],
    /// The distance of two windows.
    pub stride: [u32; 2],
    /// The distance of two taps.
    pub dilation: [u32; 2],
    /// The distance of two inputs: 1 but in transposed convolutions, where it is their stride.
    pub spread: [u32; 2],
    /// How far the first window begins before the first input; negative if it begins after it.
    pub padding: [i32; 2],
    /// Channels of the input.
    pub channels: u32,
    /// Channels of the output.
    pub outputs: u32,
    /// Groups of channels that know nothing of each other.
    pub groups: u32,
}

/// Places, taps and distances are below this, so that no place wraps around.
const MOST: u32 = 1 << 24;

impl Geometry {
    /// A linear map of vectors.
    pub fn linear(features: u32, outputs: u32) -> Self {
        Self::image([1, 1], features, outputs)
    }

    /// A linear map that reads a whole image as it lies, as one window.
    pub fn image(input: [u32; 2], channels: u32, outputs: u32) -> Self {
        Self {
            input,
            output: [1, 1],
            kernel: input,
            stride: [1, 1],
            dilation: [1, 1],
            spread: [1, 1],
            padding: [0, 0],
            channels,
            outputs,
            groups: 1,
        }
    }

    /// Places of the input.
    pub fn input_area(&self) -> u64 {
        area(self.input)
    }

    /// Places of the output.
    pub fn output_area(&self) -> u64 {
        area(self.output)
    }

    /// Taps of a window.
    pub fn taps(&self) -> u64 {
        area(self.kernel)
    }

    /// Numbers of a row of the input, padding included.
    pub fn input_numbers(&self) -> u64 {
        self.input_area() * u64::from(width(self.channels))
    }

    /// Numbers of a row of the output, padding included.
    pub fn output_numbers(&self) -> u64 {
        self.output_area() * u64::from(width(self.outputs))
    }

    /// Input channels of a group.
    pub(crate) fn group_channels(&self) -> u32 {
        self.channels / self.groups
    }

    /// Outputs of a group.
    pub(crate) fn group_outputs(&self) -> u32 {
        self.outputs / self.groups
    }

    /// Whether it is computed in tiles: where channels of groups do not share fours.
    pub(crate) fn is_tiled(&self) -> bool {
        self.groups == 1 || [self.group_channels(), self.group_outputs()].iter().all(|count| count.is_multiple_of(4))
    }

    /// Whether every channel is a group of its own.
    pub(crate) fn is_depthwise(&self) -> bool {
        self.groups > 1 && self.channels == self.groups && self.outputs == self.groups
    }

    /// Whether there is a place between two inputs.
    pub(crate) fn is_spread(&self) -> bool {
        self.spread != [1, 1]
    }

    /// The way back: the places of the output that see an input place, and through which tap, in reverse order of taps.
    pub(crate) fn transposed(&self) -> Self {
        let padding = [0, 1].map(|axis| {
            let extent = self.dilation[axis] as i32 * (self.kernel[axis] as i32 - 1);
            extent - self.padding[axis]
        });
        Self {
            input: self.output,
            output: self.input,
            stride: self.spread,
            spread: self.stride,
            padding,
            channels: self.outputs,
            outputs: self.channels,
            ..*self
        }
    }

    /// Additions and multiplications of one product of `rows` rows. Taps outside of the input count.
    pub fn flops(&self, rows: u64) -> f64 {
        2.0 * rows as f64
            * self.output_area() as f64
            * self.taps() as f64
            * f64::from(self.group_channels())
            * f64::from(self.outputs)
    }

    /// Whether it can be computed.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if something is 0, groups do not divide the channels, or places are too many.
    pub(crate) fn check(&self) -> Result<(), GpuError> {
        let Self { input, output, kernel, stride, dilation, spread, padding, channels, outputs, groups } = *self;
        let counts = [input, output, kernel, stride, dilation, spread].concat();
        let reach = |axis: usize| {
            let last = u64::from(output[axis]) * u64::from(stride[axis]);
            last + u64::from(kernel[axis]) * u64::from(dilation[axis]) + u64::from(padding[axis].unsigned_abs())
        };
        let is_right = counts.iter().chain([&channels, &outputs, &groups]).all(|count| (1..MOST).contains(count))
            && channels.is_multiple_of(groups)
            && outputs.is_multiple_of(groups)
            && (0..2).all(|axis| {
                reach(axis) < u64::from(MOST) && u64::from(input[axis]) * u64::from(spread[axis]) < u64::from(MOST)
            });
        if is_right { Ok(()) } else { Err(misuse(format!("there are no products of {self:?}"))) }
    }

    /// The numbers that kernels compute places with, in the order of their `struct Fixed`, for `places` places.
    pub(crate) fn fixed(&self, places: u32) -> [u32; 15] {
        let Self { input, output, kernel, stride, dilation, spread, padding, .. } = *self;
        [
            places,
            output[0] * output[1],
            output[1],
            input[0],
            input[1],
            kernel[1],
            kernel[0] * kernel[1],
            stride[0],
            stride[1],
            dilation[0],
            dilation[1],
            spread[0],
            spread[1],
            padding[0] as u32,
            padding[1] as u32,
        ]
    }
}

fn area(size: [u32; 2]) -> u64 {
    u64::from(size[0]) * u64::from(size[1])
}
