//! Transposed convolutions: windows with the taps in reverse, over an input whose places are spread out.

use super::weighted::Products;
use elbo_compiler::ir::{ConvTranspose2d, Window};
use elbo_gpu::kernels::Value;

/// The products of a transposed convolution of an image.
pub(super) fn products(convolution: &ConvTranspose2d, value: Value) -> Products {
    let ConvTranspose2d { out_channels: outputs, window, output_padding: _, groups, bias } = *convolution;
    // How far the first window begins before the first input.
    let before = [0, 1].map(|axis| {
        let extent = window.dilation[axis] * (window.kernel[axis] - 1);
        extent as isize - window.padding[axis] as isize
    });
    let [rows, columns] = window.kernel;
    Products {
        outputs,
        groups,
        window: Window { stride: [1, 1], ..window },
        output: convolution.output_size(value.size),
        spread: window.stride,
        before,
        bias,
        shape: vec![value.channels, outputs / groups.max(1), rows, columns],
        inputs_first: true,
    }
}
