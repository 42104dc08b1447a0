//! Parameters by their public names, and the way between PyTorch's arrangement and the backend's own.

use super::super::{BackendError, NamedTensor, Parameters};
use super::error::internal;
use candle_core::{DType, Device, Result, Tensor, Var};

/// How a tensor of PyTorch's shape is kept inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Arrangement {
    /// As it is.
    Plain(Vec<usize>),
    /// Weights of a convolution, `[out, channels, height, width]`, as the matrix
    /// `[out, height · width · channels]` that multiplies unfolded windows.
    Convolution {
        /// Output channels.
        out: usize,
        /// Input channels of a group.
        channels: usize,
        /// Rows and columns of the kernel.
        kernel: [usize; 2],
        /// In how many groups PyTorch has inputs before outputs, `[groups · channels, out / groups, height, width]`, and
        /// taps in reverse; `None` where it has them as above.
        turned: Option<usize>,
    },
    /// Weights of a convolution along a sequence, `[out, channels, kernel]`, as the matrix `[out, kernel · channels]`.
    SequenceConvolution {
        /// Output channels.
        out: usize,
        /// Input channels of a group.
        channels: usize,
        /// Positions of the kernel.
        kernel: usize,
    },
    /// A number for each number of an example, `[channels, …]`, as a vector with channels last.
    ChannelsLast(Vec<usize>),
}

impl Arrangement {
    /// PyTorch's shape.
    pub(super) fn public_shape(&self) -> Vec<usize> {
        match self {
            Self::Plain(shape) | Self::ChannelsLast(shape) => shape.clone(),
            Self::SequenceConvolution { out, channels, kernel } => vec![*out, *channels, *kernel],
            Self::Convolution { out, channels, kernel, turned: None } => vec![*out, *channels, kernel[0], kernel[1]],
            Self::Convolution { out, channels, kernel, turned: Some(groups) } => {
                vec![groups * channels, out / groups, kernel[0], kernel[1]]
            }
        }
    }

    /// How many numbers there are.
    pub(super) fn elements(&self) -> usize {
        self.public_shape().iter().product()
    }

    /// Inputs of one output.
    pub(super) fn fan_in(&self) -> usize {
        self.public_shape().iter().skip(1).product()
    }

    /// Values in PyTorch's order as the backend keeps them.
    pub(super) fn inward(&self, values: Vec<f32>, dtype: DType, device: &Device) -> Result<Tensor> {
        self.arranged(&Tensor::from_vec(values, self.public_shape(), device)?)?.to_dtype(dtype)
    }

    /// A tensor of PyTorch's shape as the backend keeps it.
    pub(super) fn arranged(&self, tensor: &Tensor) -> Result<Tensor> {
        match self {
            Self::Plain(_) => Ok(tensor.clone()),
            Self::Convolution { out, turned: None, .. } => {
                tensor.permute((0, 2, 3, 1))?.contiguous()?.reshape((*out, ()))
            }
            Self::Convolution { out, channels, kernel, turned: Some(groups) } => {
                let taps = kernel[0] * kernel[1];
                let tensor = tensor.reshape((*groups, *channels, out / groups, taps))?.permute((0, 2, 3, 1))?;
                tensor.contiguous()?.index_select(&reversed(taps, tensor.device())?, 2)?.reshape((*out, ()))
            }
            Self::SequenceConvolution { out, .. } => tensor.transpose(1, 2)?.contiguous()?.reshape((*out, ())),
            Self::ChannelsLast(shape) => tensor.reshape((shape[0], ()))?.t()?.contiguous()?.flatten_all(),
        }
    }

    /// The tensor in PyTorch's shape and order.
    pub(super) fn outward(&self, tensor: &Tensor) -> Result<Tensor> {
        match self {
            Self::Plain(_) => tensor.contiguous(),
            Self::Convolution { out, channels, kernel, turned: None } => {
                tensor.reshape((*out, kernel[0], kernel[1], *channels))?.permute((0, 3, 1, 2))?.contiguous()
            }
            Self::Convolution { out, channels, kernel, turned: Some(groups) } => {
                let taps = kernel[0] * kernel[1];
                let tensor = tensor.reshape((*groups, out / groups, taps, *channels))?;
                let tensor = tensor.index_select(&reversed(taps, tensor.device())?, 2)?.permute((0, 3, 1, 2))?;
                tensor.contiguous()?.reshape(self.public_shape())
            }
            Self::SequenceConvolution { out, channels, kernel } => {
                tensor.reshape((*out, *kernel, *channels))?.transpose(1, 2)?.contiguous()
            }
            Self::ChannelsLast(shape) => tensor.reshape(((), shape[0]))?.t()?.contiguous()?.reshape(shape.clone()),
        }
    }

    /// The tensor's values for the world outside.
    pub(super) fn publish(&self, tensor: &Tensor) -> Result<NamedTensor> {
        let values = self.outward(tensor)?.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?;
        Ok(NamedTensor { shape: self.public_shape(), values })
    }
}

/// Numbers of taps, last to first.
fn reversed(taps: usize, device: &Device) -> Result<Tensor> {
    Tensor::from_vec((0..taps as u32).rev().collect(), taps, device)
}

/// What a parameter is, as far as penalties and decay go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Weights with one value each.
    Weight,
    /// A bias with one value each.
    Bias,
    /// μ or ρ of a Gaussian; exempt from decay.
    Variational,
    /// Scale or shift of a normalisation.
    Normalization,
    /// The learned log-variance of the noise; exempt from decay, which would pull the noise to one unit.
    Noise,
    /// A running statistic; not trained.
    Statistic,
}

impl Role {
    /// Whether an optimizer's weight decay reaches it.
    pub(super) const fn decays(self) -> bool {
        match self {
            Self::Weight | Self::Bias | Self::Normalization => true,
            Self::Variational | Self::Noise | Self::Statistic => false,
        }
    }
}

/// A named tensor that training changes.
#[derive(Debug, Clone)]
pub(super) struct Parameter {
    /// Its public name.
    pub(super) name: String,
    /// Its value.
    pub(super) variable: Var,
    /// How it is kept.
    pub(super) arrangement: Arrangement,
    /// What it is.
    pub(super) role: Role,
}

impl Parameter {
    /// The value, as a leaf of the graph if gradients are wanted.
    pub(super) fn value(&self, gradients: bool) -> Tensor {
        if gradients { self.variable.as_tensor().clone() } else { self.variable.as_detached_tensor() }
    }

    /// The layer it belongs to: what stands before `.weight`, `.bias` or `.running_…`.
    pub(super) fn layer(&self) -> &str {
        let end = [".weight", ".bias", ".running_"].iter().filter_map(|part| self.name.rfind(part)).max();
        &self.name[..end.unwrap_or(self.name.len())]
    }
}

/// Every parameter's values by name.
pub(super) fn publish(parameters: &[Parameter]) -> std::result::Result<Parameters, BackendError> {
    let publish = |parameter: &Parameter| {
        let tensor = parameter.arrangement.publish(&parameter.variable.as_detached_tensor());
        Ok((parameter.name.clone(), tensor.map_err(internal(parameter.layer()))?))
    };
    parameters.iter().map(publish).collect()
}

/// Replaces every parameter's values, or none.
///
/// # Errors
/// [`BackendError::Parameters`] if a name is missing or unknown, or a shape or a number of values differs.
pub(super) fn replace(
    parameters: &[Parameter],
    values: &Parameters,
    dtype: DType,
    device: &Device,
) -> std::result::Result<(), BackendError> {
    let refuse = |message: String| Err(BackendError::Parameters(message));
    if let Some(unknown) = values.keys().find(|name| parameters.iter().all(|known| known.name != **name)) {
        return refuse(format!("the network has no parameter `{unknown}`"));
    }
    let mut tensors = Vec::with_capacity(parameters.len());
    for parameter in parameters {
        let name = &parameter.name;
        let Some(value) = values.get(name) else { return refuse(format!("`{name}` is missing")) };
        let shape = parameter.arrangement.public_shape();
        if value.shape != shape {
            return refuse(format!("`{name}` has the shape {:?}, the network needs {shape:?}", value.shape));
        }
        if value.values.len() != parameter.arrangement.elements() {
            return refuse(format!(
                "`{name}` holds {} numbers, its shape {shape:?} says otherwise",
                value.values.len()
            ));
        }
        let tensor = parameter.arrangement.inward(value.values.clone(), dtype, device);
        tensors.push(tensor.map_err(internal(parameter.layer()))?);
    }
    for (parameter, tensor) in parameters.iter().zip(tensors) {
        parameter.variable.set(&tensor).map_err(internal(parameter.layer()))?;
    }
    Ok(())
}
