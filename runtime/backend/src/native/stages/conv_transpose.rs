//! Transposed convolutions: windows with the taps in reverse, over an input whose places are spread out.

use super::weighted::lower::Products;
use crate::native::geometry::Geometry;
use crate::native::network::Value;
use crate::native::packing::Order;
use elbo_compiler::ir::{ConvTranspose2d, Window};

/// The products of a transposed convolution of an image.
pub(super) fn products(convolution: &ConvTranspose2d, value: Value) -> Products {
    let ConvTranspose2d { out_channels: outputs, window, output_padding: _, groups, bias } = *convolution;
    // How far the first window begins before the first input.
    let before = [0, 1].map(|axis| {
        let extent = window.dilation[axis] * (window.kernel[axis] - 1);
        extent as isize - window.padding[axis] as isize
    });
    let padding = before.map(|before| usize::try_from(before).unwrap_or(0));
    let sliding = Window { stride: [1, 1], padding, ..window };
    let geometry = convolution
        .output_size(value.size)
        .map(|output| Geometry::between(value.size, output, sliding, window.stride, before));
    let (group_outputs, taps) = (outputs / groups.max(1), window.kernel[0] * window.kernel[1]);
    let order = Order { output: taps, input: group_outputs * taps, is_reversed: true };
    let shape = vec![value.channels, group_outputs, window.kernel[0], window.kernel[1]];
    Products { outputs, groups, window: sliding, geometry, bias, shape, order }
}
