//! Bernoulli masks (Srivastava et al. 2014), drawn at prediction, too, where the mark says so (Gal &
//! Ghahramani 2016).

use crate::BackendError;
use crate::candle::error::contradiction;
use crate::candle::gradient::with_gradient1;
use crate::candle::module::{Call, Module};
use crate::candle::site::Received;
use candle_core::{Result, Tensor};
use elbo_compiler::ir::{self, DropoutUnit, Shape};

/// A mask over the units of each example.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Dropout {
    /// Which units, and when.
    dropout: ir::Dropout,
    /// The shape of an example.
    shape: Shape,
}

pub(super) fn build(received: &Received<'_>, dropout: &ir::Dropout) -> std::result::Result<Dropout, BackendError> {
    let layer = received.layer;
    received.gives(layer.input)?;
    if !(0.0..1.0).contains(&dropout.probability) {
        return Err(contradiction(layer, format!("{} is not a probability below 1", dropout.probability)));
    }
    Ok(Dropout { dropout: *dropout, shape: layer.input })
}

impl Dropout {
    /// Units in an example, in the order of their random numbers.
    fn units(&self) -> Shape {
        match (self.dropout.unit, self.shape) {
            (DropoutUnit::Channel, Shape::Image { channels, .. }) => Shape::Image { channels, height: 1, width: 1 },
            (DropoutUnit::Channel, Shape::Sequence { channels, .. }) => Shape::Sequence { channels, length: 1 },
            _ => self.shape,
        }
    }
}

impl Module for Dropout {
    /// A unit whose uniform number is below p becomes 0, the others are divided by 1 − p.
    fn apply(&self, inputs: &[&Tensor], call: &mut Call<'_>) -> Result<Tensor> {
        let (x, randomness) = (inputs[0], call.randomness);
        if !randomness.draw.trains() && !self.dropout.at_prediction {
            return Ok(x.clone());
        }
        let uniforms = randomness.mask_uniforms(call.name, self.units(), x.dim(0)?)?;
        let kept = uniforms.ge(self.dropout.probability)?.to_dtype(x.dtype())?;
        let mask = kept.affine(1.0 / (1.0 - self.dropout.probability), 0.0)?;
        let y = x.detach().broadcast_mul(&mask)?;
        with_gradient1("dropout", x, y, move |_, _, g| g.broadcast_mul(&mask))
    }

    fn draws_at_prediction(&self) -> bool {
        self.dropout.draws(false)
    }
}
