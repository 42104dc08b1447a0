//! Flipout (Wen, Vicol, Ba, Tran & Grosse 2018, equation 4): one draw of the weights for the whole batch, its deviation
//! from the mean decorrelated between examples by random signs.
//!
//! Example n sees the weights μ + ΔW ∘ r_n s_nᵀ and the bias μ_b + Δb ∘ r_n, where ΔW = σ ⊙ ε and Δb = σ_b ⊙ ε_b are
//! shared, s_n has a sign for each input channel and r_n one for each output channel. A Gaussian is symmetric, so
//! that every example's weights have the posterior's distribution; those of two examples are uncorrelated.

use super::gradient::with_gradient1;
use super::kernels::Kernels;
use super::noise::Randomness;
use super::variational::{Gaussian, LayerPosterior, Posterior, Weighted};
use candle_core::{Result, Tensor};
use elbo_compiler::ir::Shape;

impl Gaussian {
    /// σ ⊙ ε, with the ε that `reparameterization` would add.
    fn deviation(&self, posterior: &Posterior, randomness: &Randomness<'_>) -> Result<Tensor> {
        let noise = self.noise(randomness)?;
        let values = (posterior.deviation.detach() * &noise)?;
        with_gradient1("deviate", &posterior.deviation, values, move |_, _, g| g * &noise)
    }
}

impl Weighted {
    /// The pre-activations of a batch.
    pub(super) fn flip_out(
        &self,
        kernels: Kernels,
        layer: &str,
        x: &Tensor,
        posterior: &LayerPosterior,
        (weight, bias): (&Gaussian, Option<&Gaussian>),
        randomness: &Randomness<'_>,
    ) -> Result<Tensor> {
        let centre_bias = posterior.bias.as_ref().map(|bias| &bias.mean);
        let centre = self.map(kernels, x, &posterior.weight.mean, centre_bias)?;
        let weight = weight.deviation(&posterior.weight, randomness)?;
        let bias = match (bias, &posterior.bias) {
            (Some(bias), Some(posterior)) => Some(bias.deviation(posterior, randomness)?),
            _ => None,
        };
        let flipped = flip(x, &format!("{layer}.input"), randomness)?;
        let deviation = self.source.activations(&self.map(kernels, &flipped, &weight, bias.as_ref())?)?;
        self.source.activations(&centre)? + flip(&deviation, &format!("{layer}.output"), randomness)?
    }
}

/// Activations with a random sign for each channel of each example.
fn flip(x: &Tensor, name: &str, randomness: &Randomness<'_>) -> Result<Tensor> {
    let channels = x.dim(candle_core::D::Minus1)?;
    let units = match x.rank() {
        4 => Shape::Image { channels, height: 1, width: 1 },
        _ => Shape::Vector { features: channels },
    };
    let signs = randomness.signs(name, units, x.dim(0)?)?;
    let y = x.detach().broadcast_mul(&signs)?;
    with_gradient1("flip", x, y, move |_, _, g| g.broadcast_mul(&signs))
}
