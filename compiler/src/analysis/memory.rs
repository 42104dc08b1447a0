//! The memory a network takes by the IR alone: what is kept of each layer, whatever the backend.
//!
//! Every number is 4 bytes. What a backend needs beside this (unfolded windows, gradients of activations,
//! workspaces) is its own matter.

use super::{StatisticTensor, WeightTensor, weight_tensors};
use crate::ir::{Layer, Mark, Network, Optimizer};

/// The size of a number.
const BYTES: usize = 4;

/// Bytes one layer takes, or several together. Sums are saturating.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LayerMemory {
    /// The layer's output for one example.
    pub activation: usize,
    /// Its parameters; a `bayes` layer keeps μ and ρ for each, a batch normalisation its running statistics, too.
    pub parameters: usize,
    /// A gradient for each parameter that is trained.
    pub gradients: usize,
    /// What the optimizer remembers of each of those.
    pub optimizer: usize,
}

impl LayerMemory {
    /// Parameters, gradients and what the optimizer remembers.
    pub fn training(self) -> usize {
        self.parameters.saturating_add(self.gradients).saturating_add(self.optimizer)
    }
}

/// How many numbers an optimizer remembers for each it trains, such as Adam's two moments. 0 where there is no optimizer.
pub fn optimizer_state(optimizer: Option<&Optimizer>) -> usize {
    optimizer.map_or(0, |optimizer| optimizer.moments().len())
}

/// The memory of one layer under this optimizer.
pub fn layer_memory(layer: &Layer, optimizer: Option<&Optimizer>) -> LayerMemory {
    let elements = weight_tensors(layer).iter().map(WeightTensor::elements).fold(0, usize::saturating_add);
    let trained = match layer.mark {
        Some(Mark::Bayes { .. }) => elements.saturating_mul(2),
        _ => elements,
    };
    let statistics = layer.operation.statistics(layer.input);
    let statistics = statistics.iter().map(StatisticTensor::elements).fold(0, usize::saturating_add);
    let trained_bytes = trained.saturating_mul(BYTES);
    LayerMemory {
        activation: layer.output.elements().saturating_mul(BYTES),
        parameters: trained_bytes.saturating_add(statistics.saturating_mul(BYTES)),
        gradients: trained_bytes,
        optimizer: trained_bytes.saturating_mul(optimizer_state(optimizer)),
    }
}

/// The memory of all layers; activations of every layer are kept for the backward pass.
pub fn network_memory(network: &Network, optimizer: Option<&Optimizer>) -> LayerMemory {
    network.layers.iter().map(|layer| layer_memory(layer, optimizer)).fold(LayerMemory::default(), |sum, layer| {
        LayerMemory {
            activation: sum.activation.saturating_add(layer.activation),
            parameters: sum.parameters.saturating_add(layer.parameters),
            gradients: sum.gradients.saturating_add(layer.gradients),
            optimizer: sum.optimizer.saturating_add(layer.optimizer),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{BatchNorm, Initialization, Linear, Operation, Posterior, PosteriorMean, Prior, Shape};
    use crate::optimizers::{Adam, Sgd};
    use crate::priors::Normal;

    fn layer(operation: Operation, mark: Option<Mark>, outputs: usize) -> Layer {
        Layer {
            name: "layer".to_owned(),
            operation,
            mark,
            start: None,
            from: None,
            input: Shape::Vector { features: 20 },
            output: Shape::Vector { features: outputs },
        }
    }

    #[test]
    fn a_gaussian_is_two_numbers_and_adam_remembers_two_for_each() {
        let linear = Operation::Linear(Linear { out_features: 10, bias: true });
        let adam = Optimizer::Adam(Adam { learning_rate: 1e-3, betas: [0.9, 0.999], epsilon: 1e-8, weight_decay: 0.0 });
        let sgd = |momentum| Optimizer::Sgd(Sgd { learning_rate: 0.1, momentum, nesterov: false, weight_decay: 0.0 });
        let point = layer(linear.clone(), Some(Mark::Point { initialization: Initialization::Default }), 10);
        let bayes = Mark::Bayes {
            prior: Prior::Normal(Normal { mean: 0.0, std: 1.0 }),
            posterior: Posterior { mean: PosteriorMean::Zeros, rho: -5.0 },
            estimator: crate::ir::Estimator::Flipout,
        };
        let bayes = layer(linear, Some(bayes), 10);
        let numbers = |layer: &Layer, optimizer: Option<&Optimizer>| {
            let memory = layer_memory(layer, optimizer);
            [memory.activation, memory.parameters, memory.gradients, memory.optimizer].map(|bytes| bytes / 4)
        };
        assert_eq!(numbers(&point, Some(&adam)), [10, 210, 210, 420]);
        assert_eq!(numbers(&bayes, Some(&adam)), [10, 420, 420, 840]);
        assert_eq!(numbers(&bayes, Some(&sgd(0.9))), [10, 420, 420, 420]);
        assert_eq!(numbers(&bayes, Some(&sgd(0.0))), [10, 420, 420, 0]);
        assert_eq!(numbers(&bayes, None), [10, 420, 420, 0]);
        let norm = layer(Operation::BatchNorm(BatchNorm { epsilon: 1e-5, momentum: 0.1 }), None, 20);
        assert_eq!(numbers(&norm, Some(&adam)), [20, 80, 40, 80]);
        assert_eq!(numbers(&layer(Operation::Flatten, None, 20), Some(&adam)), [20, 0, 0, 0]);
    }
}
