//! What a spec claims of its finished runs.

use super::Metric;
use serde::{Deserialize, Serialize};

/// `claim "TEXT": LEFT > RIGHT of networks`, checked and ready to be evaluated on reports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The sentence between the quotes.
    pub text: String,
    /// What stands on the left of the comparison.
    pub left: ClaimExpression,
    /// How the two sides are compared.
    pub comparison: Comparison,
    /// What stands on the right.
    pub right: ClaimExpression,
    /// What it is about.
    pub estimand: Estimand,
}

impl Claim {
    /// The same of runs by the names that `name` gives them.
    #[must_use]
    pub fn with_runs(mut self, name: &mut dyn FnMut(&str) -> String) -> Self {
        self.left.rename(name);
        self.right.rename(name);
        self
    }
}

/// What a claim is about, which decides what its error is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Estimand {
    /// Networks with the weights they have: other test inputs and other draws could have come.
    Networks,
    /// Procedures of training: other seeds could have come, too.
    Procedures,
}

impl Estimand {
    /// Every estimand, by its word after `of`.
    pub const WORDS: [(&'static str, Self); 2] = [("networks", Self::Networks), ("procedures", Self::Procedures)];
}

/// How the sides of a claim are compared.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Comparison {
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `≈`, or `~`, `within` a margin.
    Equivalent {
        /// How far apart the sides may be, in the unit of the metric: 0.015 for 1.5 points. More than 0.
        margin: f64,
    },
}

/// Arithmetic over figures of runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ClaimExpression {
    /// A number.
    Number(f64),
    /// A figure of a run, or of each member of a sweep.
    Figure(ClaimFigure),
    /// A sum.
    Add(Box<[ClaimExpression; 2]>),
    /// A difference.
    Subtract(Box<[ClaimExpression; 2]>),
    /// A product.
    Multiply(Box<[ClaimExpression; 2]>),
    /// A quotient.
    Divide(Box<[ClaimExpression; 2]>),
}

impl ClaimExpression {
    fn rename(&mut self, name: &mut dyn FnMut(&str) -> String) {
        match self {
            Self::Number(_) => {}
            Self::Figure(figure) => figure.run = name(&figure.run),
            Self::Add(sides) | Self::Subtract(sides) | Self::Multiply(sides) | Self::Divide(sides) => {
                sides.iter_mut().for_each(|side| side.rename(name));
            }
        }
    }
}

/// A figure of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimFigure {
    /// Which figure.
    pub metric: Metric,
    /// Of which run or sweep, by name.
    pub run: String,
}
