//! From the IR to a network with its starting values.

use super::super::BackendError;
use super::super::initialization::Start;
use super::affine::Source;
use super::averaging::Averages;
use super::batchnorm::BatchNorm;
use super::dropout::Dropout;
use super::internal;
use super::kernels::Kernels;
use super::network::{Layer, Module, Network};
use super::normalization::ExampleNorm;
use super::parameters::{Arrangement, Parameter, Role};
use super::unfold::Patches;
use super::variational::{Gaussian, Weighted, Weights};
use crate::random::Key;
use candle_core::{DType, Device, Var};
use elbo_compiler::ir::{self, Estimator, Mark, NoiseModel, Operation, Output, Shape};
use std::collections::HashMap;

/// Where and of what type a network is built.
pub(super) struct Site<'a> {
    /// The key of its starting values.
    pub(super) key: Key,
    /// The type of its tensors.
    pub(super) dtype: DType,
    /// Where they live.
    pub(super) device: &'a Device,
    /// How operations are computed.
    pub(super) kernels: Kernels,
    /// How `bayes` layers draw at prediction, if not as in training.
    pub(super) prediction: Option<Estimator>,
}

/// The network with its starting values.
///
/// # Errors
/// [`BackendError::Internal`] where the IR contradicts itself: the compiler has let it pass.
pub(super) fn network(network: &ir::Network, site: &Site<'_>) -> Result<Network, BackendError> {
    // Each value's place and shape by the name of the layer that gives it.
    let mut known = HashMap::from([(ir::INPUT, (0, network.input))]);
    let mut shape = network.input;
    let mut layers = Vec::with_capacity(network.layers.len());
    for (position, layer) in network.layers.iter().enumerate() {
        let find = |name: &String| {
            known.get(name.as_str()).copied().ok_or_else(|| contradiction(layer, format!("`{name}` is not before it")))
        };
        let (from, received) = layer.from.as_ref().map_or(Ok((position, shape)), find)?;
        if layer.input != received {
            return Err(contradiction(layer, format!("it takes {}, but receives {received}", layer.input)));
        }
        let module = match &layer.operation {
            Operation::Add { other } => {
                let (other, added) = find(other)?;
                if added != layer.input || layer.output != layer.input {
                    return Err(contradiction(layer, format!("it adds {added} to {}", layer.input)));
                }
                Module::Add(other)
            }
            _ => site.module(layer)?,
        };
        layers.push(Layer { name: layer.name.clone(), module, from });
        shape = layer.output;
        known.insert(&layer.name, (position + 1, shape));
    }
    let log_variances = match network.output {
        Output::Gaussian { noise: NoiseModel::Learned } => {
            let start = vec![0.0; shape.elements()];
            let arrangement = Arrangement::Plain(vec![shape.elements()]);
            Some(site.named("output", ir::LOG_VARIANCE.to_owned(), arrangement, Role::Noise, start)?)
        }
        _ => None,
    };
    Ok(Network { input: network.input, layers, output: shape, kernels: site.kernels, log_variances })
}

fn contradiction(layer: &ir::Layer, message: String) -> BackendError {
    internal(&layer.name)(candle_core::Error::Msg(message))
}

/// Channels and size of the image, or of the sequence as an image of one row, that a layer receives.
fn planes(layer: &ir::Layer) -> Result<(usize, [usize; 2]), BackendError> {
    layer
        .input
        .planes()
        .ok_or_else(|| contradiction(layer, format!("it needs an image or a sequence, not {}", layer.input)))
}

/// An image of this size, or a sequence where the layer receives one.
fn alike(layer: &ir::Layer, channels: usize, [height, width]: [usize; 2]) -> Result<Shape, BackendError> {
    match layer.input {
        Shape::Sequence { .. } if height != 1 => {
            Err(contradiction(layer, format!("a sequence cannot have {height} rows")))
        }
        Shape::Sequence { .. } => Ok(Shape::Sequence { channels, length: width }),
        _ => Ok(Shape::Image { channels, height, width }),
    }
}

impl Site<'_> {
    fn module(&self, layer: &ir::Layer) -> Result<Module, BackendError> {
        let failed = internal(&layer.name);
        let expect = |shape: Shape| {
            if shape == layer.output {
                return Ok(());
            }
            Err(contradiction(layer, format!("it gives {shape}, but {} is written", layer.output)))
        };
        let windows = |channels: usize, size: [usize; 2], window: ir::Window| {
            Patches::new(channels, size, window)
                .ok_or_else(|| contradiction(layer, format!("no window fits {}", layer.input)))
        };
        match &layer.operation {
            Operation::Conv2d { out_channels, window, groups, bias }
            | Operation::Conv1d { out_channels, window, groups, bias } => {
                let along_sequence = matches!(layer.operation, Operation::Conv1d { .. });
                if along_sequence != matches!(layer.input, Shape::Sequence { .. }) {
                    return Err(contradiction(layer, format!("it cannot take {}", layer.input)));
                }
                let (channels, size) = planes(layer)?;
                if *groups == 0 || channels % groups != 0 || out_channels % groups != 0 {
                    return Err(contradiction(layer, format!("{groups} groups do not divide its channels")));
                }
                let (out, channels) = (*out_channels, channels / groups);
                let patches = windows(channels, size, *window)?;
                expect(alike(layer, out, patches.output)?)?;
                let arrangement = if along_sequence {
                    Arrangement::SequenceConvolution { out, channels, kernel: window.kernel[1] }
                } else {
                    Arrangement::Convolution { out, channels, kernel: window.kernel }
                };
                let source = Source::Windows { patches, groups: *groups };
                self.weighted(layer, source, arrangement, bias.then_some(out))
            }
            Operation::Linear { out_features, bias } => {
                let Shape::Vector { features } = layer.input else {
                    return Err(contradiction(layer, format!("it needs a vector, not {}", layer.input)));
                };
                expect(Shape::Vector { features: *out_features })?;
                let arrangement = Arrangement::Plain(vec![*out_features, features]);
                self.weighted(layer, Source::Features, arrangement, bias.then_some(*out_features))
            }
            Operation::MaxPool { window } => {
                let (channels, size) = planes(layer)?;
                let patches = windows(channels, size, *window)?;
                expect(alike(layer, channels, patches.output)?)?;
                Ok(Module::MaxPool(patches))
            }
            Operation::AvgPool { window } => {
                let (channels, size) = planes(layer)?;
                let output = windows(channels, size, *window)?.output;
                expect(alike(layer, channels, output)?)?;
                let averages = Averages::windows(window, size, output, self.dtype, self.device);
                Ok(Module::Average(averages.map_err(failed)?))
            }
            Operation::AdaptiveAvgPool { size: output } => {
                let (channels, size) = planes(layer)?;
                expect(alike(layer, channels, *output)?)?;
                let averages = Averages::adaptive(size, *output, self.dtype, self.device);
                Ok(Module::Average(averages.map_err(failed)?))
            }
            Operation::Activation { function } => {
                expect(layer.input)?;
                Ok(Module::Activation(*function))
            }
            Operation::Flatten => {
                expect(Shape::Vector { features: layer.input.elements() })?;
                Ok(Module::Flatten)
            }
            Operation::BatchNorm { epsilon, momentum } => {
                expect(layer.input)?;
                self.batch_norm(layer, *epsilon, *momentum)
            }
            Operation::GroupNorm { groups, epsilon } => {
                expect(layer.input)?;
                let channels = layer.input.channels();
                if *groups == 0 || !channels.is_multiple_of(*groups) {
                    return Err(contradiction(layer, format!("{groups} groups do not divide its channels")));
                }
                self.example_norm(layer, Arrangement::Plain(vec![channels]), *groups, *epsilon)
            }
            Operation::LayerNorm { epsilon } => {
                expect(layer.input)?;
                self.example_norm(layer, Arrangement::ChannelsLast(layer.input.sizes()), 1, *epsilon)
            }
            Operation::Add { .. } => Err(contradiction(layer, "it adds nothing".to_owned())),
            Operation::Dropout { probability, unit, at_prediction } => {
                expect(layer.input)?;
                if !(0.0..1.0).contains(probability) {
                    return Err(contradiction(layer, format!("{probability} is not a probability below 1")));
                }
                Ok(Module::Dropout(Dropout {
                    probability: *probability,
                    unit: *unit,
                    at_prediction: *at_prediction,
                    shape: layer.input,
                }))
            }
        }
    }

    fn parameter(
        &self,
        layer: &ir::Layer,
        name: String,
        arrangement: Arrangement,
        role: Role,
        values: Vec<f32>,
    ) -> Result<Parameter, BackendError> {
        self.named(&layer.name, name, arrangement, role, values)
    }

    /// A parameter of a layer, or of the output, by its name.
    fn named(
        &self,
        layer: &str,
        name: String,
        arrangement: Arrangement,
        role: Role,
        values: Vec<f32>,
    ) -> Result<Parameter, BackendError> {
        let tensor = arrangement.inward(values, self.dtype, self.device);
        let variable = tensor.and_then(|tensor| Var::from_tensor(&tensor)).map_err(internal(layer))?;
        Ok(Parameter { name, variable, arrangement, role })
    }

    fn weighted(
        &self,
        layer: &ir::Layer,
        source: Source,
        arrangement: Arrangement,
        bias: Option<usize>,
    ) -> Result<Module, BackendError> {
        let fan_in = arrangement.fan_in();
        let weight_name = format!("{}.weight", layer.name);
        let bias_name = format!("{}.bias", layer.name);
        let bias = bias.map(|length| Arrangement::Plain(vec![length]));
        let weights = match &layer.mark {
            Some(Mark::Point { initialization } | Mark::Dropout { initialization, .. }) => {
                let point = |name: &str, arrangement: Arrangement, role: Role, start: Start| {
                    let values = start.values(self.key, name, arrangement.elements());
                    self.parameter(layer, name.to_owned(), arrangement, role, values)
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
                    let means = start.values(self.key, name, arrangement.elements());
                    let rho = vec![posterior.rho as f32; arrangement.elements()];
                    let variational = |suffix: &str, values: Vec<f32>| {
                        self.parameter(
                            layer,
                            format!("{name}.{suffix}"),
                            arrangement.clone(),
                            Role::Variational,
                            values,
                        )
                    };
                    let (mean, rho) = (variational("mu", means)?, variational("rho", rho)?);
                    Ok::<_, BackendError>(Box::new(Gaussian { name: name.to_owned(), mean, rho }))
                };
                Weights::Bayes {
                    weight: gaussian(&weight_name, arrangement.clone(), Start::means(&posterior.mean, fan_in))?,
                    bias: bias.map(|bias| gaussian(&bias_name, bias, Start::Constant(0.0))).transpose()?,
                    prior: prior.clone(),
                    training: *estimator,
                    prediction: self.prediction.unwrap_or(*estimator),
                }
            }
            None => return Err(contradiction(layer, "it has weights, but no mark".to_owned())),
        };
        Ok(Module::Weighted(Box::new(Weighted { source, weights, output: layer.output })))
    }

    fn example_norm(
        &self,
        layer: &ir::Layer,
        arrangement: Arrangement,
        groups: usize,
        epsilon: f64,
    ) -> Result<Module, BackendError> {
        let filled = |suffix: &str, value: f32| {
            let name = format!("{}.{suffix}", layer.name);
            let values = vec![value; arrangement.elements()];
            self.parameter(layer, name, arrangement.clone(), Role::Normalization, values)
        };
        let (weight, bias) = (filled("weight", 1.0)?, filled("bias", 0.0)?);
        Ok(Module::ExampleNorm(Box::new(ExampleNorm { groups, epsilon, weight, bias })))
    }

    fn batch_norm(&self, layer: &ir::Layer, epsilon: f64, momentum: f64) -> Result<Module, BackendError> {
        let channels = layer.input.channels();
        let filled = |suffix: &str, role: Role, value: f32| {
            let name = format!("{}.{suffix}", layer.name);
            self.parameter(layer, name, Arrangement::Plain(vec![channels]), role, vec![value; channels])
        };
        Ok(Module::BatchNorm(Box::new(BatchNorm {
            epsilon,
            momentum,
            weight: filled("weight", Role::Normalization, 1.0)?,
            bias: filled("bias", Role::Normalization, 0.0)?,
            running_mean: filled("running_mean", Role::Statistic, 0.0)?,
            running_var: filled("running_var", Role::Statistic, 1.0)?,
        })))
    }
}
