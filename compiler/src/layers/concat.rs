//! The end of a `concat`: what its branches give, one after the other.

use super::container::Container;
use super::equation::Equation;
use super::kind::{Declared, Family, LayerKind};
use crate::ir::Shape;
use crate::signature::Signature;
use serde::{Deserialize, Serialize};

/// The channels of earlier outputs and then of its input, one after the other; of vectors the features. Images and
/// sequences must have one size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concat {
    /// The layers whose outputs come before its input, in order, or [`crate::ir::INPUT`].
    pub before: Vec<String>,
}

pub(super) const CONTAINER: Container<Concat> = Container {
    signature: Signature::constant(
        "concat",
        "The channels of all branches one after the other, of vectors the features; all else must be equal.",
    ),
    join: |before| Concat { before },
    shape: |shapes| {
        let (first, rest) = shapes.split_first()?;
        rest.iter().try_fold(*first, |sum, shape| together(sum, *shape))
    },
    rule: "puts the channels of its branches one after the other, so all else must be equal",
};

/// No layer of a spec is written as one.
pub(super) const FORMS: &[Declared<Concat>] = &[];

/// The shape of two values, one after the other.
fn together(first: Shape, second: Shape) -> Option<Shape> {
    let sum = first.channels().saturating_add(second.channels());
    match (first, second) {
        (Shape::Image { height, width, .. }, Shape::Image { height: rows, width: columns, .. }) => {
            ([height, width] == [rows, columns]).then_some(Shape::Image { channels: sum, height, width })
        }
        (Shape::Sequence { length, .. }, Shape::Sequence { length: other, .. }) => {
            (length == other).then_some(Shape::Sequence { channels: sum, length })
        }
        (Shape::Vector { features }, Shape::Vector { features: other }) => {
            Some(Shape::Vector { features: features.saturating_add(other) })
        }
        (Shape::Image { .. } | Shape::Sequence { .. } | Shape::Vector { .. }, _) => None,
    }
}

impl LayerKind for Concat {
    fn family(&self) -> Family {
        Family::Join
    }

    fn others(&self) -> &[String] {
        &self.before
    }

    fn text(&self, _input: Shape) -> String {
        format!("concat({})", self.before.join(", "))
    }

    fn latex(&self, equation: &Equation<'_>) -> String {
        let before = self.before.iter().map(|layer| (equation.output_of)(layer));
        let all: Vec<String> = before.chain([equation.input.to_owned()]).collect();
        format!("\\operatorname{{concat}}({})", all.join(", "))
    }
}
