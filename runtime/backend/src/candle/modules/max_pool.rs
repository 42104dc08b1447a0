//! Maxima over windows. The gradient goes to the first of equal maxima in row-major order of the window,
//! as PyTorch has it; candle 0.11.1's own `max_pool2d` has a wrong gradient.

use crate::BackendError;
use crate::candle::elementwise::{slice, unsupported};
use crate::candle::gradient::with_gradient1;
use crate::candle::kernels::Kernels;
use crate::candle::module::{Call, Module};
use crate::candle::real::Real;
use crate::candle::site::Received;
use crate::candle::unfold::Patches;
use candle_core::{CpuStorage, CustomOp1, CustomOp2, DType, Layout, Result, Shape, Tensor};
use elbo_compiler::ir;
use rayon::prelude::*;

/// Maxima over windows.
#[derive(Debug)]
pub(super) struct MaxPool(Patches);

pub(super) fn build(received: &Received<'_>, pool: &ir::MaxPool) -> std::result::Result<MaxPool, BackendError> {
    let (channels, size) = received.planes()?;
    let patches = received.windows(channels, size, pool.window)?;
    received.gives(received.alike(channels, patches.output)?)?;
    Ok(MaxPool(patches))
}

impl Module for MaxPool {
    fn apply(&self, inputs: &[&Tensor], call: &mut Call<'_>) -> Result<Tensor> {
        max_pool(call.kernels, &self.0, inputs[0])
    }
}

/// `[examples, height, width, channels]` → `[examples, rows, columns, channels]`, the largest value of each
/// window; padding counts as −∞.
fn max_pool(kernels: Kernels, patches: &Patches, x: &Tensor) -> Result<Tensor> {
    match kernels {
        Kernels::Fused => {
            let patches = *patches;
            let y = x.detach().contiguous()?.apply_op1_no_bwd(&Maximum(patches))?;
            with_gradient1("max-pool", x, y, move |x, _, g| x.contiguous()?.apply_op2_no_bwd(g, &Scatter(patches)))
        }
        Kernels::Portable => portable(patches, x),
    }
}

fn portable(patches: &Patches, x: &Tensor) -> Result<Tensor> {
    let examples = x.dim(0)?;
    let padded = pad_with_negative_infinity(patches, x)?;
    let windows = patches.windows(&padded)?.contiguous()?;
    // Among equal maxima `argmax` may take any one on a parallel device. Scores that count down
    // from the first tap make the choice unique.
    let values = windows.detach();
    // What is not a number wins, so that it stays visible.
    let infinite = values.zeros_like()?.affine(1.0, f64::INFINITY)?;
    let values = values.ne(&values)?.where_cond(&infinite, &values)?;
    let taps = patches.taps();
    let countdown = Tensor::arange(0u32, u32::try_from(taps).map_err(candle_core::Error::wrap)?, x.device())?
        .to_dtype(DType::F32)?
        .affine(-1.0, taps as f64)?
        .reshape((1, 1, taps, 1))?;
    let largest = values.max_keepdim(2)?;
    let scores = values.broadcast_eq(&largest)?.to_dtype(DType::F32)?.broadcast_mul(&countdown)?;
    let first = scores.argmax_keepdim(2)?;
    windows.gather(&first, 2)?.reshape((examples, patches.output[0], patches.output[1], patches.channels))
}

fn pad_with_negative_infinity(patches: &Patches, x: &Tensor) -> Result<Tensor> {
    let mut padded = x.clone();
    for (axis, amount) in patches.window.padding.into_iter().enumerate() {
        if amount > 0 {
            let mut shape = padded.dims().to_vec();
            shape[axis + 1] = amount;
            let border = Tensor::full(f64::NEG_INFINITY, shape, x.device())?.to_dtype(x.dtype())?;
            padded = Tensor::cat(&[&border, &padded, &border], axis + 1)?;
        }
    }
    Ok(padded)
}

/// Calls `visit(offset of a tap's pixel in the image)` for the taps of a window, first to last.
fn taps(patches: &Patches, oy: usize, ox: usize, mut visit: impl FnMut(usize)) {
    for ky in 0..patches.window.kernel[0] {
        let Some(y) = patches.place(0, oy, ky) else { continue };
        for kx in 0..patches.window.kernel[1] {
            let Some(x) = patches.place(1, ox, kx) else { continue };
            visit((y * patches.size[1] + x) * patches.channels);
        }
    }
}

/// Whether `value` takes the place of `best`: strictly larger, or the first that is not a number.
fn beats<R: Real>(value: R, best: R) -> bool {
    let is_number = |x: R| x.partial_cmp(&x).is_some();
    value > best || (!is_number(value) && is_number(best))
}

struct Maximum(Patches);

fn maximum<R: Real>(patches: &Patches, images: &[R], examples: usize) -> CpuStorage {
    let channels = patches.channels;
    let image = patches.size[0] * patches.size[1] * channels;
    let mut out = vec![R::negative_infinity(); examples * patches.positions() * channels];
    out.par_chunks_mut(patches.positions() * channels).zip(images.par_chunks(image)).for_each(|(out, image)| {
        for (position, out) in out.chunks_exact_mut(channels).enumerate() {
            taps(patches, position / patches.output[1], position % patches.output[1], |pixel| {
                for (best, &value) in out.iter_mut().zip(&image[pixel..pixel + channels]) {
                    if beats(value, *best) {
                        *best = value;
                    }
                }
            });
        }
    });
    R::to_cpu_storage_owned(out)
}

impl CustomOp1 for Maximum {
    fn name(&self) -> &'static str {
        "max-pool"
    }
    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let examples = layout.dim(0)?;
        let out = match storage {
            CpuStorage::F32(_) => maximum::<f32>(&self.0, slice(storage, layout)?, examples),
            CpuStorage::F64(_) => maximum::<f64>(&self.0, slice(storage, layout)?, examples),
            other => return Err(unsupported("max-pool", other)),
        };
        Ok((out, Shape::from((examples, self.0.output[0], self.0.output[1], self.0.channels))))
    }
}

/// From the input and the gradient of the maxima, the gradient of the input.
struct Scatter(Patches);

fn scatter<R: Real>(patches: &Patches, images: &[R], gradients: &[R]) -> CpuStorage {
    let channels = patches.channels;
    let image = patches.size[0] * patches.size[1] * channels;
    let mut out = vec![R::zero_value(); images.len()];
    let examples = images.par_chunks(image).zip(gradients.par_chunks(patches.positions() * channels));
    out.par_chunks_mut(image).zip(examples).for_each_init(
        || (vec![R::zero_value(); channels], vec![0usize; channels]),
        |(best, winner), (out, (image, gradients))| {
            for (position, gradients) in gradients.chunks_exact(channels).enumerate() {
                let mut first = true;
                taps(patches, position / patches.output[1], position % patches.output[1], |pixel| {
                    for (channel, &value) in image[pixel..pixel + channels].iter().enumerate() {
                        // The first tap wins over nothing, also where it is −∞.
                        if first || beats(value, best[channel]) {
                            best[channel] = value;
                            winner[channel] = pixel + channel;
                        }
                    }
                    first = false;
                });
                // A window that sees padding only has no winner.
                if !first {
                    for (&to, &gradient) in winner.iter().zip(gradients) {
                        out[to] += gradient;
                    }
                }
            }
        },
    );
    R::to_cpu_storage_owned(out)
}

impl CustomOp2 for Scatter {
    fn name(&self) -> &'static str {
        "max-pool-gradient"
    }
    fn cpu_fwd(&self, x: &CpuStorage, xl: &Layout, g: &CpuStorage, gl: &Layout) -> Result<(CpuStorage, Shape)> {
        let out = match x {
            CpuStorage::F32(_) => scatter::<f32>(&self.0, slice(x, xl)?, slice(g, gl)?),
            CpuStorage::F64(_) => scatter::<f64>(&self.0, slice(x, xl)?, slice(g, gl)?),
            other => return Err(unsupported("max-pool-gradient", other)),
        };
        Ok((out, xl.shape().clone()))
    }
}
