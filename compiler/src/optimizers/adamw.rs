//! Adam with a weight decay of its own.

use super::adam::{BETAS, MOMENTS, betas, written};
use super::kind::{ADAPTIVE_RATE, EPS, OptimizerKind};
use crate::bounds::Bounds;
use crate::numbers::number;
use crate::signature::{Declared, Parameter, Signature};
use serde::{Deserialize, Serialize};

/// AdamW (Loshchilov & Hutter 2019); the decay bypasses the moments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdamW {
    /// Base learning rate.
    pub learning_rate: f64,
    /// Decay of the first and second moment.
    pub betas: [f64; 2],
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Decoupled decay.
    pub weight_decay: f64,
}

pub(super) const DECLARED: Declared<AdamW> = Declared {
    signature: Signature::optional(
        "adamw",
        "AdamW (Loshchilov & Hutter 2019): the decay bypasses the moments.",
        &[
            ADAPTIVE_RATE,
            BETAS,
            EPS,
            Parameter::number(
                "weight_decay",
                "Decoupled decay of all but the learned noise; excludes `bayes` layers.",
                Bounds::NotNegative,
            )
            .default("0.01"),
        ],
    )
    .positional(1),
    read: |arguments| {
        let (learning_rate, betas) = (arguments.number("lr"), betas(arguments));
        let (epsilon, weight_decay) = (arguments.number("eps"), arguments.number("weight_decay"));
        Some(AdamW { learning_rate: learning_rate?, betas: betas?, epsilon: epsilon?, weight_decay: weight_decay? })
    },
};

impl OptimizerKind for AdamW {
    fn signature(&self) -> Signature {
        DECLARED.signature
    }

    fn arguments(&self) -> Vec<String> {
        vec![number(self.learning_rate), written(self.betas), number(self.epsilon), number(self.weight_decay)]
    }

    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn weight_decay(&self) -> f64 {
        self.weight_decay
    }

    fn moments(&self) -> &'static [&'static str] {
        MOMENTS
    }
}
