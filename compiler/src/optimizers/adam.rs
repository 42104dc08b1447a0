//! Adam.

use super::kind::{ADAPTIVE_RATE, EPS, OptimizerKind, PENALTY};
use crate::bounds::Bounds;
use crate::numbers::number;
use crate::signature::{Declared, Parameter, ReadArguments, Signature};
use serde::{Deserialize, Serialize};

/// Adam (Kingma & Ba 2015); `weight_decay` is added to the gradient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adam {
    /// Base learning rate.
    pub learning_rate: f64,
    /// Decay of the first and second moment.
    pub betas: [f64; 2],
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// L2 in the gradient.
    pub weight_decay: f64,
}

pub(super) const BETAS: Parameter =
    Parameter::new("betas", "Decay of the first and second moment.").default("[0.9, 0.999]");

/// What Adam and its variants remember.
pub(super) const MOMENTS: &[&str] = &["first_moment", "second_moment"];

pub(super) const DECLARED: Declared<Adam> = Declared {
    signature: Signature::optional("adam", "Adam (Kingma & Ba 2015).", &[ADAPTIVE_RATE, BETAS, EPS, PENALTY])
        .positional(1),
    read: |arguments| {
        let (learning_rate, betas) = (arguments.number("lr"), betas(arguments));
        let (epsilon, weight_decay) = (arguments.number("eps"), arguments.number("weight_decay"));
        Some(Adam { learning_rate: learning_rate?, betas: betas?, epsilon: epsilon?, weight_decay: weight_decay? })
    },
};

/// The decay of the two moments.
pub(super) fn betas(arguments: &dyn ReadArguments) -> Option<[f64; 2]> {
    arguments.two_numbers("betas", Bounds::BelowOne, "[0.9, 0.999]")
}

/// The same as a spec writes it.
pub(super) fn written(betas: [f64; 2]) -> String {
    format!("[{}, {}]", number(betas[0]), number(betas[1]))
}

impl OptimizerKind for Adam {
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
