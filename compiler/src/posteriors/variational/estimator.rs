//! How a variational layer is sampled.

use crate::signature::Signature;
use serde::{Deserialize, Serialize};

/// How a variational layer is sampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Estimator {
    /// Noise on the pre-activations, from their mean and variance (Kingma, Salimans & Welling 2015).
    LocalReparameterization,
    /// w = μ + σ ⊙ ε, one draw of the weights for the whole batch of a sample.
    Reparameterization,
    /// w = μ + σ ⊙ ε with ε one draw for the batch, decorrelated by random signs for each example (Wen,
    /// Vicol, Ba, Tran & Grosse 2018, equation 4).
    Flipout,
}

impl Estimator {
    /// Its name in specs and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LocalReparameterization => "local_reparameterization",
            Self::Reparameterization => "reparameterization",
            Self::Flipout => "flipout",
        }
    }
}

/// The words for them.
pub(crate) const ESTIMATOR_VALUES: &[Signature] = &[
    Signature::constant("local_reparameterization", "Noise on the pre-activations, from their mean and variance."),
    Signature::constant("reparameterization", "One draw of the weights for the whole batch."),
    Signature::constant(
        "flipout",
        "One draw of the weights for the batch, decorrelated by random signs for each example.",
    ),
];

/// What each of these words stands for.
pub(crate) const ESTIMATOR_MEANINGS: [Estimator; 3] =
    [Estimator::LocalReparameterization, Estimator::Reparameterization, Estimator::Flipout];
