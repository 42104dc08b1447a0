//! `normal(mean=…, std=…)`: a Gaussian prior.

use super::drawn::{HALF_LN_TWO_PI, LogDensity};
use super::family::{DivergenceForm, PriorFamily};
use crate::bounds::Bounds;
use crate::layers::equation::floating;
use crate::numbers::number;
use crate::signature::{Parameter, ReadArguments, Signature};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// N(mean, std²)
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Normal {
    /// Mean.
    pub mean: f64,
    /// Standard deviation, positive.
    pub std: f64,
}

pub(super) const SIGNATURE: Signature = Signature::optional(
    "normal",
    "N(mean, std²)",
    &[
        Parameter::number("mean", "Its mean.", Bounds::Weight).default("0"),
        Parameter::number("std", "Its standard deviation, positive.", Bounds::Deviation).default("0.1"),
    ],
);

/// The prior of these arguments.
pub(super) fn read(arguments: &dyn ReadArguments) -> Option<Normal> {
    let (mean, std) = (arguments.number("mean"), arguments.number("std"));
    Some(Normal { mean: mean?, std: std? })
}

/// KL(q‖p) = ln(σ_p/σ_q) + (σ_q² + (μ_q − μ_p)²)/(2σ_p²) − ½ of one Gaussian from another (Kingma & Welling 2014,
/// appendix B, for any prior). Deviations are positive.
pub fn gaussian_divergence(q_mean: f64, q_deviation: f64, p_mean: f64, p_deviation: f64) -> f64 {
    let ratio = q_deviation / p_deviation;
    let distance = (q_mean - p_mean) / p_deviation;
    // One form for all: with r = σ_q/σ_p it is −ln r + (r² − 1)/2 + d²/2.
    -ratio.ln() + 0.5 * ((ratio - 1.0) * (ratio + 1.0) + distance * distance)
}

impl PriorFamily for Normal {
    fn text(&self) -> String {
        format!("normal({}, {})", number(self.mean), number(self.std))
    }

    fn latex(&self) -> String {
        format!("\\mathcal{{N}}({}, {}^2)", floating(self.mean), floating(self.std))
    }

    fn called(&self) -> &'static str {
        "a normal distribution"
    }

    fn std(&self) -> f64 {
        self.std
    }

    fn density(&self) -> Arc<dyn LogDensity> {
        Arc::new(*self)
    }

    fn form(&self) -> DivergenceForm {
        DivergenceForm::Normal { mean: self.mean, std: self.std }
    }

    fn divergence(&self, mean: f64, deviation: f64) -> f64 {
        gaussian_divergence(mean, deviation, self.mean, self.std)
    }

    /// KL = constant + (μ − center)²/(2·scale²), and Var (μ − center)² = 2·std⁴ + 4·std²·(mean − center)².
    fn variance_over_means(&self, mean: f64, std: f64) -> Option<f64> {
        let (square, distance) = (std * std, mean - self.mean);
        Some((2.0 * square * square + 4.0 * square * distance * distance) / (4.0 * self.std.powi(4)))
    }
}

impl LogDensity for Normal {
    fn at(&self, w: f64) -> f64 {
        -self.std.ln() - HALF_LN_TWO_PI - 0.5 * ((w - self.mean) / self.std).powi(2)
    }

    fn slope(&self, w: f64) -> f64 {
        (self.mean - w) / (self.std * self.std)
    }
}
