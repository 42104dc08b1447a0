//! Where a network is built, and what a layer is built from.

use super::error::{contradiction, internal};
use super::kernels::Kernels;
use super::parameters::{Arrangement, Parameter, Role};
use super::unfold::Patches;
use crate::BackendError;
use candle_core::{DType, Device, Var};
use elbo_compiler::ir::{self, Estimator, Shape};
use elbo_random::Key;

/// Where and of what type a network is built.
pub(super) struct Site<'a> {
    /// The key of its starting values.
    pub(super) key: Key,
    /// The type of its tensors.
    pub(super) dtype: DType,
    /// Where they live.
    pub(super) device: &'a Device,
    /// How operations are computed.
    pub(super) kernels: Kernels,
    /// How `bayes` layers draw at prediction, if not as in training.
    pub(super) prediction: Option<Estimator>,
}

impl Site<'_> {
    /// A parameter of a layer.
    pub(super) fn parameter(
        &self,
        layer: &ir::Layer,
        name: String,
        arrangement: Arrangement,
        role: Role,
        values: Vec<f32>,
    ) -> Result<Parameter, BackendError> {
        self.named(&layer.name, name, arrangement, role, values)
    }

    /// A parameter of a layer, or of the output, by its name.
    pub(super) fn named(
        &self,
        layer: &str,
        name: String,
        arrangement: Arrangement,
        role: Role,
        values: Vec<f32>,
    ) -> Result<Parameter, BackendError> {
        let tensor = arrangement.inward(values, self.dtype, self.device);
        let variable = tensor.and_then(|tensor| Var::from_tensor(&tensor)).map_err(internal(layer))?;
        Ok(Parameter { name, variable, arrangement, role })
    }
}

/// A layer that is built, with what it receives.
pub(super) struct Received<'l> {
    /// The layer.
    pub(super) layer: &'l ir::Layer,
    /// The shapes of the other values it reads.
    pub(super) others: Vec<Shape>,
}

impl Received<'_> {
    /// Refuses another output than one of this shape.
    ///
    /// # Errors
    /// [`BackendError::Internal`].
    pub(super) fn gives(&self, shape: Shape) -> Result<(), BackendError> {
        if shape == self.layer.output {
            return Ok(());
        }
        Err(contradiction(self.layer, format!("it gives {shape}, but {} is written", self.layer.output)))
    }

    /// Channels and size of the image, or of the sequence as an image of one row, that the layer receives.
    ///
    /// # Errors
    /// [`BackendError::Internal`] if it receives a vector.
    pub(super) fn planes(&self) -> Result<(usize, [usize; 2]), BackendError> {
        let input = self.layer.input;
        input.planes().ok_or_else(|| contradiction(self.layer, format!("it needs an image or a sequence, not {input}")))
    }

    /// An image of this size, or a sequence where the layer receives one.
    ///
    /// # Errors
    /// [`BackendError::Internal`] if a sequence would have several rows.
    pub(super) fn alike(&self, channels: usize, [height, width]: [usize; 2]) -> Result<Shape, BackendError> {
        match self.layer.input {
            Shape::Sequence { .. } if height != 1 => {
                Err(contradiction(self.layer, format!("a sequence cannot have {height} rows")))
            }
            Shape::Sequence { .. } => Ok(Shape::Sequence { channels, length: width }),
            Shape::Image { .. } | Shape::Vector { .. } => Ok(Shape::Image { channels, height, width }),
        }
    }

    /// Windows over images of this size.
    ///
    /// # Errors
    /// [`BackendError::Internal`] if none fits.
    pub(super) fn windows(
        &self,
        channels: usize,
        size: [usize; 2],
        window: ir::Window,
    ) -> Result<Patches, BackendError> {
        Patches::new(channels, size, window)
            .ok_or_else(|| contradiction(self.layer, format!("no window fits {}", self.layer.input)))
    }
}
