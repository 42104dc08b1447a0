//! Random numbers as tensors in the backend's own arrangement.
//!
//! Numbers are addressed in the canonical order (example, channel, row, column) and laid out as
//! `[example, row, column, channel]`, so that every backend draws the same noise whatever its layout. A sequence is an
//! image of one row.

use candle_core::{DType, Device, Result, Tensor};
use elbo_compiler::ir::Shape;
use elbo_random::{Key, Purpose, Stream};
use rayon::prelude::*;

/// Numbers a task draws at a time.
const PIECE: usize = 64 * 1024;

/// Which pass through the network draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Draw {
    /// A Monte Carlo sample of a training step.
    Training {
        /// The step, from 0.
        step: u32,
        /// The sample in the step.
        sample: u32,
    },
    /// A draw of a prediction.
    Prediction {
        /// The pass over the data.
        pass: u32,
        /// The draw.
        sample: u32,
        /// The position of the first example in its split.
        first_example: u64,
    },
}

impl Draw {
    /// Whether it trains.
    pub(super) fn trains(self) -> bool {
        matches!(self, Self::Training { .. })
    }

    /// (step, sample, first example) of its numbers' addresses.
    fn address(self) -> (u32, u32, u64) {
        match self {
            Self::Training { step, sample } => (step, sample, 0),
            Self::Prediction { pass, sample, first_example } => (pass, sample, first_example),
        }
    }
}

/// The source of a pass's random numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Randomness<'a> {
    /// The run's key.
    pub(super) key: Key,
    /// The pass.
    pub(super) draw: Draw,
    /// Type of the tensors.
    pub(super) dtype: DType,
    /// Where the tensors live.
    pub(super) device: &'a Device,
}

impl Randomness<'_> {
    fn noise(&self, name: &str) -> Stream {
        let purpose = if self.draw.trains() { Purpose::TrainingNoise } else { Purpose::PredictionNoise };
        self.key.stream(purpose, name)
    }

    /// Standard normal numbers for the activations of a batch, keyed by the layer's name. For an image
    /// `[examples, height, width, channels]`, for a vector `[examples, features]`.
    pub(super) fn activation_noise(&self, layer: &str, shape: Shape, examples: usize) -> Result<Tensor> {
        let (step, sample, first_example) = self.draw.address();
        let stream = self.noise(layer);
        self.by_example(shape, examples, first_example, |first, values| {
            stream.fill_normal(step, sample, first, values);
        })
    }

    /// `length` standard normal numbers for a parameter, keyed by its name, in PyTorch's order.
    pub(super) fn weight_noise(&self, parameter: &str, length: usize) -> Vec<f32> {
        let (step, sample, _) = self.draw.address();
        let stream = self.noise(parameter);
        table(length, |first, values| stream.fill_normal(step, sample, first, values))
    }

    /// Uniform numbers in [0, 1) for the units of a dropout layer, laid out as the noise of activations.
    pub(super) fn mask_uniforms(&self, layer: &str, shape: Shape, examples: usize) -> Result<Tensor> {
        let (step, sample, first_example) = self.draw.address();
        let purpose = if self.draw.trains() { Purpose::TrainingMask } else { Purpose::PredictionMask };
        let stream = self.key.stream(purpose, layer);
        self.by_example(shape, examples, first_example, |first, values| {
            stream.fill_uniform(step, sample, first, values);
        })
    }

    /// Random signs, +1 or −1, for the channels of each example of a batch, keyed by `name`: `[examples, 1, 1,
    /// channels]` for an image, `[examples, features]` for a vector.
    pub(super) fn signs(&self, name: &str, shape: Shape, examples: usize) -> Result<Tensor> {
        let (step, sample, first_example) = self.draw.address();
        let purpose = if self.draw.trains() { Purpose::TrainingSign } else { Purpose::PredictionSign };
        let stream = self.key.stream(purpose, name);
        let uniforms = self.by_example(shape, examples, first_example, |first, values| {
            stream.fill_uniform(step, sample, first, values);
        })?;
        uniforms.ge(0.5)?.to_dtype(self.dtype)?.affine(2.0, -1.0)
    }

    fn by_example(
        &self,
        shape: Shape,
        examples: usize,
        first_example: u64,
        fill: impl Fn(u64, &mut [f32]) + Sync,
    ) -> Result<Tensor> {
        let units = shape.elements();
        let mut values = vec![0.0f32; examples * units];
        let address = |example: usize| (first_example + example as u64) * units as u64;
        match shape.planes() {
            Some((channels, [height, width])) if channels > 1 && height * width > 1 => {
                values.par_chunks_mut(units).enumerate().for_each_init(
                    || vec![0.0f32; units],
                    |canonical, (example, values)| {
                        fill(address(example), canonical);
                        for (pixel, values) in values.chunks_exact_mut(channels).enumerate() {
                            for (channel, value) in values.iter_mut().enumerate() {
                                *value = canonical[channel * height * width + pixel];
                            }
                        }
                    },
                );
            }
            _ => {
                let examples_a_piece = (PIECE / units.max(1)).max(1);
                values.par_chunks_mut((examples_a_piece * units).max(1)).enumerate().for_each(|(piece, values)| {
                    fill(address(piece * examples_a_piece), values);
                });
            }
        }
        let tensor = match shape.planes() {
            Some((channels, [height, width])) => {
                Tensor::from_vec(values, (examples, height, width, channels), self.device)?
            }
            None => Tensor::from_vec(values, (examples, units), self.device)?,
        };
        tensor.to_dtype(self.dtype)
    }
}

/// The first `length` numbers of a table, drawn in parallel.
pub(super) fn table(length: usize, fill: impl Fn(u64, &mut [f32]) + Sync) -> Vec<f32> {
    let mut values = vec![0.0f32; length];
    values.par_chunks_mut(PIECE).enumerate().for_each(|(piece, values)| fill((piece * PIECE) as u64, values));
    values
}
