//! Windows of an image as the rows of a matrix (im2col), and back.
//!
//! Inside the backend an image is `[examples, height, width, channels]`: the numbers of one tap of a
//! window are then neighbours, a row is a few long copies, and the product with the weights
//! is an image again. Row `(example, oy, ox)` holds the taps in the order (ky, kx, channel).

use super::elementwise::{slice, unsupported};
use super::kernels::Kernels;
use super::real::Real;
use candle_core::{CpuStorage, CustomOp1, Device, Error, Layout, Result, Shape, Tensor};
use elbo_compiler::ir::Window;
use rayon::prelude::*;

/// The windows over images of one size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Patches {
    /// Channels of the image.
    pub(super) channels: usize,
    /// Rows and columns of the image.
    pub(super) size: [usize; 2],
    /// The window.
    pub(super) window: Window,
    /// Rows and columns of windows.
    pub(super) output: [usize; 2],
}

impl Patches {
    /// The windows of `window` over images of `channels` × `size`, if at least one fits.
    pub(super) fn new(channels: usize, size: [usize; 2], window: Window) -> Option<Self> {
        Some(Self { channels, size, window, output: window.output_size(size)? })
    }

    /// Windows in an image.
    pub(super) fn positions(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// Taps in a window.
    pub(super) fn taps(&self) -> usize {
        self.window.kernel[0] * self.window.kernel[1]
    }

    /// Numbers in a row.
    pub(super) fn row(&self) -> usize {
        self.taps() * self.channels
    }

    /// Numbers in an image.
    fn image(&self) -> usize {
        self.size[0] * self.size[1] * self.channels
    }

    /// Whether a row is just a pixel.
    fn is_identity(&self) -> bool {
        let Window { kernel, stride, padding, .. } = self.window;
        kernel == [1, 1] && stride == [1, 1] && padding == [0, 0]
    }

    /// The place along one axis that a tap of a window sees, unless it is in the padding.
    pub(super) fn place(&self, axis: usize, output: usize, tap: usize) -> Option<usize> {
        let place = output * self.window.stride[axis] + tap * self.window.dilation[axis];
        place.checked_sub(self.window.padding[axis]).filter(|&place| place < self.size[axis])
    }

    /// Calls `visit(offset in the row, offset in the image, length)` for the runs of numbers that the
    /// window at (oy, ox) shares with the image.
    fn runs(&self, oy: usize, ox: usize, mut visit: impl FnMut(usize, usize, usize)) {
        let [kernel_rows, kernel_columns] = self.window.kernel;
        for ky in 0..kernel_rows {
            let Some(y) = self.place(0, oy, ky) else { continue };
            let mut kx = 0;
            while kx < kernel_columns {
                let Some(x) = self.place(1, ox, kx) else {
                    kx += 1;
                    continue;
                };
                // Neighbouring taps of a dense window are neighbours in the image.
                let taps = if self.window.dilation[1] == 1 { (kernel_columns - kx).min(self.size[1] - x) } else { 1 };
                let row = (ky * kernel_columns + kx) * self.channels;
                let image = (y * self.size[1] + x) * self.channels;
                visit(row, image, taps * self.channels);
                kx += taps;
            }
        }
    }

    /// For each row and tap, the index of its pixel in the padded image, row by row.
    fn indices(&self, device: &Device) -> Result<Tensor> {
        let Window { kernel, stride, padding, dilation } = self.window;
        let padded_width = self.size[1] + 2 * padding[1];
        let mut indices = Vec::with_capacity(self.positions() * self.taps());
        for oy in 0..self.output[0] {
            for ox in 0..self.output[1] {
                for ky in 0..kernel[0] {
                    for kx in 0..kernel[1] {
                        let y = oy * stride[0] + ky * dilation[0];
                        let x = ox * stride[1] + kx * dilation[1];
                        let index = u32::try_from(y * padded_width + x);
                        indices.push(index.map_err(|_| Error::Msg("the image has more than 2³² pixels".into()))?);
                    }
                }
            }
        }
        Tensor::from_vec(indices, self.positions() * self.taps(), device)
    }

    /// Rows and columns of the padded image.
    fn padded(&self) -> [usize; 2] {
        [0, 1].map(|axis| self.size[axis] + 2 * self.window.padding[axis])
    }

    /// `[examples, height, width, channels]` → `[examples · positions, taps · channels]`, zeros where a
    /// window reaches into the padding. Records nothing: it stands inside gradients of our own.
    pub(super) fn unfold(&self, kernels: Kernels, images: &Tensor) -> Result<Tensor> {
        let images = images.detach().contiguous()?;
        let examples = images.dim(0)?;
        if self.is_identity() {
            return images.reshape((examples * self.positions(), self.channels));
        }
        match kernels {
            Kernels::Fused => images.apply_op1_no_bwd(&Unfold(*self)),
            Kernels::Portable => {
                let [py, px] = self.window.padding;
                let padded = images.pad_with_zeros(1, py, py)?.pad_with_zeros(2, px, px)?;
                self.windows(&padded)?.reshape((examples * self.positions(), self.row()))
            }
        }
    }

    /// The windows of images that have been padded, `[examples, positions, taps, channels]`, by candle's own
    /// operations and with candle's own gradient.
    pub(super) fn windows(&self, padded: &Tensor) -> Result<Tensor> {
        let examples = padded.dim(0)?;
        let [height, width] = self.padded();
        let pixels = padded.contiguous()?.reshape((examples, height * width, self.channels))?;
        let taken = pixels.index_select(&self.indices(padded.device())?, 1)?;
        taken.reshape((examples, self.positions(), self.taps(), self.channels))
    }

    /// The transpose of [`Patches::unfold`]: every number of the rows is added to the pixel it came from.
    pub(super) fn fold(&self, kernels: Kernels, rows: &Tensor) -> Result<Tensor> {
        let rows = rows.contiguous()?;
        let examples = rows.dim(0)? / self.positions();
        let [height, width] = self.size;
        if self.is_identity() {
            return rows.reshape((examples, height, width, self.channels));
        }
        match kernels {
            Kernels::Fused => rows.apply_op1_no_bwd(&Fold(*self)),
            Kernels::Portable => {
                let [padded_height, padded_width] = self.padded();
                let [py, px] = self.window.padding;
                let pixels = padded_height * padded_width;
                let source = rows.reshape((examples, self.positions() * self.taps(), self.channels))?;
                let sums = Tensor::zeros((examples, pixels, self.channels), rows.dtype(), rows.device())?;
                let sums = sums.index_add(&self.indices(rows.device())?, &source, 1)?;
                let images = sums.reshape((examples, padded_height, padded_width, self.channels))?;
                images.narrow(1, py, height)?.narrow(2, px, width)?.contiguous()
            }
        }
    }
}

struct Unfold(Patches);

fn unfold<R: Real>(patches: &Patches, images: &[R], examples: usize) -> CpuStorage {
    let row = patches.row();
    let mut rows = vec![R::zero_value(); examples * patches.positions() * row];
    // One line of windows a task: enough work, and many tasks even for a small batch.
    rows.par_chunks_mut(patches.output[1] * row).enumerate().for_each(|(line, rows)| {
        let (example, oy) = (line / patches.output[0], line % patches.output[0]);
        let image = &images[example * patches.image()..][..patches.image()];
        for (ox, row) in rows.chunks_exact_mut(row).enumerate() {
            patches.runs(oy, ox, |to, from, length| row[to..to + length].copy_from_slice(&image[from..from + length]));
        }
    });
    R::to_cpu_storage_owned(rows)
}

impl CustomOp1 for Unfold {
    fn name(&self) -> &'static str {
        "unfold"
    }
    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let examples = layout.dim(0)?;
        let out = match storage {
            CpuStorage::F32(_) => unfold::<f32>(&self.0, slice(storage, layout)?, examples),
            CpuStorage::F64(_) => unfold::<f64>(&self.0, slice(storage, layout)?, examples),
            other => return Err(unsupported("unfold", other)),
        };
        Ok((out, Shape::from((examples * self.0.positions(), self.0.row()))))
    }
}

struct Fold(Patches);

fn fold<R: Real>(patches: &Patches, rows: &[R], examples: usize) -> CpuStorage {
    let row = patches.row();
    let mut images = vec![R::zero_value(); examples * patches.image()];
    // Windows overlap inside an image only.
    images.par_chunks_mut(patches.image()).enumerate().for_each(|(example, image)| {
        let rows = &rows[example * patches.positions() * row..][..patches.positions() * row];
        for (position, row) in rows.chunks_exact(row).enumerate() {
            patches.runs(position / patches.output[1], position % patches.output[1], |from, to, length| {
                for (sum, &value) in image[to..to + length].iter_mut().zip(&row[from..from + length]) {
                    *sum += value;
                }
            });
        }
    });
    R::to_cpu_storage_owned(images)
}

impl CustomOp1 for Fold {
    fn name(&self) -> &'static str {
        "fold"
    }
    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let examples = layout.dim(0)? / self.0.positions();
        let out = match storage {
            CpuStorage::F32(_) => fold::<f32>(&self.0, slice(storage, layout)?, examples),
            CpuStorage::F64(_) => fold::<f64>(&self.0, slice(storage, layout)?, examples),
            other => return Err(unsupported("fold", other)),
        };
        Ok((out, Shape::from((examples, self.0.size[0], self.0.size[1], self.0.channels))))
    }
}
