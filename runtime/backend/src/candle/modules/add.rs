//! Sums of two values.

use crate::BackendError;
use crate::candle::error::contradiction;
use crate::candle::module::{Call, Module};
use crate::candle::site::Received;
use candle_core::{Result, Tensor};

/// The sum of the values it reads.
#[derive(Debug)]
pub(super) struct Add;

pub(super) fn build(received: &Received<'_>) -> std::result::Result<Add, BackendError> {
    let layer = received.layer;
    for added in &received.others {
        if *added != layer.input || layer.output != layer.input {
            return Err(contradiction(layer, format!("it adds {added} to {}", layer.input)));
        }
    }
    Ok(Add)
}

impl Module for Add {
    fn apply(&self, inputs: &[&Tensor], _: &mut Call<'_>) -> Result<Tensor> {
        let [first, rest @ ..] = inputs else { candle_core::bail!("it adds nothing") };
        rest.iter().try_fold((*first).clone(), |sum, other| sum + *other)
    }
}
