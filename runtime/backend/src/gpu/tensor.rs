//! The parameters of a network: what each is, and how its numbers lie on the device.

use super::packing::Packing;
use elbo_compiler::ir::Prior;

/// What a tensor of one value each is, as far as penalties and decay go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Weights.
    Weight,
    /// A bias, or the scale or shift of a normalisation.
    Free,
    /// The learned log-variance of the noise, which decay would pull to one unit.
    Noise,
    /// A running statistic; not trained.
    Statistic,
}

/// What the numbers of a tensor are.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Numbers {
    /// One value each.
    Points(Role),
    /// A Gaussian each.
    Gaussians {
        /// p(w)
        prior: Prior,
        /// Whether training changes weights that are drawn, whose gradient is along σ, not σ².
        drawn: bool,
    },
}

/// A named tensor without its numbers.
#[derive(Debug, Clone)]
pub(super) struct Tensor {
    /// `conv1.weight`; its noise is keyed by it, and its Gaussians are published as `….mu` and `….rho`.
    pub(super) name: String,
    /// The layer it belongs to.
    pub(super) layer: String,
    /// How its numbers lie.
    pub(super) packing: Packing,
    /// What they are.
    pub(super) numbers: Numbers,
}

/// The number of a tensor in [`super::network::Network::tensors`].
pub(super) type TensorId = usize;

impl Tensor {
    /// The suffixes of its published parts.
    pub(super) fn suffixes(&self) -> &'static [&'static str] {
        match self.numbers {
            Numbers::Points(_) => &[""],
            Numbers::Gaussians { .. } => &[".mu", ".rho"],
        }
    }

    /// Its public names, the part of the centre first.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.suffixes().iter().map(|suffix| format!("{}{suffix}", self.name))
    }

    /// Its prior, where it has one.
    pub(super) fn prior(&self) -> Option<&Prior> {
        match &self.numbers {
            Numbers::Points(_) => None,
            Numbers::Gaussians { prior, .. } => Some(prior),
        }
    }

    /// Whether training changes it.
    pub(super) fn is_trained(&self) -> bool {
        self.numbers != Numbers::Points(Role::Statistic)
    }
}
