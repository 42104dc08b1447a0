//! The network as stages: layers of the IR, joined where one pass over memory can do for several.

use super::geometry::Geometry;
use super::packing::padded;
use super::tensor::{Tensor, TensorId};
use super::tiling::Tiling;
use elbo_compiler::ir::{DropoutUnit, Estimator, Shape};
use elbo_kernels::{Function, PANEL};

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

/// A linear map or a convolution with what follows it.
#[derive(Debug, Clone)]
pub(super) struct Weighted {
    /// Which places make which.
    pub(super) geometry: Geometry,
    /// Its weights.
    pub(super) weight: TensorId,
    /// Its bias.
    pub(super) bias: Option<TensorId>,
    /// How Gaussian weights are sampled in training and at prediction; `None` for weights of one value.
    pub(super) estimators: Option<[Estimator; 2]>,
    /// Applied to the result.
    pub(super) function: Function,
    /// Rows and columns before the pool, if one is joined.
    pub(super) before_pool: [usize; 2],
    /// Whether its input is kept as images with channels last.
    pub(super) reads_images: bool,
    /// Tiles in which it, and the gradient of its input, can be computed with fewer products.
    pub(super) tilings: [Option<Tiling>; 2],
}

/// A few input places with weights for each output place, and the transpose.
#[derive(Debug, Clone, Default)]
pub(super) struct Averages {
    /// By output place.
    pub(super) forward: Vec<Vec<(u32, f32)>>,
    /// By input place.
    pub(super) backward: Vec<Vec<(u32, f32)>>,
}

/// What a stage computes.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// A linear map or a convolution.
    Weighted(Box<Weighted>),
    /// Maxima over windows.
    MaxPool(Geometry),
    /// Means over windows.
    Average(Averages),
    /// An element-wise function.
    Activation(Function),
    /// Image to vector, channels outermost.
    Flatten,
    /// Normalisation by channel.
    BatchNorm {
        /// Added to the variance.
        epsilon: f64,
        /// Weight of the new batch in the running statistics.
        momentum: f64,
        /// Scale, shift, running mean and running variance.
        tensors: [TensorId; 4],
    },
    /// Normalisation of each example.
    ExampleNorm {
        /// Groups of channels.
        groups: usize,
        /// Added to the variance.
        epsilon: f64,
        /// Whether each number has its own scale, not each channel.
        each: bool,
        /// Scale and shift.
        tensors: [TensorId; 2],
    },
    /// The sum with another value.
    Add {
        /// Which.
        other: usize,
    },
    /// A random mask.
    Dropout {
        /// The probability of dropping.
        probability: f64,
        /// What is dropped together.
        unit: DropoutUnit,
        /// Whether masks are drawn at prediction.
        at_prediction: bool,
    },
}

/// A step of a pass: value `input` (0 is the network's own) becomes value i + 1 for stage i.
#[derive(Debug, Clone)]
pub(super) struct Stage {
    /// The name of its first layer.
    pub(super) name: String,
    /// What it reads.
    pub(super) input: usize,
    /// What it computes.
    pub(super) kind: Kind,
}

impl Stage {
    /// All values it reads.
    pub(super) fn reads(&self) -> impl Iterator<Item = usize> {
        let other = if let Kind::Add { other } = self.kind { Some(other) } else { None };
        std::iter::once(self.input).chain(other)
    }

    /// How it samples in training or at prediction, if its weights are Gaussian.
    pub(super) fn estimator(&self, trains: bool) -> Option<Estimator> {
        match &self.kind {
            Kind::Weighted(weighted) => {
                weighted.estimators.map(|[training, prediction]| if trains { training } else { prediction })
            }
            _ => None,
        }
    }

    /// Whether two passes can differ.
    pub(super) fn is_random(&self, trains: bool) -> bool {
        match &self.kind {
            Kind::Dropout { probability, at_prediction, .. } => *probability > 0.0 && (trains || *at_prediction),
            _ => self.estimator(trains).is_some(),
        }
    }
}

/// A network with its parameters.
#[derive(Debug, Clone)]
pub(super) struct Network {
    /// The shape of an input example.
    pub(super) input: Shape,
    /// Examples of a whole step. What is worth its memory is decided by them, so that a shorter batch or a plan made
    /// anew changes no bit.
    pub(super) batch: usize,
    /// In order of execution.
    pub(super) stages: Vec<Stage>,
    /// One more than stages.
    pub(super) values: Vec<Value>,
    /// Parameters and running statistics, in order of execution.
    pub(super) tensors: Vec<Tensor>,
    /// The learned log-variances of real targets, if there are any.
    pub(super) log_variances: Option<TensorId>,
    /// The name of the last layer.
    pub(super) last_layer: String,
}

impl Network {
    /// Whether the input is kept as images with channels last, for the one stage that reads it.
    pub(super) fn input_geometry(&self) -> Option<&Geometry> {
        match self.stages.first().map(|stage| &stage.kind) {
            Some(Kind::Weighted(weighted)) if weighted.reads_images => Some(&weighted.geometry),
            _ => None,
        }
    }

    /// Numbers of one example of a value in memory.
    pub(super) fn numbers(&self, value: usize) -> usize {
        match self.input_geometry().filter(|_| value == 0) {
            // An odd number of a cache's lines: products read many images at once, and images a power of two apart would
            // push each other out of the nearest cache.
            Some(geometry) => {
                let numbers = geometry.padded_input().iter().product::<usize>() * self.values[0].channels;
                (numbers.div_ceil(PANEL) | 1) * PANEL
            }
            None => self.values[value].numbers(),
        }
    }

    /// Whether the squares of a value are needed.
    pub(super) fn needs_squares(&self, value: usize, trains: bool) -> bool {
        self.stages
            .iter()
            .any(|stage| stage.input == value && stage.estimator(trains) == Some(Estimator::LocalReparameterization))
    }

    /// The learned log-variances of real targets, by target; none where there are no such.
    pub(super) fn learned_log_variances(&self) -> Vec<f64> {
        let tensor = self.log_variances.map(|tensor| &self.tensors[tensor]);
        let values = tensor.map(|tensor| &tensor.centre()[..tensor.packing.elements()]);
        values.unwrap_or_default().iter().map(|&value| f64::from(value)).collect()
    }

    /// Whether two draws of a prediction can differ.
    pub(super) fn is_stochastic(&self) -> bool {
        self.stages.iter().any(|stage| stage.is_random(false))
    }
}
