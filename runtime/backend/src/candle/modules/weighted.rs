//! Linear maps and convolutions.

use crate::BackendError;
use crate::candle::affine::Source;
use crate::candle::error::contradiction;
use crate::candle::module::{Call, Module};
use crate::candle::parameters::{Arrangement, Parameter, Role};
use crate::candle::site::{Received, Site};
use crate::candle::variational::{Gaussian, Weighted, Weights};
use crate::initialization::Start;
use candle_core::{Result, Tensor};
use elbo_compiler::ir::{self, Conv1d, Conv2d, Estimator, Linear, Mark, Shape, Window};

/// A convolution of an image.
pub(super) fn conv2d(
    site: &Site<'_>,
    received: &Received<'_>,
    convolution: &Conv2d,
) -> std::result::Result<Weighted, BackendError> {
    let Conv2d { out_channels: out, window, groups, bias } = *convolution;
    refuse(received, matches!(received.layer.input, Shape::Sequence { .. }))?;
    let (source, channels) = windows(received, out, window, groups)?;
    let arrangement = Arrangement::Convolution { out, channels, kernel: window.kernel, turned: None };
    weighted(site, received.layer, source, arrangement, bias.then_some(out))
}

/// A convolution of a sequence.
pub(super) fn conv1d(
    site: &Site<'_>,
    received: &Received<'_>,
    convolution: &Conv1d,
) -> std::result::Result<Weighted, BackendError> {
    let Conv1d { out_channels: out, window, groups, bias } = *convolution;
    refuse(received, !matches!(received.layer.input, Shape::Sequence { .. }))?;
    let (source, channels) = windows(received, out, window, groups)?;
    let arrangement = Arrangement::SequenceConvolution { out, channels, kernel: window.kernel[1] };
    weighted(site, received.layer, source, arrangement, bias.then_some(out))
}

/// A linear map.
pub(super) fn linear(
    site: &Site<'_>,
    received: &Received<'_>,
    linear: &Linear,
) -> std::result::Result<Weighted, BackendError> {
    let Linear { out_features, bias } = *linear;
    let Shape::Vector { features } = received.layer.input else {
        let message = format!("it needs a vector, not {}", received.layer.input);
        return Err(contradiction(received.layer, message));
    };
    received.gives(Shape::Vector { features: out_features })?;
    let arrangement = Arrangement::Plain(vec![out_features, features]);
    weighted(site, received.layer, Source::Features, arrangement, bias.then_some(out_features))
}

fn refuse(received: &Received<'_>, is_wrong: bool) -> std::result::Result<(), BackendError> {
    if is_wrong {
        return Err(contradiction(received.layer, format!("it cannot take {}", received.layer.input)));
    }
    Ok(())
}

/// The windows of one group of channels, and how many channels that is.
fn windows(
    received: &Received<'_>,
    out: usize,
    window: Window,
    groups: usize,
) -> std::result::Result<(Source, usize), BackendError> {
    let (channels, size) = received.planes()?;
    if groups == 0 || !channels.is_multiple_of(groups) || !out.is_multiple_of(groups) {
        return Err(contradiction(received.layer, format!("{groups} groups do not divide its channels")));
    }
    let channels = channels / groups;
    let patches = received.windows(channels, size, window)?;
    received.gives(received.alike(out, patches.output)?)?;
    Ok((Source::Windows { patches, groups }, channels))
}

/// Rows of a source times weights with the layer's mark, and a bias of so many numbers.
pub(super) fn weighted(
    site: &Site<'_>,
    layer: &ir::Layer,
    source: Source,
    arrangement: Arrangement,
    bias: Option<usize>,
) -> std::result::Result<Weighted, BackendError> {
    let fan_in = arrangement.fan_in();
    let weight_name = format!("{}.weight", layer.name);
    let bias_name = format!("{}.bias", layer.name);
    let bias = bias.map(|length| Arrangement::Plain(vec![length]));
    let weights = match &layer.mark {
        Some(Mark::Point { initialization } | Mark::Dropout { initialization, .. }) => {
            let point = |name: &str, arrangement: Arrangement, role: Role, start: Start| {
                let values = start.values(site.key, name, arrangement.elements());
                site.parameter(layer, name.to_owned(), arrangement, role, values)
            };
            let start = Start::weights(initialization, fan_in);
            let bias_start = Start::bias(initialization, fan_in);
            Weights::Point {
                weight: point(&weight_name, arrangement, Role::Weight, start)?,
                bias: bias.map(|bias| point(&bias_name, bias, Role::Bias, bias_start)).transpose()?,
            }
        }
        Some(Mark::Bayes { prior, posterior, estimator }) => {
            if *estimator == Estimator::LocalReparameterization && !prior.has_closed_form() {
                let message = "its prior needs drawn weights, which local reparameterisation has not";
                return Err(contradiction(layer, message.to_owned()));
            }
            let gaussian = |name: &str, arrangement: Arrangement, start: Start| {
                let means = start.values(site.key, name, arrangement.elements());
                let rho = vec![posterior.rho as f32; arrangement.elements()];
                let variational = |suffix: &str, values: Vec<f32>| {
                    site.parameter(layer, format!("{name}.{suffix}"), arrangement.clone(), Role::Variational, values)
                };
                let (mean, rho) = (variational("mu", means)?, variational("rho", rho)?);
                Ok::<_, BackendError>(Box::new(Gaussian { name: name.to_owned(), mean, rho }))
            };
            Weights::Bayes {
                weight: gaussian(&weight_name, arrangement.clone(), Start::means(&posterior.mean, fan_in))?,
                bias: bias.map(|bias| gaussian(&bias_name, bias, Start::Constant(0.0))).transpose()?,
                prior: prior.clone(),
                training: *estimator,
                prediction: site.prediction.unwrap_or(*estimator),
            }
        }
        None => return Err(contradiction(layer, "it has weights, but no mark".to_owned())),
    };
    Ok(Weighted { source, weights, output: layer.output })
}

impl Module for Weighted {
    fn apply(&self, inputs: &[&Tensor], call: &mut Call<'_>) -> Result<Tensor> {
        Weighted::apply(self, call.kernels, call.name, inputs[0], call.posterior, call.randomness, call.gradients)
    }

    fn parameters(&self) -> Vec<&Parameter> {
        self.weights.parameters()
    }

    fn weights(&self) -> Option<&Weights> {
        Some(&self.weights)
    }
}
