//! What stages work on: the values that flow between them, what each reads, and the parameters.

use super::tensor::{Tensor, TensorId};
use elbo_compiler::ir::Shape;
use elbo_compiler::outputs::LearnedVector;
use elbo_gpu::kernels::Value;

/// The place of a stage: value `input` (0 is the network's own) becomes value i + 1 for stage i.
#[derive(Debug, Clone)]
pub(super) struct Site {
    /// The name of its first layer.
    pub(super) name: String,
    /// The value it receives.
    pub(super) input: usize,
    /// The other values it reads.
    pub(super) others: Vec<usize>,
}

impl Site {
    /// All values it reads.
    pub(super) fn reads(&self) -> impl Iterator<Item = usize> {
        std::iter::once(self.input).chain(self.others.iter().copied())
    }
}

/// A network without a number of its parameters. What its stages compute stands beside it, in [`super::stage::Stages`].
#[derive(Debug, Clone)]
pub(super) struct Network {
    /// The shape of an input example.
    pub(super) input: Shape,
    /// By stage, in order of execution.
    pub(super) sites: Vec<Site>,
    /// One more than stages.
    pub(super) values: Vec<Value>,
    /// Parameters and running statistics, in order of execution.
    pub(super) tensors: Vec<Tensor>,
    /// What the output learns beside the stages, if it does.
    pub(super) learned: Option<(TensorId, LearnedVector)>,
    /// The name of the last layer.
    pub(super) last_layer: String,
}

impl Network {
    /// The number of the value that the last stage gives.
    pub(super) fn output(&self) -> usize {
        self.sites.len()
    }
}
