//! What stages work on: the values that flow between them, what each reads, and the parameters.

use super::geometry::Geometry;
use super::packing::padded;
use super::tensor::{Tensor, TensorId};
use elbo_compiler::ir::Shape;
use elbo_compiler::outputs::LearnedVector;
use elbo_kernels::PANEL;

/// What flows between stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Value {
    /// Rows and columns; `[1, 1]` for a vector.
    pub(super) size: [usize; 2],
    /// Channels, or features.
    pub(super) channels: usize,
}

impl Value {
    /// Of one example of this shape.
    pub(super) fn of(shape: Shape) -> Self {
        match shape.planes() {
            Some((channels, size)) => Self { size, channels },
            None => Self { size: [1, 1], channels: shape.elements() },
        }
    }

    /// Places.
    pub(super) fn positions(self) -> usize {
        self.size[0] * self.size[1]
    }

    /// Channels with their padding.
    pub(super) fn width(self) -> usize {
        padded(self.channels)
    }

    /// Numbers of one example in memory.
    pub(super) fn numbers(self) -> usize {
        self.positions() * self.width()
    }
}

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

/// A network with its parameters. What its stages compute stands beside it, in [`super::stage::Stages`].
#[derive(Debug, Clone)]
pub(super) struct Network {
    /// The shape of an input example.
    pub(super) input: Shape,
    /// How the input lies if it is kept as images with channels last, for the one stage that reads it.
    pub(super) images: Option<Geometry>,
    /// Examples of a whole step. What is worth its memory is decided by them, so that a shorter batch or a plan made
    /// again changes no bit.
    pub(super) batch: usize,
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

    /// Numbers of one example of a value in memory.
    pub(super) fn numbers(&self, value: usize) -> usize {
        match self.images.as_ref().filter(|_| value == 0) {
            // An odd number of a cache's lines: products read many images at once, and images a power of two apart
            // would push each other out of the nearest cache.
            Some(geometry) => {
                let numbers = geometry.padded_input().iter().product::<usize>() * self.values[0].channels;
                (numbers.div_ceil(PANEL) | 1) * PANEL
            }
            None => self.values[value].numbers(),
        }
    }

    /// What the output has learned; empty where it learns nothing.
    pub(super) fn learned_vector(&self) -> Vec<f64> {
        let tensor = self.learned.map(|(tensor, _)| &self.tensors[tensor]);
        let values = tensor.map(|tensor| &tensor.centre()[..tensor.packing.elements()]);
        values.unwrap_or_default().iter().map(|&value| f64::from(value)).collect()
    }
}
