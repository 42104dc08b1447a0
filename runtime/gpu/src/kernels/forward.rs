//! A convolution or a linear map: products, bias, and what makes them random.

use super::geometry::Geometry;
use super::noise::Noise;
use super::product::{Product, SecondProduct, fuses};
use super::sample::Sample;
use crate::buffer::Slice;
use crate::cost::Cost;
use crate::error::{GpuError, misuse};
use crate::recording::Recording;

/// What is random in it.
#[derive(Debug, Clone, Copy)]
pub enum Randomness<'k> {
    /// Nothing: weights of one value, or drawn before.
    None,
    /// Local reparameterisation (Kingma, Salimans and Welling 2015): outputs are drawn from their Gaussians, whose
    /// variance is the product of squared inputs with the variances of the weights.
    Local {
        /// σ² of the weights.
        variances: &'k Slice,
        /// σ² of the bias, if there is one.
        bias_variances: Option<&'k Slice>,
        /// The deviations of the outputs, √(variance + 1e-16), are written here: for the way back, or for [`Sample`].
        deviations: &'k Slice,
        /// The numbers that are drawn; `None`: values are the means alone.
        noise: Option<Noise>,
    },
    /// Flipout (Wen et al. 2018): a second product of the flipped input with drawn σ·ε, flipped again.
    Flipout {
        /// The input times the signs of its channels.
        flipped: &'k Slice,
        /// σ·ε of the weights.
        drawn: &'k Slice,
        /// σ·ε of the bias, if there is one.
        drawn_bias: Option<&'k Slice>,
        /// Signs of the outputs, `[rows][width]`.
        signs: &'k Slice,
    },
}

/// `values = f(products + bias)` for rows of an input. Lengths are those of [`Geometry::input_numbers`] and
/// [`Geometry::output_numbers`] for each row, of [`super::weights::Weights`], and of a padded vector.
#[derive(Debug, Clone, Copy)]
pub struct Forward<'k> {
    /// Places and channels.
    pub geometry: &'k Geometry,
    /// Rows.
    pub rows: u64,
    /// `[row][place][channel]`
    pub input: &'k Slice,
    /// The weights, or their means.
    pub weights: &'k Slice,
    /// The bias, or its means.
    pub bias: Option<&'k Slice>,
    /// What is random.
    pub randomness: Randomness<'k>,
    /// The result, `[row][place][channel]`.
    pub values: &'k Slice,
    /// Whether negative values become 0 in the end. Not with means alone.
    pub relu: bool,
}

impl<'k> Forward<'k> {
    fn product(&self) -> Product<'k> {
        let (second, relu) = match self.randomness {
            Randomness::None => (SecondProduct::None, self.relu),
            Randomness::Local { variances: weights, bias_variances: bias, deviations, noise } => {
                let noise = noise.filter(|_| fuses(self.geometry));
                (SecondProduct::Variance { weights, bias, deviations, noise }, self.relu && noise.is_some())
            }
            Randomness::Flipout { flipped: input, drawn: weights, drawn_bias: bias, signs } => {
                (SecondProduct::Signed { input, weights, bias, signs }, self.relu)
            }
        };
        let Self { geometry, rows, input, weights, bias, values, .. } = *self;
        Product {
            name: "forward",
            geometry,
            is_transposed: false,
            rows,
            input,
            weights,
            bias,
            second,
            result: values,
            relu,
            add: false,
        }
    }

    /// What draws values where the product does not.
    fn sample(&self) -> Option<Sample<'k>> {
        if fuses(self.geometry) {
            return None;
        }
        let Randomness::Local { deviations, noise: Some(noise), .. } = self.randomness else { return None };
        let Self { geometry, rows, values, relu, .. } = *self;
        let [channels, positions] = [geometry.outputs, geometry.output[0].saturating_mul(geometry.output[1])];
        Some(Sample { channels, positions, rows, means: None, deviations, noise, values, relu })
    }

    /// Adds it to a recording.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if an operand has not the length that it should have, and those of [`Recording::dispatch`].
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        if self.relu && matches!(self.randomness, Randomness::Local { noise: None, .. }) {
            return Err(misuse("forward: means are not values yet, and have no activation"));
        }
        self.product().record(recording)?;
        self.sample().map_or(Ok(()), |sample| sample.record(recording))
    }

    /// What it does.
    pub fn cost(&self) -> Cost {
        self.sample().map_or_else(Cost::default, |sample| sample.cost()) + self.product().cost()
    }
}
