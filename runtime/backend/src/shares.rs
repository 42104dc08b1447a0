//! Means over windows and interpolations: a few places with their shares for each place.

use elbo_compiler::ir::{AvgPool, Upsample};

/// For each place the places it is made of, with their shares.
pub(crate) type Places = Vec<Vec<(u32, f32)>>;

/// Sums of input places with weights that are products of shares along both axes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Shares {
    /// By output place.
    pub(crate) forward: Places,
    /// By input place.
    pub(crate) backward: Places,
}

impl Shares {
    /// Of an image of `size` that becomes one of `output`: `shares` gives those of an output place along an axis.
    pub(crate) fn new(
        size: [usize; 2],
        output: [usize; 2],
        shares: impl Fn(usize, usize) -> Vec<(usize, f64)>,
    ) -> Self {
        let mut forward = Vec::with_capacity(output[0] * output[1]);
        let mut backward = vec![Vec::new(); size[0] * size[1]];
        for y in 0..output[0] {
            for x in 0..output[1] {
                let mut places = Vec::new();
                for &(iy, vertical) in &shares(0, y) {
                    for &(ix, horizontal) in &shares(1, x) {
                        let (place, share) = (iy * size[1] + ix, (vertical * horizontal) as f32);
                        places.push((place as u32, share));
                        backward[place].push((forward.len() as u32, share));
                    }
                }
                forward.push(places);
            }
        }
        Self { forward, backward }
    }

    /// Over the windows of a pool, of which `output` fit. Padding counts, but has no place.
    pub(crate) fn windows(size: [usize; 2], output: [usize; 2], pool: &AvgPool) -> Self {
        let window = pool.window;
        Self::new(size, output, |axis, place| {
            let at = |tap: usize| {
                let padded = place * window.stride[axis] + tap * window.dilation[axis];
                padded.checked_sub(window.padding[axis]).filter(|&at| at < size[axis])
            };
            (0..window.kernel[axis]).filter_map(at).map(|at| (at, 1.0 / window.kernel[axis] as f64)).collect()
        })
    }

    /// Over windows chosen so that the output has its size.
    pub(crate) fn adaptive(size: [usize; 2], output: [usize; 2]) -> Self {
        Self::new(size, output, |axis, place| {
            let (inputs, outputs) = (size[axis], output[axis]);
            let (start, end) = (place * inputs / outputs, ((place + 1) * inputs).div_ceil(outputs));
            (start..end).map(|at| (at, 1.0 / (end - start) as f64)).collect()
        })
    }

    /// More places by interpolation.
    pub(crate) fn upsampled(size: [usize; 2], upsample: &Upsample) -> Self {
        let output = [0, 1].map(|axis| size[axis] * upsample.factor[axis]);
        Self::new(size, output, |axis, place| upsample.shares(axis, size[axis], place))
    }
}
