//! The scores of the test split, by the kind of thing that is predicted.

use crate::uncertainty::{Evaluation, RegressionEvaluation};
use serde::{Deserialize, Serialize};

/// The scores of the test split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scores {
    /// Of classes.
    Classes(Box<Evaluation>),
    /// Of real targets.
    RealNumbers(Box<RegressionEvaluation>),
}

impl Scores {
    /// Inputs scored.
    pub fn examples(&self) -> usize {
        match self {
            Self::Classes(scores) => scores.examples,
            Self::RealNumbers(scores) => scores.examples,
        }
    }

    /// T, the draws each figure rests on.
    pub fn samples(&self) -> usize {
        match self {
            Self::Classes(scores) => scores.samples,
            Self::RealNumbers(scores) => scores.samples,
        }
    }

    /// Whether there is an epistemic part.
    pub fn has_epistemic(&self) -> bool {
        match self {
            Self::Classes(scores) => scores.epistemic.is_some(),
            Self::RealNumbers(scores) => scores.samples > 1,
        }
    }

    /// The scores of classes, if it is of such.
    pub fn classes(&self) -> Option<&Evaluation> {
        match self {
            Self::Classes(scores) => Some(scores),
            Self::RealNumbers(_) => None,
        }
    }

    /// The scores of real targets, if it is of such.
    pub fn real_numbers(&self) -> Option<&RegressionEvaluation> {
        match self {
            Self::RealNumbers(scores) => Some(scores),
            Self::Classes(_) => None,
        }
    }
}
