//! The end of a `residual`: its input plus the output of an earlier layer.

use super::container::{Container, RESIDUAL, equal};
use super::equation::Equation;
use super::kind::{Declared, Family, LayerKind};
use crate::ir::Shape;
use crate::signature::Signature;
use serde::{Deserialize, Serialize};

/// Its input plus the output of an earlier layer, of the same shape: the end of a `residual`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Add {
    /// The layer whose output is added, or [`crate::ir::INPUT`].
    pub other: String,
}

pub(super) const CONTAINER: Container<Add> = Container {
    signature: Signature::constant(RESIDUAL, "`residual { … }`: adds its input to its body's output."),
    join: |mut others| Add { other: others.pop().expect("a residual has two branches") },
    shape: equal,
    rule: "adds its branches, so their shapes must be equal",
};

/// No layer of a spec is written as one.
pub(super) const FORMS: &[Declared<Add>] = &[];

impl LayerKind for Add {
    fn family(&self) -> Family {
        Family::Join
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
