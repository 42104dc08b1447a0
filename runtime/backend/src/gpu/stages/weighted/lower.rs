//! From a layer with weights, and an activation after it that joins it, to one stage.

use super::layer::Weighted;
use crate::BackendError;
use crate::gpu::error::{NAME, contradiction};
use crate::gpu::lowering::{Lowering, Received, no_window};
use crate::gpu::packing::Packing;
use crate::gpu::tensor::{Numbers, Role, Tensor, TensorId};
use crate::initialization::Start;
use elbo_compiler::ir::{self, Activation, Conv1d, Conv2d, Elementwise, Estimator, Linear, Mark, Operation, Window};
use elbo_gpu::kernels::Value;
use elbo_gpu::kernels::geometry::Geometry;
use elbo_gpu::kernels::weights::{Order, Weights};

/// The weights of a layer, its bias, and how both are sampled in training and at prediction.
type Sampled = (TensorId, Option<TensorId>, Option<[Estimator; 2]>);

/// A layer with weights as a product.
pub(in crate::gpu::stages) struct Products {
    /// Channels or features that come out.
    pub(in crate::gpu::stages) outputs: usize,
    /// Groups of channels.
    pub(in crate::gpu::stages) groups: usize,
    /// What slides over the input.
    pub(in crate::gpu::stages) window: Window,
    /// Rows and columns that come out; `None` where no window fits.
    pub(in crate::gpu::stages) output: Option<[usize; 2]>,
    /// The distance of two neighbouring inputs, in steps of a tap: 1 but where the input is spread out.
    pub(in crate::gpu::stages) spread: [usize; 2],
    /// Where the first window begins before the first input; negative if it begins after it.
    pub(in crate::gpu::stages) before: [isize; 2],
    /// Whether a bias is added.
    pub(in crate::gpu::stages) bias: bool,
    /// Of the weights, as PyTorch has it.
    pub(in crate::gpu::stages) shape: Vec<usize>,
    /// Whether PyTorch has the weights of an input together, and taps in reverse.
    pub(in crate::gpu::stages) inputs_first: bool,
}

impl Products {
    /// Of windows over a value, with weights of this shape, outputs first.
    fn new((outputs, groups): (usize, usize), window: Window, value: Value, bias: bool, shape: Vec<usize>) -> Self {
        let before = window.padding.map(|padding| padding as isize);
        let output = window.output_size(value.size);
        Self { outputs, groups, window, output, spread: [1, 1], before, bias, shape, inputs_first: false }
    }

    /// The same as kernels know it.
    ///
    /// # Errors
    /// [`BackendError`] if no window fits, or something is larger than kernels count to.
    fn geometry(&self, layer: &ir::Layer, value: Value) -> Result<Geometry, BackendError> {
        let too_large = || BackendError::TooLarge {
            backend: NAME,
            layer: layer.name.clone(),
            limit: "its channels or places are more than kernels count to; `--device cpu` computes it".to_owned(),
        };
        let count = |count: usize| u32::try_from(count).map_err(|_| too_large());
        let pair = |[rows, columns]: [usize; 2]| Ok([count(rows)?, count(columns)?]);
        let before = |axis: usize| i32::try_from(self.before[axis]).map_err(|_| too_large());
        Ok(Geometry {
            input: pair(value.size)?,
            output: pair(self.output.ok_or_else(|| no_window(layer))?)?,
            kernel: pair(self.window.kernel)?,
            stride: pair(self.window.stride)?,
            dilation: pair(self.window.dilation)?,
            spread: pair(self.spread)?,
            padding: [before(0)?, before(1)?],
            channels: count(value.channels)?,
            outputs: count(self.outputs)?,
            groups: count(self.groups)?,
        })
    }
}

/// A linear map reads the whole value as one window.
pub(in crate::gpu::stages) fn linear(linear: &Linear, value: Value) -> Products {
    let Linear { out_features: outputs, bias } = *linear;
    let window = Window { kernel: value.size, stride: [1, 1], padding: [0, 0], dilation: [1, 1] };
    Products::new((outputs, 1), window, value, bias, vec![outputs, value.channels * value.positions()])
}

/// A convolution of an image.
pub(in crate::gpu::stages) fn conv2d(convolution: &Conv2d, value: Value) -> Products {
    let Conv2d { out_channels: outputs, window, groups, bias } = *convolution;
    let shape = vec![outputs, value.channels / groups.max(1), window.kernel[0], window.kernel[1]];
    Products::new((outputs, groups), window, value, bias, shape)
}

/// A convolution of a sequence, which is an image of one row.
pub(in crate::gpu::stages) fn conv1d(convolution: &Conv1d, value: Value) -> Products {
    let Conv1d { out_channels: outputs, window, groups, bias } = *convolution;
    let shape = vec![outputs, value.channels / groups.max(1), window.kernel[1]];
    Products::new((outputs, groups), window, value, bias, shape)
}

/// The linear map that alone reads the output of layer `at`, a flattening, if it can read the places as they lie: it
/// draws no sign for each of its inputs, for which it would have to see them as features.
pub(in crate::gpu::stages) fn reads_places<'l>(lowering: &Lowering<'l>, at: usize) -> Option<&'l Linear> {
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
pub(in crate::gpu::stages) fn lower<'l>(
    lowering: &mut Lowering<'l>,
    received: &Received<'l>,
    at: usize,
    products: Products,
) -> Result<usize, BackendError> {
    let layer = lowering.layer(at).unwrap_or(received.layer);
    let (input, value) = (received.input, received.value);
    let Products { outputs, groups, bias, inputs_first, .. } = products;
    if groups == 0 || !value.channels.is_multiple_of(groups) || !outputs.is_multiple_of(groups) {
        return Err(contradiction(layer, format!("{groups} groups do not divide its channels")));
    }
    let geometry = products.geometry(layer, value)?;
    let order = if inputs_first { Order::inputs_first(&geometry) } else { Order::outputs_first(&geometry) };
    let packing = Packing::Weights { shape: products.shape, weights: Weights::new(&geometry, order) };
    let (weight, bias, estimators) = weights(lowering, layer, packing, bias.then_some(outputs))?;
    let follows = lowering.follower(at).map(|next| &next.operation);
    let relu = matches!(follows, Some(Operation::Activation(Elementwise { function: Activation::Relu })));
    let end = at + usize::from(relu);
    lowering.push(&layer.name, end, input, Weighted { geometry, weight, bias, estimators, relu });
    Ok(end + 1)
}

fn weights(
    lowering: &mut Lowering<'_>,
    layer: &ir::Layer,
    packing: Packing,
    bias: Option<usize>,
) -> Result<Sampled, BackendError> {
    let fan_in: usize = packing.shape().iter().skip(1).product();
    let bias = bias.map(|length| Packing::Vector { length });
    match &layer.mark {
        Some(Mark::Point { initialization } | Mark::Dropout { initialization, .. }) => {
            let weight =
                lowering.points(layer, "weight", packing, Role::Weight, Start::weights(initialization, fan_in));
            let start = Start::bias(initialization, fan_in);
            Ok((weight, bias.map(|packing| lowering.points(layer, "bias", packing, Role::Free, start)), None))
        }
        Some(Mark::Bayes { prior, posterior, estimator }) => {
            if *estimator == Estimator::LocalReparameterization && !prior.has_closed_form() {
                let message = "its prior needs drawn weights, which local reparameterisation has not";
                return Err(contradiction(layer, message.to_owned()));
            }
            let mut gaussian = |kind: &str, packing: Packing, start: Start| {
                let drawn = *estimator != Estimator::LocalReparameterization;
                let numbers = Numbers::Gaussians { prior: prior.clone(), drawn };
                let name = format!("{}.{kind}", layer.name);
                let tensor = Tensor { name, layer: layer.name.clone(), packing, numbers };
                lowering.add(tensor, &[start, Start::Constant(posterior.rho)])
            };
            let weight = gaussian("weight", packing, Start::means(&posterior.mean, fan_in));
            let bias = bias.map(|packing| gaussian("bias", packing, Start::Constant(0.0)));
            Ok((weight, bias, Some([*estimator, lowering.prediction.unwrap_or(*estimator)])))
        }
        None => Err(contradiction(layer, "it has weights, but no mark".to_owned())),
    }
}
