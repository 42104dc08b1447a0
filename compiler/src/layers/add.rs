//! The end of a `residual`: its input plus the output of an earlier layer.

use super::equation::Equation;
use super::kind::{Family, LayerKind};
use crate::ir::Shape;
use serde::{Deserialize, Serialize};

/// Its input plus the output of an earlier layer, of the same shape: the end of a `residual`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Add {
    /// The layer whose output is added, or [`crate::ir::INPUT`].
    pub other: String,
}

impl LayerKind for Add {
    fn family(&self) -> Family {
        Family::Addition
    }

    fn others(&self) -> &[String] {
        std::slice::from_ref(&self.other)
    }

    fn text(&self, _input: Shape) -> String {
        format!("add({})", self.other)
    }

    fn latex(&self, equation: &Equation<'_>) -> String {
        format!("{} + {}", equation.input, (equation.output_of)(&self.other))
    }
}
