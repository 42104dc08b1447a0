//! The random mask of a `dropout` mark.

use super::equation::{Equation, floating};
use super::kind::{Declared, Family, LayerKind};
use crate::ir::{DropoutUnit, Shape};
use crate::numbers::number;
use serde::{Deserialize, Serialize};

/// A Bernoulli mask with kept units divided by 1 − p. The compiler places it where a `dropout`
/// mark wants it and names it after the marked layer, `<layer>.dropout`; it is not written in specs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dropout {
    /// The probability p of dropping a unit, `0 ≤ p < 1`.
    pub probability: f64,
    /// What is dropped together.
    pub unit: DropoutUnit,
    /// Whether masks are drawn at prediction, too.
    pub at_prediction: bool,
}

impl Dropout {
    /// Whether masks are drawn in training or at prediction.
    pub fn draws(&self, trains: bool) -> bool {
        self.probability > 0.0 && (trains || self.at_prediction)
    }
}

/// No layer of a spec is written as one.
pub(super) const FORMS: &[Declared<Dropout>] = &[];

impl LayerKind for Dropout {
    fn family(&self) -> Family {
        Family::Dropout
    }

    fn is_elementwise(&self) -> bool {
        self.unit == DropoutUnit::Element
    }

    fn is_random_in_training(&self) -> bool {
        self.draws(true)
    }

    fn is_random_at_prediction(&self) -> bool {
        self.draws(false)
    }

    fn text(&self, _input: Shape) -> String {
        let unit = self.unit.name();
        format!("dropout(p={}, unit={unit}, at_prediction={})", number(self.probability), self.at_prediction)
    }

    fn latex(&self, equation: &Equation<'_>) -> String {
        let kept = floating(1.0 - self.probability);
        let input = equation.input;
        let unit = match self.unit {
            DropoutUnit::Element => "",
            DropoutUnit::Channel => "\\text{ for each channel}",
        };
        format!("\\tfrac{{1}}{{{kept}}} \\, m \\odot {input}, \\; m \\sim \\operatorname{{Bernoulli}}({kept}){unit}")
    }
}
