//! The parameters of a network, as kernels read them.

use super::packing::Packing;
use elbo_compiler::ir::Prior;
use elbo_kernels::Buffer;

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

impl Role {
    /// Whether an optimizer's weight decay reaches it.
    pub(super) const fn decays(self) -> bool {
        match self {
            Self::Weight | Self::Free => true,
            Self::Noise | Self::Statistic => false,
        }
    }
}

/// The numbers of a tensor.
#[derive(Debug, Clone)]
pub(super) enum Numbers {
    /// One value each.
    Points {
        /// The values.
        values: Buffer,
        /// What they are.
        role: Role,
    },
    /// A Gaussian each.
    Gaussians(Gaussians),
}

/// A Gaussian for each number of a tensor.
#[derive(Debug, Clone)]
pub(super) struct Gaussians {
    /// μ
    pub(super) means: Buffer,
    /// ρ
    pub(super) rhos: Buffer,
    /// σ² = softplus(ρ)²; 0 for numbers that do not exist.
    pub(super) variances: Buffer,
    /// p(w)
    pub(super) prior: Prior,
    /// Whether training changes weights that are drawn, whose gradient is along σ, not σ².
    pub(super) drawn: bool,
    /// The place of each number in PyTorch's order, where weights are drawn.
    pub(super) order: Vec<u32>,
}

/// A named tensor.
#[derive(Debug, Clone)]
pub(super) struct Tensor {
    /// `conv1.weight`; its noise is keyed by it, and its Gaussians are published as `….mu` and `….rho`.
    pub(super) name: String,
    /// The layer it belongs to.
    pub(super) layer: String,
    /// How its numbers lie.
    pub(super) packing: Packing,
    /// Its numbers.
    pub(super) numbers: Numbers,
}

/// The number of a tensor in [`super::network::Network::tensors`].
pub(super) type TensorId = usize;

impl Tensor {
    /// The values, or the means.
    pub(super) fn centre(&self) -> &[f32] {
        match &self.numbers {
            Numbers::Points { values, .. } => values,
            Numbers::Gaussians(gaussians) => &gaussians.means,
        }
    }

    /// The Gaussians, where there are any.
    pub(super) fn gaussians(&self) -> Option<&Gaussians> {
        if let Numbers::Gaussians(gaussians) = &self.numbers { Some(gaussians) } else { None }
    }

    /// Its published parts: suffix and numbers.
    pub(super) fn parts(&self) -> Vec<(&'static str, &Buffer)> {
        match &self.numbers {
            Numbers::Points { values, .. } => vec![("", values)],
            Numbers::Gaussians(gaussians) => vec![(".mu", &gaussians.means), (".rho", &gaussians.rhos)],
        }
    }

    /// The same to be changed.
    pub(super) fn parts_mut(&mut self) -> Vec<(&'static str, &mut Buffer)> {
        match &mut self.numbers {
            Numbers::Points { values, .. } => vec![("", values)],
            Numbers::Gaussians(gaussians) => vec![(".mu", &mut gaussians.means), (".rho", &mut gaussians.rhos)],
        }
    }

    /// Whether training changes it.
    pub(super) fn is_trained(&self) -> bool {
        !matches!(self.numbers, Numbers::Points { role: Role::Statistic, .. })
    }
}
