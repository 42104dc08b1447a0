//! What a family of priors says of itself.

use super::drawn::{LogDensity, expected_divergence};
use std::sync::Arc;

/// A family of priors, with its parameters.
pub trait PriorFamily {
    /// As a spec writes it, every argument by position.
    fn text(&self) -> String;

    /// The distribution as LaTeX.
    fn latex(&self) -> String;

    /// What messages call it, with an article: `a scale mixture`.
    fn called(&self) -> &'static str;

    /// Its standard deviation; infinite where it has none.
    fn std(&self) -> f64;

    /// ln p, with its constants worked out.
    fn density(&self) -> Arc<dyn LogDensity>;

    /// How backends compute the divergence of a Gaussian from it.
    fn form(&self) -> DivergenceForm {
        DivergenceForm::Drawn
    }

    /// KL(q‖p) of q = N(mean, deviation²), in nats.
    fn divergence(&self, mean: f64, deviation: f64) -> f64 {
        expected_divergence(mean, deviation, &*self.density())
    }

    /// The variance of the divergence over means μ ~ N(mean, std²), where a formula gives it.
    fn variance_over_means(&self, _mean: f64, _std: f64) -> Option<f64> {
        None
    }
}

/// The form in which backends have the divergence of a Gaussian from a prior.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DivergenceForm {
    /// In closed form, from N(mean, std²).
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        std: f64,
    },
    /// In closed form, from the density e^(−|w − mean|/scale)/(2·scale).
    Laplace {
        /// Mean.
        mean: f64,
        /// Scale.
        scale: f64,
    },
    /// On draws; candle has the density of a scale mixture on tensors of its own.
    ScaleMixture {
        /// The share of the first component.
        pi: f64,
        /// Standard deviation of the first component.
        std1: f64,
        /// Standard deviation of the second component.
        std2: f64,
    },
    /// On draws, by [`PriorFamily::density`] on the host.
    Drawn,
}

impl DivergenceForm {
    /// Whether it needs no draws.
    pub const fn is_closed(self) -> bool {
        match self {
            Self::Normal { .. } | Self::Laplace { .. } => true,
            Self::ScaleMixture { .. } | Self::Drawn => false,
        }
    }
}
