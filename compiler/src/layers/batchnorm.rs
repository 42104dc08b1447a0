//! `batchnorm(…)`: each channel to mean 0 and variance 1 over the batch.

use super::equation::Equation;
use super::kind::{Declared, Family, LayerKind, Learns, SingleValue};
use super::normalization::{EPS, INIT, epsilon_in_latex, scale_and_shift};
use super::tensors::{Statistic, StatisticTensor, WeightTensor};
use crate::bounds::Bounds;
use crate::ir::Shape;
use crate::numbers::number;
use crate::signature::{Parameter, Signature};
use serde::{Deserialize, Serialize};

/// Normalisation over batch (and positions) by channel: batch statistics in training, running
/// statistics at prediction. Parameters `weight`, `bias`; state `running_mean`, `running_var`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchNorm {
    /// Added to the variance.
    pub epsilon: f64,
    /// Weight of the new batch in the running statistics.
    pub momentum: f64,
}

pub(super) const FORMS: &[Declared<BatchNorm>] = &[Declared::new(
    Signature::optional(
        "batchnorm",
        "Each channel to mean 0 and variance 1 over the batch, then a learned scale and shift.",
        &[
            EPS,
            Parameter::number(
                "momentum",
                "Weight of the newest batch in the running statistics that predictions use.",
                Bounds::Share,
            )
            .default("0.1"),
            INIT,
        ],
    )
    .positional(0),
    |arguments| {
        let (epsilon, momentum) = (arguments.number("eps"), arguments.number("momentum"));
        Some(BatchNorm { epsilon: epsilon?, momentum: momentum? })
    },
)
.learns(Learns::Scale)];

impl LayerKind for BatchNorm {
    fn family(&self) -> Family {
        Family::Normalization
    }

    fn tensors(&self, input: Shape) -> Vec<WeightTensor> {
        scale_and_shift(vec![input.channels()])
    }

    fn statistics(&self, input: Shape) -> Vec<StatisticTensor> {
        let of = |kind| StatisticTensor { kind, shape: vec![input.channels()] };
        vec![of(Statistic::Mean), of(Statistic::Variance)]
    }

    fn single_value(&self, input: Shape) -> Option<SingleValue> {
        (input.elements() / input.channels().max(1) == 1).then(|| SingleValue {
            of: "each channel",
            over_batch: true,
            note: None,
            help: "write `layernorm()`".to_owned(),
        })
    }

    fn text(&self, _input: Shape) -> String {
        format!("batchnorm(eps={}, momentum={})", number(self.epsilon), number(self.momentum))
    }

    fn latex(&self, equation: &Equation<'_>) -> String {
        equation.function("batchnorm", Some(&epsilon_in_latex(self.epsilon)))
    }
}
