//! Maxima over windows.

use crate::BackendError;
use crate::gpu::lowering::{Received, no_window};
use crate::gpu::pass::Pass;
use crate::gpu::stage::Stage;
use elbo_compiler::ir;
use elbo_gpu::kernels::max_pool::{self, MaxPoolGradient, Windows};
use elbo_gpu::{GpuError, Recording};

/// Maxima over windows.
#[derive(Debug)]
pub(super) struct MaxPool(Windows);

pub(super) fn lower(received: &Received<'_>, pool: &ir::MaxPool) -> Result<MaxPool, BackendError> {
    let ir::Window { kernel, stride, padding, dilation } = pool.window;
    let input = received.value.size;
    let output = pool.window.output_size(input).ok_or_else(|| no_window(received.layer))?;
    Ok(MaxPool(Windows { input, output, kernel, stride, padding, dilation }))
}

impl Stage for MaxPool {
    fn forward(&self, pass: &Pass<'_>, recording: &mut Recording, number: usize) -> Result<(), GpuError> {
        let input = pass.input(number);
        let (channels, rows) = (pass.shape(input).channels, pass.rows(input));
        let (from, to) = (pass.value(input)?, pass.value(number + 1)?);
        max_pool::MaxPool { windows: self.0, channels, rows, from, to }.record(recording)
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
        let (channels, rows) = (pass.shape(input).channels, pass.rows(input));
        let (from, maxima, gradient) = (pass.value(input)?, pass.value(number + 1)?, pass.own_gradient(number)?);
        MaxPoolGradient { windows: self.0, channels, rows, from, maxima, gradient, to, add: add[0] }.record(recording)
    }
}
