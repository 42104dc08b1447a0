//! How a layer's weights are treated: marks, priors, posteriors and estimators.

use super::Estimator;
use crate::priors::Prior;
use serde::{Deserialize, Serialize};

/// How a layer's weights are treated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Mark {
    /// One value for each weight. Parameters `<layer>.weight` and `<layer>.bias`.
    Point {
        /// How weights and biases start.
        initialization: Initialization,
    },
    /// A Gaussian for each weight, mean μ and σ = softplus(ρ). Parameters `<layer>.weight.mu`,
    /// `<layer>.weight.rho`, `<layer>.bias.mu`, `<layer>.bias.rho`.
    Bayes {
        /// p(w)
        prior: Prior,
        /// q(w) as training starts.
        posterior: Posterior,
        /// How draws are made in training.
        estimator: Estimator,
    },
    /// One value for each weight, like [`Mark::Point`]; the mask stands in the network as an
    /// [`super::Operation::Dropout`] of its own. Kept here so that readers see what the layer is.
    Dropout {
        /// The probability of dropping a unit.
        probability: f64,
        /// What the mask covers.
        on: DropoutPlacement,
        /// What is dropped together.
        unit: DropoutUnit,
        /// Whether masks are drawn at prediction, too.
        at_prediction: bool,
        /// How weights and biases start.
        initialization: Initialization,
    },
}

impl Mark {
    /// The file that the weights start from, if they do.
    pub const fn starting_file(&self) -> Option<&StartingFile> {
        match self {
            Self::Point { initialization } | Self::Dropout { initialization, .. } => match initialization {
                Initialization::Weights(file) => Some(file),
                Initialization::Default
                | Initialization::Zeros
                | Initialization::Normal { .. }
                | Initialization::LecunNormal
                | Initialization::KaimingNormal => None,
            },
            Self::Bayes { posterior, .. } => match &posterior.mean {
                PosteriorMean::Weights(file) => Some(file),
                PosteriorMean::Zeros
                | PosteriorMean::Normal { .. }
                | PosteriorMean::LecunNormal
                | PosteriorMean::KaimingNormal => None,
            },
        }
    }

    /// The same, to be changed.
    pub const fn starting_file_mut(&mut self) -> Option<&mut StartingFile> {
        match self {
            Self::Point { initialization } | Self::Dropout { initialization, .. } => match initialization {
                Initialization::Weights(file) => Some(file),
                Initialization::Default
                | Initialization::Zeros
                | Initialization::Normal { .. }
                | Initialization::LecunNormal
                | Initialization::KaimingNormal => None,
            },
            Self::Bayes { posterior, .. } => match &mut posterior.mean {
                PosteriorMean::Weights(file) => Some(file),
                PosteriorMean::Zeros
                | PosteriorMean::Normal { .. }
                | PosteriorMean::LecunNormal
                | PosteriorMean::KaimingNormal => None,
            },
        }
    }
}

/// What a dropout mark masks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropoutPlacement {
    /// The layer's input.
    Input,
    /// The output of the activation that directly follows, else the layer's own.
    Output,
}

/// What a dropout mask drops together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropoutUnit {
    /// Each number by itself.
    Element,
    /// Whole channels of an image.
    Channel,
}

impl DropoutUnit {
    /// Its name in specs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Element => "element",
            Self::Channel => "channel",
        }
    }
}

/// How values start. `fan_in` is the number of inputs of one output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Initialization {
    /// Weights and biases uniform in ±1/√fan_in, PyTorch's default for convolutions and linear maps.
    Default,
    /// Everything 0.
    Zeros,
    /// Weights N(mean, std²), biases 0.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        std: f64,
    },
    /// Weights N(0, 1/fan_in), biases 0.
    LecunNormal,
    /// Weights N(0, 2/fan_in), biases 0.
    KaimingNormal,
    /// From a safetensors file: `<layer>.weight` and `<layer>.bias`, or the means of a variational layer,
    /// `<layer>.weight.mu` and `<layer>.bias.mu`.
    Weights(StartingFile),
}

/// A safetensors file that a layer starts from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartingFile {
    /// The file, relative to the spec that names it. Its content, not its place, is part of a run's meaning.
    pub file: String,
    /// What the layer is called in the file, such as `features.0`; `None` where it has the same name there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
}

/// The variational posterior of each weight as training starts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Posterior {
    /// How μ starts; biases' μ start at 0.
    pub mean: PosteriorMean,
    /// Where ρ starts, for weights and biases; σ = softplus(ρ). A spec's `std=` has been converted.
    pub rho: f64,
}

/// How the means of a variational posterior start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PosteriorMean {
    /// Everything 0.
    Zeros,
    /// N(mean, std²)
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        std: f64,
    },
    /// N(0, 1/fan_in)
    LecunNormal,
    /// N(0, 2/fan_in)
    KaimingNormal,
    /// From a safetensors file, as [`Initialization::Weights`].
    Weights(StartingFile),
}
