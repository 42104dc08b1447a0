//! Element-wise functions that no product applies itself.

use crate::BackendError;
use crate::gpu::functions;
use crate::gpu::lowering::Received;
use crate::gpu::pass::Pass;
use crate::gpu::stage::Stage;
use elbo_compiler::ir::Elementwise;
use elbo_gpu::kernels::activation::{self, ActivationGradient, Function};
use elbo_gpu::{GpuError, Recording};

/// A function of each number.
#[derive(Debug)]
pub(super) struct Activation(Function);

pub(super) fn lower(received: &Received<'_>, elementwise: &Elementwise) -> Result<Activation, BackendError> {
    received.gives(received.shape)?;
    Ok(Activation(functions::of(elementwise.function)))
}

impl Stage for Activation {
    fn forward(&self, pass: &Pass<'_>, recording: &mut Recording, number: usize) -> Result<(), GpuError> {
        let input = pass.input(number);
        let (value, rows) = (pass.shape(input), pass.rows(input));
        let (from, to) = (pass.value(input)?, pass.value(number + 1)?);
        activation::Activation { function: self.0, value, rows, from, to }.record(recording)
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
        let (value, rows) = (pass.shape(input), pass.rows(input));
        let (from, gradient) = (pass.value(input)?, pass.own_gradient(number)?);
        ActivationGradient { function: self.0, value, rows, from, gradient, to, add: add[0] }.record(recording)
    }
}
