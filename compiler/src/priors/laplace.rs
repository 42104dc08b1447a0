//! `laplace(mean=…, scale=…)`: a prior with a peak and heavier tails than a Gaussian.

use super::drawn::{HALF_LN_TWO_PI, LogDensity};
use super::family::{DivergenceForm, PriorFamily};
use crate::bounds::Bounds;
use crate::layers::equation::floating;
use crate::numbers::number;
use crate::signature::{Parameter, ReadArguments, Signature};
use serde::{Deserialize, Serialize};
use std::f64::consts::{FRAC_1_SQRT_2, LN_2, PI, SQRT_2};
use std::sync::Arc;

/// Laplace(mean, scale): density e^(−|w − mean|/scale) / (2·scale)
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Laplace {
    /// Mean.
    pub mean: f64,
    /// Scale b, positive; the standard deviation is √2·b.
    pub scale: f64,
}

pub(super) const SIGNATURE: Signature = Signature::optional(
    "laplace",
    "Density e^(−|w − mean|/scale) / (2·scale); its standard deviation is √2·scale.",
    &[
        Parameter::number("mean", "Its mean.", Bounds::Weight).default("0"),
        Parameter::number(
            "scale",
            "Its scale, positive; must be given. 0.0707 has the standard deviation 0.1 of a bare `normal()`.",
            Bounds::Deviation,
        ),
    ],
);

/// The prior of these arguments.
pub(super) fn read(arguments: &dyn ReadArguments) -> Option<Laplace> {
    let mean = arguments.number("mean");
    if !arguments.is_given("scale") {
        arguments.missing("scale", "the standard deviation of a Laplace distribution is √2 times its scale");
        return None;
    }
    let scale = arguments.number("scale");
    Some(Laplace { mean: mean?, scale: scale? })
}

/// KL(q‖p) of a Gaussian from a Laplace prior of mean m and scale b, in closed form:
/// −½·ln(2πeσ²) + ln(2b) + E|w − m|/b, where with d = μ − m the mean of the folded normal distribution is E|w − m| =
/// σ·√(2/π)·e^(−d²/2σ²) + d·erf(d/(σ√2)) (Leone, Nelson & Nottingham 1961). Deviation and scale are positive.
pub fn laplace_divergence(q_mean: f64, q_deviation: f64, p_mean: f64, p_scale: f64) -> f64 {
    // In units of the scale: KL does not change, and nothing overflows before it must.
    let (deviation, distance) = (q_deviation / p_scale, (q_mean - p_mean) / p_scale);
    let z = distance / deviation;
    let absolute = deviation * (2.0 / PI).sqrt() * (-0.5 * z * z).exp() + distance * libm::erf(z * FRAC_1_SQRT_2);
    LN_2 - deviation.ln() - HALF_LN_TWO_PI - 0.5 + absolute
}

/// The derivatives of [`laplace_divergence`] along μ and σ: erf(d/(σ√2))/b, and √(2/π)·e^(−d²/2σ²)/b − 1/σ.
pub fn laplace_divergence_gradient(q_mean: f64, q_deviation: f64, p_mean: f64, p_scale: f64) -> [f64; 2] {
    let z = (q_mean - p_mean) / q_deviation;
    let along_mean = libm::erf(z * FRAC_1_SQRT_2) / p_scale;
    [along_mean, (2.0 / PI).sqrt() * (-0.5 * z * z).exp() / p_scale - 1.0 / q_deviation]
}

impl PriorFamily for Laplace {
    fn text(&self) -> String {
        format!("laplace({}, {})", number(self.mean), number(self.scale))
    }

    fn latex(&self) -> String {
        format!("\\operatorname{{Laplace}}({}, {})", floating(self.mean), floating(self.scale))
    }

    fn called(&self) -> &'static str {
        "a Laplace distribution"
    }

    fn std(&self) -> f64 {
        SQRT_2 * self.scale
    }

    fn density(&self) -> Arc<dyn LogDensity> {
        Arc::new(*self)
    }

    fn form(&self) -> DivergenceForm {
        DivergenceForm::Laplace { mean: self.mean, scale: self.scale }
    }

    fn divergence(&self, mean: f64, deviation: f64) -> f64 {
        laplace_divergence(mean, deviation, self.mean, self.scale)
    }
}

impl LogDensity for Laplace {
    fn at(&self, w: f64) -> f64 {
        -(w - self.mean).abs() / self.scale - LN_2 - self.scale.ln()
    }

    /// 0 at the peak, where there is none.
    fn slope(&self, w: f64) -> f64 {
        let distance = self.mean - w;
        if distance == 0.0 { 0.0 } else { distance.signum() / self.scale }
    }

    fn divisions(&self) -> Vec<f64> {
        vec![self.mean]
    }
}
