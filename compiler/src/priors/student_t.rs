//! `student_t(df=…, scale=…)`: a prior whose tails are as heavy as its degrees of freedom are few.

use super::drawn::LogDensity;
use super::family::PriorFamily;
use crate::bounds::Bounds;
use crate::gamma::ln_gamma_half_step;
use crate::layers::equation::floating;
use crate::numbers::number;
use crate::signature::{Parameter, ReadArguments, Signature};
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;
use std::sync::Arc;

/// Fewer degrees of freedom leave densities that double precision does not integrate.
const LEAST_DEGREES: f64 = 0.01;

/// Student's t distribution with `df` degrees of freedom about `mean`, stretched by `scale`; of one degree it is Cauchy's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudentT {
    /// Degrees of freedom ν, positive.
    pub df: f64,
    /// Scale, positive; the standard deviation is scale·√(ν/(ν − 2)) for ν > 2.
    pub scale: f64,
    /// Where its centre lies, its mean for ν > 1.
    pub mean: f64,
}

pub(super) const SIGNATURE: Signature = Signature::optional(
    "student_t",
    "Student's t distribution about `mean`: heavier tails than a Gaussian, the fewer `df` the heavier. Its standard deviation \
     is scale·√(df/(df − 2)) for `df` above 2, else infinite. Its KL is estimated on draws of the weights.",
    &[
        Parameter::number("df", "Its degrees of freedom, at least 0.01: 1 is a Cauchy distribution.", Bounds::Any),
        Parameter::number("scale", "Its scale, positive.", Bounds::Deviation),
        Parameter::number("mean", "Where its centre lies.", Bounds::Weight).default("0"),
    ],
)
.required(2);

/// The prior of these arguments.
pub(super) fn read(arguments: &dyn ReadArguments) -> Option<StudentT> {
    let (df, scale, mean) = (arguments.number("df"), arguments.number("scale"), arguments.number("mean"));
    let (df, scale, mean) = (df?, scale?, mean?);
    if df < LEAST_DEGREES {
        let message = format!("`df` must be at least {LEAST_DEGREES}, not {}", number(df));
        let label = if df > 0.0 { "so few that the tails hold nearly all weights" } else { "no distribution" };
        arguments.refuse("df", message, label);
        return None;
    }
    Some(StudentT { df, scale, mean })
}

impl PriorFamily for StudentT {
    fn text(&self) -> String {
        format!("student_t({}, {}, {})", number(self.df), number(self.scale), number(self.mean))
    }

    fn latex(&self) -> String {
        format!("t_{{{}}}({}, {}^2)", floating(self.df), floating(self.mean), floating(self.scale))
    }

    fn called(&self) -> &'static str {
        "a Student-t distribution"
    }

    fn std(&self) -> f64 {
        if self.df > 2.0 { self.scale * (self.df / (self.df - 2.0)).sqrt() } else { f64::INFINITY }
    }

    fn density(&self) -> Arc<dyn LogDensity> {
        Arc::new(StudentTDensity { prior: *self, height: height(self.df) - self.scale.ln() })
    }
}

/// The logarithm of the standard density at 0: ln Γ((ν + 1)/2) − ln Γ(ν/2) − ½·ln(νπ).
fn height(df: f64) -> f64 {
    ln_gamma_half_step(0.5 * df) - 0.5 * (df * PI).ln()
}

/// The prior with the constant of its logarithm worked out.
#[derive(Debug, Clone, Copy, PartialEq)]
struct StudentTDensity {
    prior: StudentT,
    /// ln p at the centre.
    height: f64,
}

impl LogDensity for StudentTDensity {
    /// With z = (w − mean)/scale: the height − (ν + 1)/2·ln(1 + z²/ν).
    fn at(&self, w: f64) -> f64 {
        let StudentT { df, scale, mean } = self.prior;
        let z = (w - mean) / scale;
        self.height - 0.5 * (df + 1.0) * (z * z / df).ln_1p()
    }

    /// −(ν + 1)·z/(ν + z²)/scale
    fn slope(&self, w: f64) -> f64 {
        let StudentT { df, scale, mean } = self.prior;
        let z = (w - mean) / scale;
        -(df + 1.0) * z / (df + z * z) / scale
    }

    /// Around the centre, where the tails begin.
    fn divisions(&self) -> Vec<f64> {
        let StudentT { scale, mean, .. } = self.prior;
        [-4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0].map(|factor| mean + factor * scale).to_vec()
    }
}
