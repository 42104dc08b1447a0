//! Priors, a file each: the arguments, the density, the KL divergence of a Gaussian posterior from it, and how the prior
//! is written as text and as LaTeX.
//!
//! A new prior is its file here, and in this one its module, a variant of [`Prior`], an arm of [`Prior::family`] and a row
//! of `PRIORS`. Compiler and backends ask [`PriorFamily`]; without a closed form both backends estimate the divergence
//! on draws of the weights by the prior's own log-density.

mod drawn;
mod family;
mod laplace;
mod normal;
mod quadrature;
mod scale_mixture;
mod student_t;
#[cfg(test)]
mod tests;

pub use drawn::{DrawMoments, LogDensity, draw_moments, expected_divergence};
pub use family::{DivergenceForm, PriorFamily};
pub use laplace::{Laplace, laplace_divergence, laplace_divergence_gradient};
pub use normal::{Normal, gaussian_divergence};
pub use scale_mixture::{MixtureDensity, ScaleMixture};
pub use student_t::StudentT;

use crate::signature::{Declared, Signature, signatures};
use serde::{Deserialize, Serialize};

/// A distribution over a weight before any data. Each variant holds the struct of its family.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Prior {
    /// A normal distribution.
    Normal(Normal),
    /// A Laplace distribution.
    Laplace(Laplace),
    /// A mixture of two normal distributions.
    ScaleMixture(ScaleMixture),
    /// A Student-t distribution.
    StudentT(StudentT),
}

impl Prior {
    /// What its family says of it.
    pub fn family(&self) -> &dyn PriorFamily {
        match self {
            Self::Normal(prior) => prior,
            Self::Laplace(prior) => prior,
            Self::ScaleMixture(prior) => prior,
            Self::StudentT(prior) => prior,
        }
    }

    /// Whether the KL divergence of a Gaussian posterior from it has a closed form; else the KL is a Monte Carlo estimate on
    /// the draw that made the forward pass.
    pub fn has_closed_form(&self) -> bool {
        self.family().form().is_closed()
    }

    /// KL(q‖p) of q = N(mean, deviation²), in nats: the closed form where there is one, else the expectation by quadrature.
    pub fn divergence(&self, mean: f64, deviation: f64) -> f64 {
        self.family().divergence(mean, deviation)
    }

    /// Mean and variance of what a training step adds up for one weight of q = N(mean, deviation²): of its closed form, or
    /// of ln q(w) − ln p(w) over draws.
    pub fn moments(&self, mean: f64, deviation: f64) -> DrawMoments {
        if self.has_closed_form() {
            return DrawMoments { mean: self.divergence(mean, deviation), variance: 0.0 };
        }
        draw_moments(mean, deviation, &*self.family().density())
    }
}

/// Every prior, in the order of the reference.
pub(crate) const PRIORS: [Declared<Prior>; 4] = [
    Declared { signature: normal::SIGNATURE, read: |arguments| normal::read(arguments).map(Prior::Normal) },
    Declared { signature: laplace::SIGNATURE, read: |arguments| laplace::read(arguments).map(Prior::Laplace) },
    Declared {
        signature: scale_mixture::SIGNATURE,
        read: |arguments| scale_mixture::read(arguments).map(Prior::ScaleMixture),
    },
    Declared { signature: student_t::SIGNATURE, read: |arguments| student_t::read(arguments).map(Prior::StudentT) },
];

/// The signatures of all priors.
pub(crate) const SIGNATURES: &[Signature] = &signatures(&PRIORS);
