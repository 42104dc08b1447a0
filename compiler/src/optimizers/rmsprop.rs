//! RMSprop.

use super::kind::{ADAPTIVE_RATE, EPS, OptimizerKind, PENALTY};
use crate::bounds::Bounds;
use crate::numbers::number;
use crate::signature::{Declared, Parameter, Signature};
use serde::{Deserialize, Serialize};

/// RMSprop (Tieleman & Hinton 2012, lecture 6.5) as PyTorch has it: s ← β·s + (1 − β)·g², w ← w − lr·g/(√s + ε), with a
/// momentum on the steps if wanted (Graves 2013, section 2.1).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RmsProp {
    /// Base learning rate.
    pub learning_rate: f64,
    /// Decay of the moments, PyTorch's `alpha`.
    pub beta: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Momentum, 0 for none: v ← momentum·v + g/(√s + ε), w ← w − lr·v.
    pub momentum: f64,
    /// Whether the square of the gradient's mean is taken from the second moment, which leaves its variance.
    pub centered: bool,
    /// L2 in the gradient.
    pub weight_decay: f64,
}

pub(super) const DECLARED: Declared<RmsProp> = Declared {
    signature: Signature::optional(
        "rmsprop",
        "RMSprop (Tieleman & Hinton 2012): the gradient over the root of its mean square.",
        &[
            ADAPTIVE_RATE,
            Parameter::number("beta", "Decay of the moments; PyTorch’s `alpha`.", Bounds::BelowOne).default("0.99"),
            EPS,
            Parameter::number("momentum", "Share of the last step that is kept, below 1.", Bounds::BelowOne)
                .default("0"),
            Parameter::flag("centered", "Whether the gradient’s variance takes the place of its mean square.")
                .default("false"),
            PENALTY,
        ],
    )
    .positional(1),
    read: |arguments| {
        let (learning_rate, beta) = (arguments.number("lr"), arguments.number("beta"));
        let (epsilon, momentum) = (arguments.number("eps"), arguments.number("momentum"));
        let (centered, weight_decay) = (arguments.flag("centered"), arguments.number("weight_decay"));
        Some(RmsProp {
            learning_rate: learning_rate?,
            beta: beta?,
            epsilon: epsilon?,
            momentum: momentum?,
            centered: centered?,
            weight_decay: weight_decay?,
        })
    },
};

impl OptimizerKind for RmsProp {
    fn signature(&self) -> Signature {
        DECLARED.signature
    }

    fn arguments(&self) -> Vec<String> {
        let numbers = [self.learning_rate, self.beta, self.epsilon, self.momentum].map(number);
        numbers.into_iter().chain([self.centered.to_string(), number(self.weight_decay)]).collect()
    }

    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn weight_decay(&self) -> f64 {
        self.weight_decay
    }

    fn moments(&self) -> &'static [&'static str] {
        match (self.centered, self.momentum != 0.0) {
            (false, false) => &["second_moment"],
            (false, true) => &["second_moment", "momentum"],
            (true, false) => &["second_moment", "first_moment"],
            (true, true) => &["second_moment", "first_moment", "momentum"],
        }
    }
}
