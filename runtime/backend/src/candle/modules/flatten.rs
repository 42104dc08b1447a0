//! Image or sequence to vector, channels outermost.

use crate::BackendError;
use crate::candle::module::{Call, Module};
use crate::candle::site::Received;
use candle_core::{Result, Tensor};
use elbo_compiler::ir::Shape;

/// Features, channels outermost.
#[derive(Debug)]
pub(super) struct Flatten;

pub(super) fn build(received: &Received<'_>) -> std::result::Result<Flatten, BackendError> {
    received.gives(Shape::Vector { features: received.layer.input.elements() })?;
    Ok(Flatten)
}

impl Module for Flatten {
    fn apply(&self, inputs: &[&Tensor], _: &mut Call<'_>) -> Result<Tensor> {
        let x = inputs[0];
        match x.rank() {
            4 => x.permute((0, 3, 1, 2))?.contiguous()?.flatten_from(1),
            _ => Ok(x.clone()),
        }
    }
}
