//! `linear(…)`: every output a weighted sum of all inputs.

use super::equation::Equation;
use super::kind::{Declared, Family, LayerKind, Learns, ShapeProblem};
use super::tensors::{WeightTensor, weight_and_bias};
use crate::ir::Shape;
use crate::signature::{Parameter, Signature};
use serde::{Deserialize, Serialize};

/// x Wᵀ + b. Weights `[out_features, in_features]`, bias `[out_features]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Linear {
    /// Output features.
    pub out_features: usize,
    /// Whether a bias is added.
    pub bias: bool,
}

pub(super) const FORMS: &[Declared<Linear>] = &[Declared::new(
    Signature::optional(
        "linear",
        "Every output a weighted sum of all inputs; takes a vector. Has weights, so it carries a mark and a name.",
        &[
            Parameter::size("width", "Features that come out.", 1),
            Parameter::flag("bias", "Whether a bias is added to each output.").default("true"),
        ],
    )
    .required(1)
    .positional(1),
    |arguments| {
        let (out_features, bias) = (arguments.size("width"), arguments.flag("bias"));
        Some(Linear { out_features: out_features?, bias: bias? })
    },
)
.learns(Learns::Weights("head"))];

impl LayerKind for Linear {
    fn family(&self) -> Family {
        Family::Linear
    }

    fn width(&self) -> Option<usize> {
        Some(self.out_features)
    }

    fn output(&self, input: Shape) -> Result<Shape, ShapeProblem> {
        match input {
            Shape::Vector { .. } => Ok(Shape::Vector { features: self.out_features }),
            Shape::Image { .. } | Shape::Sequence { .. } => Err(ShapeProblem::Kind { wanted: "a vector" }),
        }
    }

    fn taps(&self, input: Shape) -> usize {
        input.elements()
    }

    fn tensors(&self, input: Shape) -> Vec<WeightTensor> {
        let inputs = self.taps(input);
        weight_and_bias(vec![self.out_features, inputs], inputs, self.bias.then(|| vec![self.out_features]))
    }

    fn text(&self, _input: Shape) -> String {
        format!("linear({}{})", self.out_features, if self.bias { "" } else { ", bias=false" })
    }

    fn latex(&self, equation: &Equation<'_>) -> String {
        format!("{} {}{}", equation.weights(), equation.input, equation.biases(self.bias))
    }
}
