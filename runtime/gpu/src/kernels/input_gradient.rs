//! The gradient of the input of a convolution or a linear map.

use super::geometry::Geometry;
use super::product::{Product, SecondProduct};
use crate::buffer::Slice;
use crate::cost::Cost;
use crate::error::GpuError;
use crate::recording::Recording;

/// What the second product adds to the gradient.
#[derive(Debug, Clone, Copy)]
pub enum SecondGradient<'k> {
    /// There is none.
    None,
    /// Of local reparameterisation: 2·x ⊙ (gradient of the variances × σ²).
    Local {
        /// The gradient of the variances, `[row][place][channel]`.
        gradient: &'k Slice,
        /// σ² of the weights.
        variances: &'k Slice,
        /// x, the values of the input.
        input: &'k Slice,
    },
    /// Of flipout: signs of the input ⊙ (gradient of the second product × σ·ε).
    Flipout {
        /// The gradient of the second product.
        gradient: &'k Slice,
        /// σ·ε of the weights.
        drawn: &'k Slice,
        /// Signs of the channels of the input, `[rows][width]`.
        signs: &'k Slice,
    },
}

/// `result = gradient × weightsᵀ + second`, or that added to what is there.
#[derive(Debug, Clone, Copy)]
pub struct InputGradient<'k> {
    /// Places and channels, as on the way forward.
    pub geometry: &'k Geometry,
    /// Rows.
    pub rows: u64,
    /// The gradient of the (first) product, `[row][place of the output][channel]`.
    pub gradient: &'k Slice,
    /// The weights, or their means.
    pub weights: &'k Slice,
    /// What the second product adds.
    pub second: SecondGradient<'k>,
    /// The gradient of the input, `[row][place of the input][channel]`.
    pub result: &'k Slice,
    /// Whether it is added to what is there.
    pub add: bool,
}

impl<'k> InputGradient<'k> {
    fn product(&self) -> Product<'k> {
        let second = match self.second {
            SecondGradient::None => SecondProduct::None,
            SecondGradient::Local { gradient: input, variances: weights, input: values } => {
                SecondProduct::Slope { input, weights, values }
            }
            SecondGradient::Flipout { gradient: input, drawn: weights, signs } => {
                SecondProduct::Signed { input, weights, bias: None, signs }
            }
        };
        let Self { geometry, rows, gradient, weights, result, add, .. } = *self;
        Product {
            name: "input_gradient",
            geometry,
            is_transposed: true,
            rows,
            input: gradient,
            weights,
            bias: None,
            second,
            result,
            relu: false,
            add,
        }
    }

    /// Adds it to a recording.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if an operand has not the length that it should have, and those of [`Recording::dispatch`].
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        self.product().record(recording)
    }

    /// What it does.
    pub fn cost(&self) -> Cost {
        self.product().cost()
    }
}
