//! Transposed convolutions: zeros between the places of the input and around them, then a convolution with the taps in
//! reverse.

use super::average::Averages;
use super::weighted::weighted;
use crate::BackendError;
use crate::candle::affine::Source;
use crate::candle::error::{contradiction, internal};
use crate::candle::module::{Call, Module};
use crate::candle::parameters::{Arrangement, Parameter};
use crate::candle::site::{Received, Site};
use crate::candle::unfold::Patches;
use crate::candle::variational::{Weighted, Weights};
use candle_core::{Result, Tensor};
use elbo_compiler::ir::{ConvTranspose2d, Shape, Window};

/// A transposed convolution of an image.
#[derive(Debug)]
pub(super) struct ConvTranspose {
    /// Puts every place where its kernel begins, and zeros everywhere else.
    spread: Averages,
    /// What slides over that.
    sliding: Weighted,
}

pub(super) fn build(
    site: &Site<'_>,
    received: &Received<'_>,
    convolution: &ConvTranspose2d,
) -> std::result::Result<ConvTranspose, BackendError> {
    let ConvTranspose2d { out_channels: out, window, output_padding: _, groups, bias } = *convolution;
    let layer = received.layer;
    let (channels, size) = received.planes()?;
    if groups == 0 || !channels.is_multiple_of(groups) || !out.is_multiple_of(groups) {
        return Err(contradiction(layer, format!("{groups} groups do not divide its channels")));
    }
    let output = convolution.output_size(size).ok_or_else(|| contradiction(layer, "it gives nothing".to_owned()))?;
    received.gives(Shape::Image { channels: out, height: output[0], width: output[1] })?;
    let extent = [0, 1].map(|axis| window.dilation[axis] * (window.kernel[axis] - 1));
    let spread = [0, 1].map(|axis| output[axis] + extent[axis]);
    let places = Averages::of(site, size, spread, |axis, place| {
        let distance = (place + window.padding[axis]).checked_sub(extent[axis]);
        let distance = distance.filter(|distance| distance.is_multiple_of(window.stride[axis]));
        let at = distance.map(|distance| distance / window.stride[axis]).filter(|&at| at < size[axis]);
        at.map(|at| (at, 1.0)).into_iter().collect()
    });
    let sliding = Window { stride: [1, 1], padding: [0, 0], ..window };
    let patches = Patches::new(channels / groups, spread, sliding)
        .ok_or_else(|| contradiction(layer, format!("no window fits {}", layer.input)))?;
    let arrangement =
        Arrangement::Convolution { out, channels: channels / groups, kernel: window.kernel, turned: Some(groups) };
    let sliding = weighted(site, layer, Source::Windows { patches, groups }, arrangement, bias.then_some(out))?;
    Ok(ConvTranspose { spread: places.map_err(internal(&layer.name))?, sliding })
}

impl Module for ConvTranspose {
    fn apply(&self, inputs: &[&Tensor], call: &mut Call<'_>) -> Result<Tensor> {
        let spread = self.spread.apply(inputs, call)?;
        self.sliding.apply(call.kernels, call.name, &spread, call.posterior, call.randomness, call.gradients)
    }

    fn parameters(&self) -> Vec<&Parameter> {
        self.sliding.weights.parameters()
    }

    fn weights(&self) -> Option<&Weights> {
        Some(&self.sliding.weights)
    }
}
