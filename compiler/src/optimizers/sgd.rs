//! Stochastic gradient descent, with and without momentum.

use super::kind::{OptimizerKind, PENALTY};
use crate::bounds::Bounds;
use crate::numbers::number;
use crate::signature::{Declared, Parameter, Signature};
use serde::{Deserialize, Serialize};

/// Stochastic gradient descent as PyTorch has it: v ← momentum·v + g, w ← w − lr·v.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sgd {
    /// Base learning rate.
    pub learning_rate: f64,
    /// Momentum, 0 for none.
    pub momentum: f64,
    /// Whether to look ahead (g + momentum·v).
    pub nesterov: bool,
    /// L2 in the gradient.
    pub weight_decay: f64,
}

pub(super) const DECLARED: Declared<Sgd> = Declared {
    signature: Signature::optional(
        "sgd",
        "Stochastic gradient descent: v ← momentum·v + g, w ← w − lr·v.",
        &[
            Parameter::number("lr", "Learning rate, positive.", Bounds::Single),
            Parameter::number("momentum", "Share of the last step that is kept, below 1.", Bounds::BelowOne)
                .default("0"),
            Parameter::flag("nesterov", "Whether to look ahead along the momentum.").default("false"),
            PENALTY,
        ],
    )
    .required(1)
    .positional(1),
    read: |arguments| {
        let (learning_rate, momentum) = (arguments.number("lr"), arguments.number("momentum"));
        let (nesterov, weight_decay) = (arguments.flag("nesterov"), arguments.number("weight_decay"));
        let (momentum, nesterov) = (momentum?, nesterov?);
        if nesterov && momentum == 0.0 {
            let message = "`nesterov` looks ahead along the momentum, and there is none".to_owned();
            arguments.refuse("nesterov", message, "needs `momentum`");
            return None;
        }
        Some(Sgd { learning_rate: learning_rate?, momentum, nesterov, weight_decay: weight_decay? })
    },
};

impl OptimizerKind for Sgd {
    fn signature(&self) -> Signature {
        DECLARED.signature
    }

    fn arguments(&self) -> Vec<String> {
        let numbers = [self.learning_rate, self.momentum, self.weight_decay].map(number);
        let [learning_rate, momentum, weight_decay] = numbers;
        vec![learning_rate, momentum, self.nesterov.to_string(), weight_decay]
    }

    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn weight_decay(&self) -> f64 {
        self.weight_decay
    }

    fn moments(&self) -> &'static [&'static str] {
        if self.momentum == 0.0 { &[] } else { &["momentum"] }
    }
}
