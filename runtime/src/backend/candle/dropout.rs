//! Bernoulli masks (Srivastava et al. 2014), drawn at prediction, too, where the mark says so (Gal &
//! Ghahramani 2016).

use super::gradient::with_gradient1;
use super::noise::Randomness;
use candle_core::{Result, Tensor};
use elbo_compiler::ir::{DropoutUnit, Shape};

/// A mask over the units of each example.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Dropout {
    /// The probability p of dropping a unit.
    pub(super) probability: f64,
    /// What is dropped together.
    pub(super) unit: DropoutUnit,
    /// Whether masks are drawn at prediction.
    pub(super) at_prediction: bool,
    /// The shape of an example.
    pub(super) shape: Shape,
}

impl Dropout {
    /// Units in an example, in the order of their random numbers.
    fn units(&self) -> Shape {
        match (self.unit, self.shape) {
            (DropoutUnit::Channel, Shape::Image { channels, .. }) => Shape::Image { channels, height: 1, width: 1 },
            (DropoutUnit::Channel, Shape::Sequence { channels, .. }) => Shape::Sequence { channels, length: 1 },
            _ => self.shape,
        }
    }

    /// A unit whose uniform number is below p becomes 0, the others are divided by 1 − p.
    pub(super) fn apply(&self, layer: &str, randomness: &Randomness<'_>, x: &Tensor) -> Result<Tensor> {
        if !randomness.draw.trains() && !self.at_prediction {
            return Ok(x.clone());
        }
        let uniforms = randomness.mask_uniforms(layer, self.units(), x.dim(0)?)?;
        let kept = uniforms.ge(self.probability)?.to_dtype(x.dtype())?;
        let mask = kept.affine(1.0 / (1.0 - self.probability), 0.0)?;
        let y = x.detach().broadcast_mul(&mask)?;
        with_gradient1("dropout", x, y, move |_, _, g| g.broadcast_mul(&mask))
    }
}
