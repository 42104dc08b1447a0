//! From the IR to stages with starting values.

use super::super::BackendError;
use super::super::initialization::Start;
use super::geometry::Geometry;
use super::network::{Averages, Kind, Network, Stage, Value, Weighted};
use super::packing::{Packing, Panels};
use super::tensor::{Gaussians, Numbers, Role, Tensor, TensorId};
use super::tiling::tilings;
use super::{NAME, internal};
use crate::random::Key;
use elbo_compiler::ir::{self, Activation, Estimator, Mark, NoiseModel, Operation, Output, Shape, Window};
use elbo_kernels::{Buffer, Function, PANEL};
use std::collections::HashMap;

/// Images of no more channels than this are kept with channels last: their rows are long enough to be read by kernel
/// rows, their channels too few to be read by taps.
const FEW_CHANNELS: usize = 8;

/// The network with its starting values.
///
/// # Errors
/// [`BackendError::Internal`] where the IR contradicts itself: the compiler has let it pass.
pub(super) fn network(run: &ir::Run, key: Key) -> Result<Network, BackendError> {
    lower(run, Some(key))
}

/// The network without a single number, for plans.
///
/// # Errors
/// As [`network`].
pub(super) fn outline(run: &ir::Run) -> Result<Network, BackendError> {
    lower(run, None)
}

fn lower(run: &ir::Run, key: Option<Key>) -> Result<Network, BackendError> {
    let mut lowering = Lowering {
        layers: &run.network.layers,
        key,
        prediction: run.report.estimator,
        tensors: Vec::new(),
        stages: Vec::new(),
        values: vec![Value::of(run.network.input)],
        places: HashMap::from([(ir::INPUT, (0, run.network.input))]),
        readers: readers(&run.network),
    };
    let mut at = 0;
    while at < run.network.layers.len() {
        at = lowering.layer(at)?;
    }
    let last_layer = run.network.layers.last().map_or_else(|| "output".to_owned(), |layer| layer.name.clone());
    let mut log_variances = None;
    if let Output::Gaussian { noise: NoiseModel::Learned } = run.network.output {
        let packing = Packing::Vector { length: run.network.outputs() };
        log_variances = Some(lowering.tensor(ir::LOG_VARIANCE, "output", packing, Role::Noise, Start::Constant(0.0)));
    }
    let Lowering { tensors, stages, values, .. } = lowering;
    let batch = run.training.batch;
    Ok(Network { input: run.network.input, batch, stages, values, tensors, log_variances, last_layer })
}

/// How many layers read the output of each, by name.
fn readers(network: &ir::Network) -> HashMap<&str, usize> {
    let mut readers = HashMap::new();
    let mut before = ir::INPUT;
    for layer in &network.layers {
        *readers.entry(layer.from.as_deref().unwrap_or(before)).or_insert(0) += 1;
        if let Operation::Add { other } = &layer.operation {
            *readers.entry(other.as_str()).or_insert(0) += 1;
        }
        before = &layer.name;
    }
    readers
}

/// The weights of a layer, its bias, and how both are sampled in training and at prediction.
type Weights = (TensorId, Option<TensorId>, Option<[Estimator; 2]>);

struct Lowering<'l> {
    layers: &'l [ir::Layer],
    /// The key of starting values; without one there are none.
    key: Option<Key>,
    prediction: Option<Estimator>,
    tensors: Vec<Tensor>,
    stages: Vec<Stage>,
    values: Vec<Value>,
    /// The value that each layer gives, and its shape.
    places: HashMap<&'l str, (usize, Shape)>,
    readers: HashMap<&'l str, usize>,
}

fn contradiction(layer: &ir::Layer, message: String) -> BackendError {
    internal(&layer.name, message)
}

/// The function as kernels know it.
fn function_of(function: Activation) -> Function {
    match function {
        Activation::Relu => Function::Relu,
        Activation::LeakyRelu { slope } => Function::LeakyRelu { slope: slope as f32 },
        Activation::Softplus => Function::Softplus,
        Activation::Gelu => Function::Gelu,
        Activation::Silu => Function::Silu,
        Activation::Elu { alpha } => Function::Elu { alpha: alpha as f32 },
        Activation::Tanh => Function::Tanh,
        Activation::Sigmoid => Function::Sigmoid,
    }
}

impl<'l> Lowering<'l> {
    /// The value a layer receives.
    fn received(&self, at: usize) -> Result<(usize, Shape), BackendError> {
        let layer = &self.layers[at];
        let before = at.checked_sub(1).map_or(ir::INPUT, |before| self.layers[before].name.as_str());
        let (value, shape) = self.find(layer, layer.from.as_deref().unwrap_or(before))?;
        if shape != layer.input {
            return Err(contradiction(layer, format!("it takes {}, but receives {shape}", layer.input)));
        }
        Ok((value, shape))
    }

    fn find(&self, layer: &ir::Layer, name: &str) -> Result<(usize, Shape), BackendError> {
        self.places.get(name).copied().ok_or_else(|| contradiction(layer, format!("`{name}` is not before it")))
    }

    /// The layer right after this one, if it alone reads this one's output.
    fn follower(&self, at: usize) -> Option<&'l ir::Layer> {
        let next = self.layers.get(at + 1)?;
        let alone = self.readers.get(self.layers[at].name.as_str()) == Some(&1);
        (alone && next.from.is_none() && !matches!(next.operation, Operation::Add { .. })).then_some(next)
    }

    /// Whether a layer draws a sign for each of its inputs, so that it must see them as features.
    fn flips(&self, layer: &ir::Layer) -> bool {
        let flipout = Some(Estimator::Flipout);
        match &layer.mark {
            Some(Mark::Bayes { estimator, .. }) => Some(*estimator) == flipout || self.prediction == flipout,
            _ => false,
        }
    }

    /// Lowers a layer with those that join it; returns the next to be lowered.
    fn layer(&mut self, at: usize) -> Result<usize, BackendError> {
        let layer = &self.layers[at];
        let (input, shape) = self.received(at)?;
        let expect = |found: Shape| {
            if found == layer.output {
                return Ok(());
            }
            Err(contradiction(layer, format!("it gives {found}, but {} is written", layer.output)))
        };
        let value = Value::of(shape);
        let kind = match &layer.operation {
            Operation::Conv2d { .. } | Operation::Conv1d { .. } | Operation::Linear { .. } => {
                return self.weighted(at, at, input, value);
            }
            Operation::Flatten => {
                expect(Shape::Vector { features: shape.elements() })?;
                if value.positions() == 1 {
                    self.places.insert(&layer.name, (input, layer.output));
                    return Ok(at + 1);
                }
                if let Some(next) = self.follower(at)
                    && matches!(next.operation, Operation::Linear { .. })
                    && !self.flips(next)
                {
                    return self.weighted(at, at + 1, input, value);
                }
                Kind::Flatten
            }
            Operation::MaxPool { window } => Kind::MaxPool(self.windows(layer, value, *window)?),
            Operation::AvgPool { window } => {
                let size = window.output_size(value.size).ok_or_else(|| no_window(layer))?;
                Kind::Average(
                    self.averages(value.size, size, |axis, place| window_shares(window, value.size, axis, place)),
                )
            }
            Operation::AdaptiveAvgPool { size } => Kind::Average(self.averages(value.size, *size, |axis, place| {
                let (inputs, outputs) = (value.size[axis], size[axis]);
                let (start, end) = (place * inputs / outputs, ((place + 1) * inputs).div_ceil(outputs));
                (start..end).map(|at| (at, 1.0 / (end - start) as f64)).collect()
            })),
            Operation::Activation { function } => {
                expect(shape)?;
                Kind::Activation(function_of(*function))
            }
            Operation::BatchNorm { epsilon, momentum } => {
                expect(shape)?;
                let length = shape.channels();
                let mut filled = |suffix: &str, role: Role, value: f64| {
                    self.points(layer, suffix, Packing::Vector { length }, role, Start::Constant(value))
                };
                let tensors = [
                    filled("weight", Role::Free, 1.0),
                    filled("bias", Role::Free, 0.0),
                    filled("running_mean", Role::Statistic, 0.0),
                    filled("running_var", Role::Statistic, 1.0),
                ];
                Kind::BatchNorm { epsilon: *epsilon, momentum: *momentum, tensors }
            }
            Operation::GroupNorm { groups, epsilon } => {
                expect(shape)?;
                if *groups == 0 || !value.channels.is_multiple_of(*groups) {
                    return Err(contradiction(layer, format!("{groups} groups do not divide its channels")));
                }
                self.example_norm(layer, Packing::Vector { length: value.channels }, (*groups, *epsilon))
            }
            Operation::LayerNorm { epsilon } => {
                expect(shape)?;
                self.example_norm(layer, Packing::Positions { shape: shape.sizes() }, (1, *epsilon))
            }
            Operation::Add { other } => {
                let (other, added) = self.find(layer, other)?;
                if added != shape {
                    return Err(contradiction(layer, format!("it adds {added} to {shape}")));
                }
                Kind::Add { other }
            }
            Operation::Dropout { probability, unit, at_prediction } => {
                expect(shape)?;
                if !(0.0..1.0).contains(probability) {
                    return Err(contradiction(layer, format!("{probability} is not a probability below 1")));
                }
                Kind::Dropout { probability: *probability, unit: *unit, at_prediction: *at_prediction }
            }
        };
        self.stage(at..at + 1, input, kind);
        Ok(at + 1)
    }

    fn stage(&mut self, layers: std::ops::Range<usize>, input: usize, kind: Kind) {
        // A flattening that a linear map does itself gives it no name.
        let flattens = layers.len() > 1 && matches!(self.layers[layers.start].operation, Operation::Flatten);
        let name = self.layers[layers.start + usize::from(flattens)].name.clone();
        let last = &self.layers[layers.end - 1];
        self.values.push(Value::of(last.output));
        self.stages.push(Stage { name, input, kind });
        self.places.insert(&last.name, (self.stages.len(), last.output));
    }

    /// The shares of averages; an outline has none.
    fn averages(
        &self,
        size: [usize; 2],
        output: [usize; 2],
        shares: impl Fn(usize, usize) -> Vec<(usize, f64)>,
    ) -> Averages {
        if self.key.is_some() { averages_of(size, output, shares) } else { Averages::default() }
    }

    fn windows(&self, layer: &ir::Layer, value: Value, window: Window) -> Result<Geometry, BackendError> {
        Geometry::new(value.size, window).ok_or_else(|| no_window(layer))
    }

    /// A layer with weights, `at`, whose stage begins with layer `first`: itself, or the flattening before it.
    fn weighted(&mut self, first: usize, at: usize, input: usize, value: Value) -> Result<usize, BackendError> {
        let layer = &self.layers[at];
        let (out, groups, window, bias, shape) = match &layer.operation {
            Operation::Linear { out_features, bias } => {
                let kernel = value.size;
                let window = Window { kernel, stride: [1, 1], padding: [0, 0], dilation: [1, 1] };
                (*out_features, 1, window, *bias, vec![*out_features, value.channels * value.positions()])
            }
            Operation::Conv2d { out_channels, window, groups, bias } => {
                let shape = vec![*out_channels, value.channels / groups.max(&1), window.kernel[0], window.kernel[1]];
                (*out_channels, *groups, *window, *bias, shape)
            }
            Operation::Conv1d { out_channels, window, groups, bias } => {
                let shape = vec![*out_channels, value.channels / groups.max(&1), window.kernel[1]];
                (*out_channels, *groups, *window, *bias, shape)
            }
            _ => return Err(contradiction(layer, "it has no weights".to_owned())),
        };
        if groups == 0 || !value.channels.is_multiple_of(groups) || !out.is_multiple_of(groups) {
            return Err(contradiction(layer, format!("{groups} groups do not divide its channels")));
        }
        let mut geometry = self.windows(layer, value, window)?;
        let before_pool = Value::of(layer.output).size;
        let reads_images = input == 0
            && value.channels <= FEW_CHANNELS
            && value.positions() > 1
            && groups == 1
            && window.dilation[1] == 1
            && self.readers.get(ir::INPUT) == Some(&1);
        // What follows joins where it can: an activation, a pool, in either order.
        let (mut end, mut function) = (at + 1, Function::Identity);
        while let Some(next) = self.follower(end - 1) {
            match &next.operation {
                // Fewer numbers are left behind a pool, also if it stays a stage of its own.
                Operation::Activation { .. }
                    if self.pool_behind(end).is_some_and(|pool| geometry.pooled(pool).is_none()) =>
                {
                    break;
                }
                Operation::Activation { function: next } if function == Function::Identity => {
                    let next = function_of(*next);
                    if !next.is_invertible() {
                        break;
                    }
                    function = next;
                }
                Operation::MaxPool { window } => match geometry.pooled(window) {
                    Some(pooled) => geometry = pooled,
                    None => break,
                },
                _ => break,
            }
            end += 1;
        }
        let panels = Panels::new(shape, (out, value.channels), groups, window.kernel, reads_images);
        let (weight, bias, estimators) = self.weights(layer, Packing::Weights(panels), bias.then_some(out))?;
        // Tiles are of whole panels, and of one group.
        let whole = [out, value.channels].iter().all(|channels| channels.is_multiple_of(PANEL));
        let tilings = if whole && groups == 1 && !reads_images { tilings(&geometry, &window) } else { [None, None] };
        let weighted = Weighted { geometry, weight, bias, estimators, function, before_pool, reads_images, tilings };
        self.stage(first..end, input, Kind::Weighted(Box::new(weighted)));
        if let (Some(pool), Some(next)) = (self.pool_behind(end), self.layers.get(end))
            && let Operation::Activation { function } = &next.operation
            && self.follower(end - 1).is_some()
        {
            let function = function_of(*function);
            let geometry = self.windows(&self.layers[end + 1], self.values[self.stages.len()], *pool)?;
            let pooled = self.layers[end + 1].output;
            for (layer, kind) in [(end + 1, Kind::MaxPool(geometry)), (end, Kind::Activation(function))] {
                let input = self.stages.len();
                self.values.push(Value::of(pooled));
                self.stages.push(Stage { name: self.layers[layer].name.clone(), input, kind });
            }
            self.places.insert(&self.layers[end + 1].name, (self.stages.len(), pooled));
            return Ok(end + 2);
        }
        Ok(end)
    }

    /// The maxima that follow an activation that never falls, `at`, and alone read it: the two may change places.
    fn pool_behind(&self, at: usize) -> Option<&'l Window> {
        let Operation::Activation { function } = &self.layers.get(at)?.operation else { return None };
        match &self.follower(at)?.operation {
            Operation::MaxPool { window } if function_of(*function).is_invertible() => Some(window),
            _ => None,
        }
    }

    fn weights(&mut self, layer: &ir::Layer, packing: Packing, bias: Option<usize>) -> Result<Weights, BackendError> {
        let fan_in: usize = packing.shape().iter().skip(1).product();
        let bias = bias.map(|length| Packing::Vector { length });
        match &layer.mark {
            Some(Mark::Point { initialization } | Mark::Dropout { initialization, .. }) => {
                let mut point = |kind: &str, packing: Packing, role: Role, start: Start| {
                    self.points(layer, kind, packing, role, start)
                };
                let weight = point("weight", packing, Role::Weight, Start::weights(initialization, fan_in));
                let start = Start::bias(initialization, fan_in);
                let bias = bias.map(|packing| point("bias", packing, Role::Free, start));
                Ok((weight, bias, None))
            }
            Some(Mark::Bayes { prior, posterior, estimator }) => {
                if *estimator == Estimator::LocalReparameterization && !prior.has_closed_form() {
                    let message = "its prior needs drawn weights, which local reparameterisation has not";
                    return Err(contradiction(layer, message.to_owned()));
                }
                let prediction = self.prediction.unwrap_or(*estimator);
                let is_drawn = |estimator: Estimator| estimator != Estimator::LocalReparameterization;
                let any_drawn = is_drawn(*estimator) || is_drawn(prediction);
                let has_order = any_drawn && self.key.is_some();
                if has_order && u32::try_from(packing.elements()).is_err() {
                    return Err(BackendError::TooLarge {
                        backend: NAME,
                        layer: layer.name.clone(),
                        limit: format!(
                            "it draws at most 2³² weights a layer, and this one has {}; `--backend candle` has no such bound, \
                             nor has `estimator=local_reparameterization`",
                            packing.elements()
                        ),
                    });
                }
                let mut gaussian = |kind: &str, packing: Packing, start: Start| {
                    let name = format!("{}.{kind}", layer.name);
                    let gaussians = Gaussians {
                        means: self.started(&name, &packing, start),
                        rhos: self.started(&name, &packing, Start::Constant(posterior.rho)),
                        variances: Buffer::zeros(if self.key.is_some() { packing.length() } else { 0 }),
                        prior: prior.clone(),
                        drawn: is_drawn(*estimator),
                        order: if has_order { packing.order() } else { Vec::new() },
                    };
                    let numbers = Numbers::Gaussians(gaussians);
                    self.tensors.push(Tensor { name, layer: layer.name.clone(), packing, numbers });
                    self.tensors.len() - 1
                };
                let weight = gaussian("weight", packing, Start::means(&posterior.mean, fan_in));
                let bias = bias.map(|packing| gaussian("bias", packing, Start::Constant(0.0)));
                Ok((weight, bias, Some([*estimator, prediction])))
            }
            None => Err(contradiction(layer, "it has weights, but no mark".to_owned())),
        }
    }

    fn example_norm(&mut self, layer: &ir::Layer, packing: Packing, (groups, epsilon): (usize, f64)) -> Kind {
        let each = matches!(packing, Packing::Positions { .. });
        let mut filled =
            |suffix: &str, value: f64| self.points(layer, suffix, packing.clone(), Role::Free, Start::Constant(value));
        let tensors = [filled("weight", 1.0), filled("bias", 0.0)];
        Kind::ExampleNorm { groups, epsilon, each, tensors }
    }

    /// A tensor of one value each.
    fn points(&mut self, layer: &ir::Layer, suffix: &str, packing: Packing, role: Role, start: Start) -> TensorId {
        self.tensor(&format!("{}.{suffix}", layer.name), &layer.name, packing, role, start)
    }

    /// A tensor of one value each by its name.
    fn tensor(&mut self, name: &str, layer: &str, packing: Packing, role: Role, start: Start) -> TensorId {
        let numbers = Numbers::Points { values: self.started(name, &packing, start), role };
        self.tensors.push(Tensor { name: name.to_owned(), layer: layer.to_owned(), packing, numbers });
        self.tensors.len() - 1
    }

    /// The starting values of a tensor, where there are to be any.
    fn started(&self, name: &str, packing: &Packing, start: Start) -> Buffer {
        let Some(key) = self.key else { return Buffer::zeros(0) };
        let mut kept = Buffer::zeros(packing.length());
        match start {
            Start::Constant(value) => packing.fill(value as f32, &mut kept),
            _ => packing.pack(&start.values(key, name, packing.elements()), &mut kept),
        }
        kept
    }
}

fn no_window(layer: &ir::Layer) -> BackendError {
    contradiction(layer, format!("no window fits {}", layer.input))
}

/// The input places that a window covers along an axis, with their shares; padding counts, but has no place.
fn window_shares(window: &Window, size: [usize; 2], axis: usize, place: usize) -> Vec<(usize, f64)> {
    let at = |tap: usize| {
        let padded = place * window.stride[axis] + tap * window.dilation[axis];
        padded.checked_sub(window.padding[axis]).filter(|&at| at < size[axis])
    };
    (0..window.kernel[axis]).filter_map(at).map(|at| (at, 1.0 / window.kernel[axis] as f64)).collect()
}

/// Means as products of shares along both axes.
fn averages_of(size: [usize; 2], output: [usize; 2], shares: impl Fn(usize, usize) -> Vec<(usize, f64)>) -> Averages {
    let mut forward = Vec::with_capacity(output[0] * output[1]);
    let mut backward = vec![Vec::new(); size[0] * size[1]];
    for y in 0..output[0] {
        for x in 0..output[1] {
            let mut places = Vec::new();
            for &(iy, vertical) in &shares(0, y) {
                for &(ix, horizontal) in &shares(1, x) {
                    let (place, share) = (iy * size[1] + ix, (vertical * horizontal) as f32);
                    places.push((place as u32, share));
                    backward[place].push((forward.len() as u32, share));
                }
            }
            forward.push(places);
        }
    }
    Averages { forward, backward }
}
