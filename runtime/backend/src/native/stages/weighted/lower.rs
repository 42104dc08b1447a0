//! From a layer with weights, and those after it that join it, to one stage.

use super::super::activation::Activation;
use super::super::max_pool::MaxPool;
use super::layer::Weighted;
use crate::BackendError;
use crate::functions;
use crate::initialization::Start;
use crate::native::error::{NAME, contradiction};
use crate::native::geometry::Geometry;
use crate::native::lowering::{Lowering, Received, no_window, windows};
use crate::native::network::Value;
use crate::native::packing::{Order, Packing, Panels};
use crate::native::tensor::{Gaussians, Numbers, Role, Tensor, TensorId};
use crate::native::tiling::tilings;
use elbo_compiler::ir::{self, Conv1d, Conv2d, Elementwise, Estimator, Linear, Mark, Operation, Window};
use elbo_kernels::{Buffer, Function, PANEL};

/// Images of no more channels than this are kept with channels last: their rows are long enough to be read by kernel
/// rows, their channels too few to be read by taps.
const FEW_CHANNELS: usize = 8;

/// The weights of a layer, its bias, and how both are sampled in training and at prediction.
type Weights = (TensorId, Option<TensorId>, Option<[Estimator; 2]>);

/// A layer with weights as a product.
pub(in crate::native::stages) struct Products {
    /// Channels or features that come out.
    pub(in crate::native::stages) outputs: usize,
    /// Groups of channels.
    pub(in crate::native::stages) groups: usize,
    /// What slides over the input.
    pub(in crate::native::stages) window: Window,
    /// Which places make which; `None` where no window fits.
    pub(in crate::native::stages) geometry: Option<Geometry>,
    /// Whether a bias is added.
    pub(in crate::native::stages) bias: bool,
    /// Of the weights, as PyTorch has it.
    pub(in crate::native::stages) shape: Vec<usize>,
    /// The order of the weights there.
    pub(in crate::native::stages) order: Order,
}

impl Products {
    /// Of windows over a value, with weights of this shape, outputs first.
    fn new((outputs, groups): (usize, usize), window: Window, value: Value, bias: bool, shape: Vec<usize>) -> Self {
        let (output, taps) = (shape[1..].iter().product(), window.kernel[0] * window.kernel[1]);
        let order = Order { output, input: taps, is_reversed: false };
        Self { outputs, groups, window, geometry: Geometry::new(value.size, window), bias, shape, order }
    }
}

/// A linear map reads the whole value as one window.
pub(in crate::native::stages) fn linear(linear: &Linear, value: Value) -> Products {
    let Linear { out_features: outputs, bias } = *linear;
    let window = Window { kernel: value.size, stride: [1, 1], padding: [0, 0], dilation: [1, 1] };
    Products::new((outputs, 1), window, value, bias, vec![outputs, value.channels * value.positions()])
}

/// A convolution of an image.
pub(in crate::native::stages) fn conv2d(convolution: &Conv2d, value: Value) -> Products {
    let Conv2d { out_channels: outputs, window, groups, bias } = *convolution;
    let shape = vec![outputs, value.channels / groups.max(1), window.kernel[0], window.kernel[1]];
    Products::new((outputs, groups), window, value, bias, shape)
}

/// A convolution of a sequence, which is an image of one row.
pub(in crate::native::stages) fn conv1d(convolution: &Conv1d, value: Value) -> Products {
    let Conv1d { out_channels: outputs, window, groups, bias } = *convolution;
    let shape = vec![outputs, value.channels / groups.max(1), window.kernel[1]];
    Products::new((outputs, groups), window, value, bias, shape)
}

/// The linear map that alone reads the output of layer `at`, a flattening, if it can read the places as they lie: it
/// draws no sign for each of its inputs, for which it would have to see them as features.
pub(in crate::native::stages) fn reads_places<'l>(lowering: &Lowering<'l>, at: usize) -> Option<&'l Linear> {
    let next = lowering.follower(at)?;
    let Operation::Linear(linear) = &next.operation else { return None };
    let flips = match &next.mark {
        Some(Mark::Bayes { estimator, .. }) => {
            *estimator == Estimator::Flipout || lowering.prediction == Some(Estimator::Flipout)
        }
        Some(Mark::Point { .. } | Mark::Dropout { .. }) | None => false,
    };
    (!flips).then_some(linear)
}

/// Lowers layer `at`, which receives what `received` does: itself, or the flattening before it.
pub(in crate::native::stages) fn lower<'l>(
    lowering: &mut Lowering<'l>,
    received: &Received<'l>,
    at: usize,
    products: Products,
) -> Result<usize, BackendError> {
    let layer = lowering.layer(at).unwrap_or(received.layer);
    let (input, value) = (received.input, received.value);
    let Products { outputs, groups, window, geometry, bias, shape, order } = products;
    if groups == 0 || !value.channels.is_multiple_of(groups) || !outputs.is_multiple_of(groups) {
        return Err(contradiction(layer, format!("{groups} groups do not divide its channels")));
    }
    let mut geometry = geometry.ok_or_else(|| no_window(layer))?;
    let is_spread = geometry.is_spread();
    let before_pool = Value::of(layer.output).size;
    let reads_images = input == 0
        && value.channels <= FEW_CHANNELS
        && value.positions() > 1
        && !is_spread
        && groups == 1
        && window.dilation[1] == 1
        && lowering.reads_of(ir::INPUT) == 1;
    // What follows joins where it can: an activation, a pool, in either order.
    let (mut end, mut function) = (at + 1, Function::Identity);
    while let Some(next) = lowering.follower(end - 1) {
        if let Operation::Activation(Elementwise { function: next }) = &next.operation {
            // Fewer numbers are left after a pool, also if it stays a stage of its own.
            let pool_first = pool_after(lowering, end).is_some_and(|pool| geometry.pooled(pool).is_none());
            let next = functions::of(*next);
            if pool_first || function != Function::Identity || !next.is_invertible() {
                break;
            }
            function = next;
        } else if let Operation::MaxPool(ir::MaxPool { window }) = &next.operation {
            let Some(pooled) = geometry.pooled(window) else { break };
            geometry = pooled;
        } else {
            break;
        }
        end += 1;
    }
    let panels = Panels::new(shape, (outputs, value.channels), groups, window.kernel, order, reads_images);
    let (weight, bias, estimators) = weights(lowering, layer, Packing::Weights(panels), bias.then_some(outputs))?;
    // Tiles are of whole panels, and of one group.
    let whole = [outputs, value.channels].iter().all(|channels| channels.is_multiple_of(PANEL));
    let tilings =
        if whole && groups == 1 && !reads_images && !is_spread { tilings(&geometry, &window) } else { [None, None] };
    if reads_images {
        lowering.images = Some(geometry.clone());
    }
    let weighted = Weighted { geometry, weight, bias, estimators, function, before_pool, reads_images, tilings };
    lowering.push(&layer.name, end - 1, input, weighted);
    pool_before_activation(lowering, end)
}

/// Where an activation did not join because a pool follows it, the pool comes first; returns the next layer.
fn pool_before_activation(lowering: &mut Lowering<'_>, at: usize) -> Result<usize, BackendError> {
    let (Some(window), Some(activation), Some(pool)) =
        (pool_after(lowering, at), lowering.layer(at), lowering.layer(at + 1))
    else {
        return Ok(at);
    };
    let Operation::Activation(Elementwise { function }) = &activation.operation else { return Ok(at) };
    if lowering.follower(at - 1).is_none() {
        return Ok(at);
    }
    let function = functions::of(*function);
    let geometry = windows(pool, lowering.values[lowering.stages.len()], *window)?;
    // Both give values of the pool's shape.
    lowering.push(&pool.name, at + 1, lowering.stages.len(), MaxPool { geometry });
    lowering.push(&activation.name, at + 1, lowering.stages.len(), Activation { function });
    Ok(at + 2)
}

/// The maxima that follow an activation that never falls, `at`, and alone read it: the two may change places.
fn pool_after<'l>(lowering: &Lowering<'l>, at: usize) -> Option<&'l Window> {
    let Operation::Activation(Elementwise { function }) = &lowering.layer(at)?.operation else { return None };
    let Operation::MaxPool(ir::MaxPool { window }) = &lowering.follower(at)?.operation else { return None };
    functions::of(*function).is_invertible().then_some(window)
}

fn weights(
    lowering: &mut Lowering<'_>,
    layer: &ir::Layer,
    packing: Packing,
    bias: Option<usize>,
) -> Result<Weights, BackendError> {
    let fan_in: usize = packing.shape().iter().skip(1).product();
    let bias = bias.map(|length| Packing::Vector { length });
    match &layer.mark {
        Some(Mark::Point { initialization } | Mark::Dropout { initialization, .. }) => {
            let mut point = |kind: &str, packing: Packing, role: Role, start: Start| {
                lowering.points(layer, kind, packing, role, start)
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
            let prediction = lowering.prediction.unwrap_or(*estimator);
            let is_drawn = |estimator: Estimator| estimator != Estimator::LocalReparameterization;
            let any_drawn = is_drawn(*estimator) || is_drawn(prediction);
            let has_numbers = lowering.key.is_some();
            let has_order = any_drawn && has_numbers;
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
                    means: lowering.started(&name, &packing, start),
                    rhos: lowering.started(&name, &packing, Start::Constant(posterior.rho)),
                    variances: Buffer::zeros(if has_numbers { packing.length() } else { 0 }),
                    prior: prior.clone(),
                    drawn: is_drawn(*estimator),
                    order: if has_order { packing.order() } else { Vec::new() },
                };
                let numbers = Numbers::Gaussians(gaussians);
                lowering.tensors.push(Tensor { name, layer: layer.name.clone(), packing, numbers });
                lowering.tensors.len() - 1
            };
            let weight = gaussian("weight", packing, Start::means(&posterior.mean, fan_in));
            let bias = bias.map(|packing| gaussian("bias", packing, Start::Constant(0.0)));
            Ok((weight, bias, Some([*estimator, prediction])))
        }
        None => Err(contradiction(layer, "it has weights, but no mark".to_owned())),
    }
}
