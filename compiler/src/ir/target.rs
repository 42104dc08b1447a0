//! What is to be predicted of each example.

use serde::{Deserialize, Serialize};

/// What is to be predicted of each example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Target {
    /// One of several classes.
    Classes {
        /// How many.
        count: usize,
        /// What each is called where the spec says so, in the order of their numbers.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        names: Vec<String>,
    },
    /// Real numbers.
    Values {
        /// What each is called.
        names: Vec<String>,
        /// Whether the network is trained on (y − mean) / std, by the statistics of the training split. Scores are in the
        /// targets' own units all the same.
        normalize: bool,
    },
}

impl Target {
    /// So many classes without names.
    pub const fn of_classes(count: usize) -> Self {
        Self::Classes { count, names: Vec::new() }
    }

    /// How many classes there are; `None` for real numbers.
    pub const fn classes(&self) -> Option<usize> {
        match self {
            Self::Classes { count, .. } => Some(*count),
            Self::Values { .. } => None,
        }
    }

    /// How many real numbers there are to predict; `None` for classes.
    pub fn values(&self) -> Option<usize> {
        match self {
            Self::Values { names, .. } => Some(names.len()),
            Self::Classes { .. } => None,
        }
    }
}
