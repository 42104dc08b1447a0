//! Element-wise functions.

use crate::BackendError;
use crate::candle::activation::activate;
use crate::candle::module::{Call, Module};
use crate::candle::site::Received;
use candle_core::{Result, Tensor};
use elbo_compiler::ir::Elementwise;

pub(super) fn build(
    received: &Received<'_>,
    elementwise: &Elementwise,
) -> std::result::Result<Elementwise, BackendError> {
    received.gives(received.layer.input)?;
    Ok(*elementwise)
}

impl Module for Elementwise {
    fn apply(&self, inputs: &[&Tensor], call: &mut Call<'_>) -> Result<Tensor> {
        activate(call.kernels, self.function, inputs[0])
    }
}
