//! What the numbers of a network's last layer mean: a file for each family of outputs, and the table of them all.
//!
//! A family says how its line of a spec is read, how many numbers it wants, what it learns beside the layers, and how it is
//! told in words and equations. What holds for all families that predict the same kind of thing is in [`TargetKind`].

mod categorical;
mod family;
mod gaussian;
mod noise_model;
mod poisson;
mod student_t;
mod target_kind;

pub use categorical::{Categorical, ProbabilityLink};
pub use family::{LearnedVector, Misfit, Observed, OutputFamily, Phrases, TargetValues};
pub use gaussian::{Gaussian, LOG_VARIANCE};
pub use noise_model::NoiseModel;
pub use poisson::Poisson;
pub use student_t::StudentT;
pub use target_kind::{KindFacts, TargetKind};

use crate::ir::Target;
use crate::signature::{Declared, signatures};
use crate::vocabulary::Signature;
use serde::{Deserialize, Serialize};

/// How the last layer's output is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// Unnormalised scores of classes.
    Categorical(Categorical),
    /// A normal distribution for each of several real targets, given the network independent of each other.
    Gaussian(Gaussian),
    /// A Poisson distribution for each of several counts.
    Poisson(Poisson),
    /// A Student-t distribution for each of several real targets.
    StudentT(StudentT),
}

/// Every family, in the order of the reference.
pub(crate) const FAMILIES: [Declared<Output>; 4] = [
    Declared {
        signature: categorical::SIGNATURE,
        read: |arguments| categorical::read(arguments).map(Output::Categorical),
    },
    Declared { signature: gaussian::SIGNATURE, read: |arguments| gaussian::read(arguments).map(Output::Gaussian) },
    Declared { signature: poisson::SIGNATURE, read: |_| Some(Output::Poisson(Poisson {})) },
    Declared { signature: student_t::SIGNATURE, read: |arguments| student_t::read(arguments).map(Output::StudentT) },
];

impl Output {
    /// The family it is of.
    pub fn family(&self) -> &dyn OutputFamily {
        match self {
            Self::Categorical(family) => family,
            Self::Gaussian(family) => family,
            Self::Poisson(family) => family,
            Self::StudentT(family) => family,
        }
    }

    /// What it predicts.
    pub fn kind(&self) -> TargetKind {
        self.family().kind()
    }

    /// Its name in specs and reports.
    pub fn name(&self) -> &'static str {
        self.family().signature().name
    }

    /// How many numbers a network with this output must give; `None` where output and target are of different kinds, or
    /// more than can be counted.
    pub fn outputs_for(&self, target: &Target) -> Option<usize> {
        let count = match target {
            Target::Classes { count, .. } => *count,
            Target::Values { names, .. } => names.len(),
        };
        (self.kind() == TargetKind::of(target)).then(|| self.family().outputs(count)).flatten()
    }
}

/// The signatures of all families.
pub(crate) const OUTPUTS: &[Signature] = &signatures(&FAMILIES);

#[cfg(test)]
mod tests;
