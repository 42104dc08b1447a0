//! Means over windows and interpolations: a few places with their shares for each place.

use crate::BackendError;
use crate::gpu::error::contradiction;
use crate::gpu::layout::value_of;
use crate::gpu::lowering::{Received, no_window};
use crate::gpu::pass::Pass;
use crate::gpu::stage::Stage;
use crate::shares;
use elbo_compiler::ir::{AdaptiveAvgPool, AvgPool, Upsample};
use elbo_gpu::kernels::Value;
use elbo_gpu::kernels::shares::{Mix, Shares};
use elbo_gpu::{Device, GpuError, Recording};
use std::sync::OnceLock;

/// A few input places with weights for each output place, and the transpose.
#[derive(Debug)]
pub(super) struct Average {
    table: shares::Shares,
    /// The same on a device, once something was recorded there: forward and backward.
    uploaded: OnceLock<[Shares; 2]>,
}

/// Over the windows of a pool.
pub(super) fn windows(received: &Received<'_>, pool: &AvgPool) -> Result<Average, BackendError> {
    let size = received.value.size;
    let output = pool.window.output_size(size).ok_or_else(|| no_window(received.layer))?;
    Ok(Average::new(shares::Shares::windows(size, output, pool)))
}

/// Over windows chosen so that the output has its size.
pub(super) fn adaptive(received: &Received<'_>, pool: &AdaptiveAvgPool) -> Average {
    Average::new(shares::Shares::adaptive(received.value.size, pool.size))
}

/// More places by interpolation.
pub(super) fn upsampled(received: &Received<'_>, upsample: &Upsample) -> Result<Average, BackendError> {
    let size = received.value.size;
    let output = [0, 1].map(|axis| size[axis] * upsample.factor[axis]);
    if value_of(received.layer.output) != (Value { size: output, ..received.value }) {
        return Err(contradiction(received.layer, format!("it does not give {}", received.layer.output)));
    }
    Ok(Average::new(shares::Shares::upsampled(size, upsample)))
}

impl Average {
    fn new(table: shares::Shares) -> Self {
        Self { table, uploaded: OnceLock::new() }
    }

    /// The tables on the device of a network, put there when they are first recorded.
    fn on(&self, device: &Device) -> Result<&[Shares; 2], GpuError> {
        if let Some(uploaded) = self.uploaded.get() {
            return Ok(uploaded);
        }
        let shares::Shares { forward, backward } = &self.table;
        let both = [Shares::upload(device, backward.len(), forward)?, Shares::upload(device, forward.len(), backward)?];
        Ok(self.uploaded.get_or_init(|| both))
    }
}

impl Stage for Average {
    fn forward(&self, pass: &Pass<'_>, recording: &mut Recording, number: usize) -> Result<(), GpuError> {
        let input = pass.input(number);
        let (channels, rows) = (pass.shape(input).channels, pass.rows(input));
        let (from, to) = (pass.value(input)?, pass.value(number + 1)?);
        let [shares, _] = self.on(recording.device())?;
        Mix { shares, channels, rows, from, to, add: false }.record(recording)
    }

    fn backward(
        &self,
        pass: &Pass<'_>,
        recording: &mut Recording,
        number: usize,
        add: &[bool],
    ) -> Result<(), GpuError> {
        let input = pass.input(number);
        let Some(to) = pass.gradient(input)? else { return Ok(()) };
        let (channels, rows, from) = (pass.shape(input).channels, pass.rows(input), pass.own_gradient(number)?);
        let [_, shares] = self.on(recording.device())?;
        Mix { shares, channels, rows, from, to, add: add[0] }.record(recording)
    }
}
