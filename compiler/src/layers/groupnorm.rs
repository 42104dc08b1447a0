//! `groupnorm(…)`: each example to mean 0 and variance 1 by groups of channels.

use super::convolution::check_groups;
use super::equation::Equation;
use super::kind::{Declared, Family, LayerKind, Learns, ShapeProblem, SingleValue};
use super::normalization::{EPS, INIT, epsilon_in_latex, scale_and_shift};
use super::tensors::WeightTensor;
use crate::ir::Shape;
use crate::numbers::number;
use crate::signature::{Parameter, Signature};
use serde::{Deserialize, Serialize};

/// Normalisation of each example over groups of channels (Wu & He 2018), as PyTorch's `GroupNorm`; one
/// scale and shift a channel. Parameters `weight`, `bias`, `[channels]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupNorm {
    /// Into how many groups the channels are divided.
    pub groups: usize,
    /// Added to the variance.
    pub epsilon: f64,
}

pub(super) const FORMS: &[Declared<GroupNorm>] = &[Declared::new(
    Signature::optional(
        "groupnorm",
        "Each example to mean 0 and variance 1 by groups of channels, then a learned scale and shift by channel.",
        &[Parameter::size("groups", "How many groups; divides the channels.", 1), EPS, INIT],
    )
    .required(1)
    .positional(1),
    |arguments| {
        let (groups, epsilon) = (arguments.size("groups"), arguments.number("eps"));
        Some(GroupNorm { groups: groups?, epsilon: epsilon? })
    },
)
.learns(Learns::Scale)];

impl LayerKind for GroupNorm {
    fn family(&self) -> Family {
        Family::Normalization
    }

    fn output(&self, input: Shape) -> Result<Shape, ShapeProblem> {
        check_groups(input.channels(), self.groups)?;
        Ok(input)
    }

    fn tensors(&self, input: Shape) -> Vec<WeightTensor> {
        scale_and_shift(vec![input.channels()])
    }

    fn single_value(&self, input: Shape) -> Option<SingleValue> {
        let (channels, groups) = (input.channels(), self.groups);
        let single = input.elements() / channels.max(1) == 1 && channels == groups;
        single.then(|| SingleValue {
            of: "each group",
            over_batch: false,
            note: Some(format!("{groups} channels in {groups} groups, at one position")),
            help: if groups > 2 && groups.is_multiple_of(2) {
                format!("write fewer groups, for example `groupnorm({})`, or `layernorm()`", groups / 2)
            } else {
                "write `layernorm()`, or leave the normalisation out".to_owned()
            },
        })
    }

    fn text(&self, _input: Shape) -> String {
        format!("groupnorm({}, eps={})", self.groups, number(self.epsilon))
    }

    fn latex(&self, equation: &Equation<'_>) -> String {
        let groups = format!("{}\\text{{ groups}}, \\, {}", self.groups, epsilon_in_latex(self.epsilon));
        equation.function("groupnorm", Some(&groups))
    }
}
