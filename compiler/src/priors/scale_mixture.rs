//! `scale_mixture(pi=…, std1=…, std2=…)`: two Gaussians about 0, a wide and a narrow one.

use super::drawn::{HALF_LN_TWO_PI, LogDensity};
use super::family::{DivergenceForm, PriorFamily};
use crate::bounds::Bounds;
use crate::layers::equation::floating;
use crate::numbers::number;
use crate::signature::{Parameter, ReadArguments, Signature};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// pi·N(0, std1²) + (1 − pi)·N(0, std2²) (Blundell et al. 2015, equation 7)
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScaleMixture {
    /// The share of the first component, in (0, 1).
    pub pi: f64,
    /// Standard deviation of the first component, positive.
    pub std1: f64,
    /// Standard deviation of the second component, positive.
    pub std2: f64,
}

pub(super) const SIGNATURE: Signature = Signature::optional(
    "scale_mixture",
    "π·N(0, std1²) + (1 − π)·N(0, std2²). Its KL is estimated on draws of the weights.",
    &[
        Parameter::number("pi", "Share of the first component, between 0 and 1.", Bounds::Share),
        Parameter::number("std1", "Standard deviation of the first component.", Bounds::Deviation),
        Parameter::number("std2", "Standard deviation of the second component.", Bounds::Deviation),
    ],
)
.required(3);

/// The prior of these arguments.
pub(super) fn read(arguments: &dyn ReadArguments) -> Option<ScaleMixture> {
    let pi = arguments.number("pi").filter(|value| {
        let inside = *value > 0.0 && *value < 1.0;
        if !inside {
            let message =
                format!("a mixture has two parts, so `pi` must be greater than 0 and below 1, not {}", number(*value));
            let help = "write the one part that is left as `normal(mean=0, std=…)`";
            arguments.refuse_with_help("pi", message, "leaves a single part", help);
        }
        inside
    });
    let (std1, std2) = (arguments.number("std1"), arguments.number("std2"));
    Some(ScaleMixture { pi: pi?, std1: std1?, std2: std2? })
}

impl PriorFamily for ScaleMixture {
    fn text(&self) -> String {
        format!("scale_mixture({}, {}, {})", number(self.pi), number(self.std1), number(self.std2))
    }

    fn latex(&self) -> String {
        format!(
            "{} \\, \\mathcal{{N}}(0, {}^2) + {} \\, \\mathcal{{N}}(0, {}^2)",
            floating(self.pi),
            floating(self.std1),
            floating(1.0 - self.pi),
            floating(self.std2)
        )
    }

    fn called(&self) -> &'static str {
        "a scale mixture"
    }

    /// That of the whole mixture.
    fn std(&self) -> f64 {
        let Self { pi, std1, std2 } = *self;
        (pi * std1 * std1 + (1.0 - pi) * std2 * std2).sqrt()
    }

    fn density(&self) -> Arc<dyn LogDensity> {
        Arc::new(MixtureDensity::new(self.pi, self.std1, self.std2))
    }

    fn form(&self) -> DivergenceForm {
        DivergenceForm::ScaleMixture { pi: self.pi, std1: self.std1, std2: self.std2 }
    }
}

/// A scale mixture with the constants of its logarithm worked out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MixtureDensity {
    /// ln of each component's share over its deviation.
    pub heights: [f64; 2],
    /// 1/σ² of each component.
    pub precisions: [f64; 2],
}

impl MixtureDensity {
    /// With the share π of the first component, in (0, 1), and the components' positive standard deviations.
    pub fn new(pi: f64, std1: f64, std2: f64) -> Self {
        let precision = |std: f64| 1.0 / (std * std);
        Self {
            heights: [pi.ln() - std1.ln(), (-pi).ln_1p() - std2.ln()],
            precisions: [precision(std1), precision(std2)],
        }
    }

    /// The logarithm of each component's part of the density, but for −½·ln(2π).
    fn parts(&self, w: f64) -> [f64; 2] {
        [0, 1].map(|at| self.heights[at] - 0.5 * self.precisions[at] * w * w)
    }

    /// Where, for w > 0, the components change places, or else how far the narrower one reaches.
    fn transition(&self) -> f64 {
        let [first, second] = self.parts(0.0);
        let difference = 0.5 * (self.precisions[0] - self.precisions[1]).abs();
        let height = if self.precisions[0] > self.precisions[1] { first - second } else { second - first };
        (height.max(1.0) / difference).sqrt()
    }
}

impl LogDensity for MixtureDensity {
    /// By the larger part and the ratio of the other to it: neither part underflows.
    fn at(&self, w: f64) -> f64 {
        let [first, second] = self.parts(w);
        first.max(second) + (-(first - second).abs()).exp().ln_1p() - HALF_LN_TWO_PI
    }

    /// d ln p/dw = −w·(r/σ₁² + (1 − r)/σ₂²), r being the first component's share of the density at w.
    fn slope(&self, w: f64) -> f64 {
        let [first, second] = self.parts(w);
        let share = 1.0 / (1.0 + (second - first).exp());
        -w * (share * self.precisions[0] + (1.0 - share) * self.precisions[1])
    }

    /// Around where the components change places.
    fn divisions(&self) -> Vec<f64> {
        [-4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0].map(|factor| factor * self.transition()).to_vec()
    }
}
