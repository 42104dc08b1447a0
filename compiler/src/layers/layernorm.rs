//! `layernorm(…)`: each example as a whole to mean 0 and variance 1.

use super::equation::Equation;
use super::kind::{Declared, Family, LayerKind, Learns, SingleValue};
use super::normalization::{EPS, INIT, epsilon_in_latex, scale_and_shift};
use super::tensors::WeightTensor;
use crate::ir::Shape;
use crate::numbers::number;
use crate::signature::Signature;
use serde::{Deserialize, Serialize};

/// Normalisation of each example over all its numbers (Ba, Kiros & Hinton 2016), as PyTorch's
/// `LayerNorm` over the whole shape; one scale and shift a number. Parameters `weight`, `bias`, of the
/// input's shape.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerNorm {
    /// Added to the variance.
    pub epsilon: f64,
}

pub(super) const FORMS: &[Declared<LayerNorm>] = &[Declared::new(
    Signature::optional(
        "layernorm",
        "Each example as a whole to mean 0 and variance 1, then a learned scale and shift by number.",
        &[EPS, INIT],
    )
    .positional(0),
    |arguments| Some(LayerNorm { epsilon: arguments.number("eps")? }),
)
.learns(Learns::Scale)];

impl LayerKind for LayerNorm {
    fn family(&self) -> Family {
        Family::Normalization
    }

    fn tensors(&self, input: Shape) -> Vec<WeightTensor> {
        scale_and_shift(input.sizes())
    }

    fn single_value(&self, input: Shape) -> Option<SingleValue> {
        (input.elements() == 1).then(|| SingleValue {
            of: "each example",
            over_batch: false,
            note: None,
            help: "leave the normalisation out".to_owned(),
        })
    }

    fn text(&self, _input: Shape) -> String {
        format!("layernorm(eps={})", number(self.epsilon))
    }

    fn latex(&self, equation: &Equation<'_>) -> String {
        equation.function("layernorm", Some(&epsilon_in_latex(self.epsilon)))
    }
}
