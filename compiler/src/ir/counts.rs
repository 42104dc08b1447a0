//! Parameters and multiply-accumulates.

use super::{Layer, Network};
use crate::layers::WeightTensor;

/// The tensors of a layer with weights, in the order weight, bias; those of a normalisation are its
/// scale and shift.
pub fn weight_tensors(layer: &Layer) -> Vec<WeightTensor> {
    layer.operation.kind().tensors(layer.input)
}

/// Multiply-accumulates of one forward pass of one example; taps on padding count, as is usual.
pub fn multiply_accumulates(layer: &Layer) -> usize {
    layer.operation.kind().multiply_accumulates(layer.input, layer.output)
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
    network.output.family().learned(network.outputs()).map_or(0, |vector| vector.length)
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
