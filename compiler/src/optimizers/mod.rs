//! Optimizers, a file each: the arguments, the text, and what is remembered of each number that is trained.
//!
//! A new one is its file here, and in this one its module, a variant of [`Optimizer`], a line of `kind` and a row of
//! `OPTIMIZERS`; its update stands in each backend's `update.rs`. All else that is said of optimizers comes from here.

mod adam;
mod adamw;
mod kind;
mod rmsprop;
mod sgd;

pub use adam::Adam;
pub use adamw::AdamW;
pub use rmsprop::RmsProp;
pub use sgd::Sgd;

use crate::signature::{Declared, Signature, signatures};
use kind::OptimizerKind;
use serde::{Deserialize, Serialize};

/// How parameters follow the gradient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Optimizer {
    /// Adam.
    Adam(Adam),
    /// Adam with a weight decay that bypasses its moments.
    AdamW(AdamW),
    /// Stochastic gradient descent.
    Sgd(Sgd),
    /// Steps over the root of the gradient's mean square.
    RmsProp(RmsProp),
}

/// Every optimizer, in the order of the reference.
pub(crate) const OPTIMIZERS: [Declared<Optimizer>; 4] = [
    Declared { signature: adam::DECLARED.signature, read: |given| (adam::DECLARED.read)(given).map(Optimizer::Adam) },
    Declared {
        signature: adamw::DECLARED.signature,
        read: |given| (adamw::DECLARED.read)(given).map(Optimizer::AdamW),
    },
    Declared { signature: sgd::DECLARED.signature, read: |given| (sgd::DECLARED.read)(given).map(Optimizer::Sgd) },
    Declared {
        signature: rmsprop::DECLARED.signature,
        read: |given| (rmsprop::DECLARED.read)(given).map(Optimizer::RmsProp),
    },
];

/// The signatures of all optimizers.
pub(crate) const OPTIMIZER_VALUES: &[Signature] = &signatures(&OPTIMIZERS);

impl Optimizer {
    fn kind(&self) -> &dyn OptimizerKind {
        match self {
            Self::Adam(kind) => kind,
            Self::AdamW(kind) => kind,
            Self::Sgd(kind) => kind,
            Self::RmsProp(kind) => kind,
        }
    }

    /// The base learning rate.
    pub fn learning_rate(&self) -> f64 {
        self.kind().learning_rate()
    }

    /// The weight decay, however it acts; 0 for none.
    pub fn weight_decay(&self) -> f64 {
        self.kind().weight_decay()
    }

    /// The names of what it remembers of each number that it trains; empty where it remembers nothing.
    pub fn moments(&self) -> &'static [&'static str] {
        self.kind().moments()
    }

    /// Its name and all its arguments: `sgd lr=0.1 momentum=0.9 nesterov=false weight_decay=0`.
    pub fn text(&self) -> String {
        let signature = self.kind().signature();
        let arguments = self.kind().arguments();
        let arguments = signature.parameters.iter().zip(arguments).map(|(of, value)| format!(" {}={value}", of.name));
        std::iter::once(signature.name.to_owned()).chain(arguments).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_names_all_its_arguments_and_remembers_each_thing_once() {
        let [adam, adamw] = [1e-2, 0.5].map(|weight_decay| (1e-3, [0.9, 0.999], 1e-8, weight_decay));
        let all = [
            (
                Optimizer::Adam(Adam { learning_rate: adam.0, betas: adam.1, epsilon: adam.2, weight_decay: adam.3 }),
                "adam lr=0.001 betas=[0.9, 0.999] eps=1e-8 weight_decay=0.01",
            ),
            (
                Optimizer::AdamW(AdamW {
                    learning_rate: adamw.0,
                    betas: adamw.1,
                    epsilon: adamw.2,
                    weight_decay: adamw.3,
                }),
                "adamw lr=0.001 betas=[0.9, 0.999] eps=1e-8 weight_decay=0.5",
            ),
            (
                Optimizer::Sgd(Sgd { learning_rate: 0.1, momentum: 0.9, nesterov: true, weight_decay: 0.0 }),
                "sgd lr=0.1 momentum=0.9 nesterov=true weight_decay=0",
            ),
            (
                Optimizer::RmsProp(RmsProp {
                    learning_rate: 0.1,
                    beta: 0.99,
                    epsilon: 1e-8,
                    momentum: 0.9,
                    centered: true,
                    weight_decay: 0.0,
                }),
                "rmsprop lr=0.1 beta=0.99 eps=1e-8 momentum=0.9 centered=true weight_decay=0",
            ),
        ];
        for (optimizer, text) in all {
            assert_eq!(optimizer.text(), text);
            let (signature, moments) = (optimizer.kind().signature(), optimizer.moments());
            assert_eq!(optimizer.kind().arguments().len(), signature.parameters.len(), "{text}");
            assert!(moments.iter().enumerate().all(|(at, name)| !moments[..at].contains(name)), "{text}");
            let written = serde_json::to_string(&optimizer).expect("it has only string keys and finite numbers");
            assert_eq!(serde_json::from_str::<Optimizer>(&written).expect("it was just written"), optimizer);
        }
    }
}
