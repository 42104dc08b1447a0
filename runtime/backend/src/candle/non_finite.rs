//! Where a value stopped being a number.

use super::super::BackendError;
use super::error::internal;
use super::network::{Network, Pass};
use super::sums::all_finite;
use candle_core::Tensor;
use candle_core::backprop::GradStore;
use elbo_compiler::outputs::LearnedVector;

/// Names the first layer, in order of execution, whose weights, else whose output, is not finite; then a KL
/// divergence, then a gradient; the loss itself if none of these is.
///
/// `pass` is the failed one without gradients: it draws the same numbers again.
pub(super) fn name_the_first(
    network: &Network,
    input: &Tensor,
    pass: &Pass<'_>,
    gradients: Option<&GradStore>,
    step: u64,
) -> BackendError {
    match search(network, input, pass, gradients) {
        Ok((layer, what)) => BackendError::NotFinite { layer, what: what.to_owned(), step },
        Err(error) => error,
    }
}

fn search(
    network: &Network,
    input: &Tensor,
    pass: &Pass<'_>,
    gradients: Option<&GradStore>,
) -> Result<(String, &'static str), BackendError> {
    let finite =
        |tensor: &Tensor, layer: &str| all_finite(network.kernels, std::iter::once(tensor)).map_err(internal(layer));
    if !finite(input, "the input")? {
        return Ok(("input".to_owned(), "the input"));
    }
    let mut found = None;
    network.forward(input, pass, &mut |position, output| {
        if found.is_some() {
            return Ok(());
        }
        let layer = &network.layers[position];
        for parameter in layer.parameters() {
            if !finite(&parameter.value(false), &layer.name)? {
                found = Some((layer.name.clone(), "a weight"));
                return Ok(());
            }
        }
        if !finite(output, &layer.name)? {
            found = Some((layer.name.clone(), "the output"));
        }
        Ok(())
    })?;
    if let Some(found) = found {
        return Ok(found);
    }
    let drawn = network.drawn_divergences(pass.posteriors, &pass.randomness)?;
    for (layer, term) in network.divergences(pass.posteriors)?.into_iter().chain(drawn) {
        if !term.value.is_finite() {
            return Ok((layer.to_owned(), "the KL divergence"));
        }
    }
    for layer in &network.layers {
        for parameter in layer.parameters() {
            if let Some(gradient) = gradients.and_then(|gradients| gradients.get(&parameter.variable))
                && !finite(gradient, &layer.name)?
            {
                return Ok((layer.name.clone(), "the gradient of a weight"));
            }
        }
    }
    if let Some((learned, LearnedVector { called, .. })) = &network.learned {
        if !finite(&learned.value(false), "output")? {
            return Ok(("output".to_owned(), called[0]));
        }
        if let Some(gradient) = gradients.and_then(|gradients| gradients.get(&learned.variable))
            && !finite(gradient, "output")?
        {
            return Ok(("output".to_owned(), called[1]));
        }
    }
    let last = network.layers.last().map_or_else(|| "output".to_owned(), |layer| layer.name.clone());
    Ok((last, "the loss"))
}
