//! How a posterior is found, as the IR says it.

use serde::{Deserialize, Serialize};

/// How the posterior of a run's weights is found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Inference {
    /// The parameters of one network are the posterior, and training fits them to the objective: a Gaussian for each weight
    /// of a `bayes` layer, masks of `dropout` layers, single values of `point` layers.
    #[default]
    Variational,
}

impl Inference {
    /// Whether draws differ even where nothing in the network is random.
    pub fn is_random(&self) -> bool {
        match self {
            Self::Variational => false,
        }
    }

    /// Whether it is how networks are trained where nothing else is said, which the IR leaves out.
    pub fn is_variational(&self) -> bool {
        *self == Self::Variational
    }
}
