//! What a result can be turned into.

use std::path::PathBuf;

/// What a result is turned into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A folder with one event file: scalars by step and epoch, histograms of the weights, the report's figures, the
    /// spec and the settings of training.
    Tensorboard,
    /// One file of tensors under the names and in the axis order of PyTorch.
    Safetensors(Tensors),
    /// A folder with every figure of the report.
    Svg,
    /// The same, two pixels a pixel of the SVG.
    Png,
}

/// Which tensors of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tensors {
    /// Everything there is: of each Gaussian weight `….mu` and `….rho`, where σ = softplus(rho).
    Posterior,
    /// A network without random weights: the means of the Gaussian ones under the plain names.
    Means,
}

/// The bytes of a run's name that an export is called by: most file systems allow 255 in all, beside which there must
/// be room for what is written before it gets its name.
const LONGEST_NAME: usize = 200;

impl Form {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tensorboard => "tensorboard",
            Self::Safetensors(_) => "safetensors",
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }

    /// What is written where nothing else is asked for: `NAME.safetensors`, or a folder `NAME-tensorboard`, of a name
    /// that file systems take.
    pub fn default_output(self, name: &str) -> PathBuf {
        let joint = if matches!(self, Self::Safetensors(_)) { '.' } else { '-' };
        let name = &name[..name.floor_char_boundary(LONGEST_NAME)];
        // Members of sweeps have slashes in their names.
        PathBuf::from(format!("{}{joint}{}", name.replace(['/', '\\', ':'], "-"), self.name()))
    }
}
