//! Parameters and multiply-accumulates.

use crate::ir::{Layer, Network, NoiseModel, Operation, Output, Shape};

/// What a tensor of a layer with weights is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TensorKind {
    /// `<layer>.weight`
    Weight,
    /// `<layer>.bias`
    Bias,
}

/// A tensor of weights or biases, as an unmarked network would have it. A `bayes` mark doubles it
/// into `.mu` and `.rho`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeightTensor {
    /// Which of the layer's tensors it is.
    pub kind: TensorKind,
    /// Sizes in PyTorch's axis order.
    pub shape: Vec<usize>,
    /// How many inputs one output has.
    pub fan_in: usize,
}

impl WeightTensor {
    /// How many numbers it holds.
    pub fn elements(&self) -> usize {
        self.shape.iter().product()
    }
}

/// The tensors of a layer with weights, in the order weight, bias; those of a normalisation are its
/// scale and shift.
pub fn weight_tensors(layer: &Layer) -> Vec<WeightTensor> {
    let tensors = |shape: Vec<usize>, fan_in: usize, outputs: Vec<usize>, bias: bool| {
        let mut tensors = vec![WeightTensor { kind: TensorKind::Weight, shape, fan_in }];
        if bias {
            tensors.push(WeightTensor { kind: TensorKind::Bias, shape: outputs, fan_in });
        }
        tensors
    };
    match (&layer.operation, layer.input) {
        (Operation::Conv2d { out_channels, window, groups, bias }, Shape::Image { channels, .. }) => {
            let [height, width] = window.kernel;
            let inputs = channels / groups;
            tensors(vec![*out_channels, inputs, height, width], inputs * height * width, vec![*out_channels], *bias)
        }
        (Operation::Linear { out_features, bias }, input) => {
            let inputs = input.elements();
            tensors(vec![*out_features, inputs], inputs, vec![*out_features], *bias)
        }
        (Operation::Conv1d { out_channels, window, groups, bias }, Shape::Sequence { channels, .. }) => {
            let (inputs, kernel) = (channels / groups, window.kernel[1]);
            tensors(vec![*out_channels, inputs, kernel], inputs * kernel, vec![*out_channels], *bias)
        }
        (Operation::BatchNorm { .. } | Operation::GroupNorm { .. }, input) => {
            tensors(vec![input.channels()], 1, vec![input.channels()], true)
        }
        (Operation::LayerNorm { .. }, input) => tensors(input.sizes(), 1, input.sizes(), true),
        _ => Vec::new(),
    }
}

/// Multiply-accumulates of one forward pass of one example; taps on padding count, as is usual.
pub fn multiply_accumulates(layer: &Layer) -> usize {
    match (&layer.operation, layer.input) {
        (Operation::Conv2d { window, groups, .. }, Shape::Image { channels, .. }) => {
            layer.output.elements() * (channels / groups) * window.kernel[0] * window.kernel[1]
        }
        (Operation::Conv1d { window, groups, .. }, Shape::Sequence { channels, .. }) => {
            layer.output.elements() * (channels / groups) * window.kernel[1]
        }
        (Operation::Linear { .. }, input) => layer.output.elements() * input.elements(),
        _ => 0,
    }
}

/// The counts of one layer, or of several together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LayerCounts {
    /// Weights and biases; each counts once, whatever its mark.
    pub parameters: usize,
    /// Multiply-accumulates an example and pass.
    pub multiply_accumulates: usize,
}

/// The logarithms of variances that an output learns beside the layers, one a target ([`crate::ir::LOG_VARIANCE`]).
pub fn noise_parameters(network: &Network) -> usize {
    match network.output {
        Output::Gaussian { noise: NoiseModel::Learned } => network.outputs(),
        _ => 0,
    }
}

/// The counts of a whole network.
pub fn count(network: &Network) -> LayerCounts {
    let noise = LayerCounts { parameters: noise_parameters(network), multiply_accumulates: 0 };
    network.layers.iter().fold(noise, |total, layer| LayerCounts {
        parameters: total
            .parameters
            .saturating_add(weight_tensors(layer).iter().map(WeightTensor::elements).fold(0, usize::saturating_add)),
        multiply_accumulates: total.multiply_accumulates.saturating_add(multiply_accumulates(layer)),
    })
}
