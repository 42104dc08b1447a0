//! How the numbers of tensors lie on the device, and the way between that and PyTorch's order.

use super::layout;
use elbo_gpu::kernels::Value;
use elbo_gpu::kernels::weights::Weights;

/// How the numbers of a tensor lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Packing {
    /// Weights of a convolution or a linear map.
    Weights {
        /// PyTorch's shape.
        shape: Vec<usize>,
        /// How they lie.
        weights: Weights,
    },
    /// A number for each channel, padded.
    Vector {
        /// Channels.
        length: usize,
    },
    /// A number for each number of an example.
    Positions {
        /// PyTorch's shape.
        shape: Vec<usize>,
        /// The example.
        value: Value,
    },
}

impl Packing {
    /// PyTorch's shape.
    pub(super) fn shape(&self) -> Vec<usize> {
        match self {
            Self::Weights { shape, .. } | Self::Positions { shape, .. } => shape.clone(),
            Self::Vector { length } => vec![*length],
        }
    }

    /// How many numbers exist.
    pub(super) fn elements(&self) -> usize {
        self.shape().iter().product()
    }

    /// How many numbers lie on the device.
    pub(super) fn numbers(&self) -> usize {
        match self {
            Self::Weights { weights, .. } => usize::try_from(weights.len()).unwrap_or(usize::MAX),
            Self::Vector { length } => length.next_multiple_of(4),
            Self::Positions { value, .. } => value.numbers(),
        }
    }

    /// Numbers in PyTorch's order as they lie on the device; those that do not exist are `absent`.
    pub(super) fn pack(&self, values: &[f32], absent: f32) -> Vec<f32> {
        let mut packed = self.pack_over_zeros(values);
        if absent != 0.0 {
            // Which numbers exist shows where those of a tensor of ones are.
            let exists = self.pack_over_zeros(&vec![1.0; values.len()]);
            packed.iter_mut().zip(exists).filter(|(_, exists)| *exists == 0.0).for_each(|(number, _)| *number = absent);
        }
        packed
    }

    fn pack_over_zeros(&self, values: &[f32]) -> Vec<f32> {
        match self {
            Self::Weights { weights, .. } => weights.pack(values),
            Self::Vector { .. } => {
                let mut packed = values.to_vec();
                packed.resize(self.numbers(), 0.0);
                packed
            }
            Self::Positions { value, .. } => layout::pack(*value, values),
        }
    }

    /// The way back of [`Packing::pack`].
    pub(super) fn unpack(&self, packed: &[f32]) -> Vec<f32> {
        match self {
            Self::Weights { weights, .. } => weights.unpack(packed),
            Self::Vector { length } => packed[..*length].to_vec(),
            Self::Positions { value, .. } => layout::unpack(*value, packed),
        }
    }
}
