//! Channels of several values, one after the other.

use crate::BackendError;
use crate::candle::error::contradiction;
use crate::candle::module::{Call, Module};
use crate::candle::site::Received;
use candle_core::{D, Result, Tensor};
use elbo_compiler::ir::Shape;

/// The channels of the values it reads: of the one it receives last.
#[derive(Debug)]
pub(super) struct Concat;

pub(super) fn build(received: &Received<'_>) -> std::result::Result<Concat, BackendError> {
    let layer = received.layer;
    let all = || received.others.iter().copied().chain([layer.input]);
    let size = |shape: Shape| shape.planes().map(|(_, size)| size);
    let channels = |shape: Shape| shape.planes().map_or(shape.elements(), |(channels, _)| channels);
    if all().any(|shape| size(shape) != size(layer.output))
        || all().map(channels).sum::<usize>() != channels(layer.output)
    {
        return Err(contradiction(layer, format!("its values do not make {}", layer.output)));
    }
    Ok(Concat)
}

impl Module for Concat {
    fn apply(&self, inputs: &[&Tensor], _: &mut Call<'_>) -> Result<Tensor> {
        let [last, before @ ..] = inputs else { candle_core::bail!("it has nothing to join") };
        let all: Vec<&Tensor> = before.iter().chain([last]).copied().collect();
        Tensor::cat(&all, D::Minus1)?.contiguous()
    }
}
