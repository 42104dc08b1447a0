//! `flatten`: image or sequence to vector, in channel, row, column order.

use super::equation::Equation;
use super::kind::{Declared, Family, LayerKind, ShapeProblem};
use crate::ir::Shape;
use crate::signature::Signature;

/// The kind of [`super::Operation::Flatten`], which has no parameters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flatten;

pub(super) const FORMS: &[Declared<Flatten>] = &[Declared::new(
    Signature::constant("flatten", "Image or sequence to vector, in the order channel, row, column."),
    |_| Some(Flatten),
)];

impl LayerKind for Flatten {
    fn family(&self) -> Family {
        Family::Flatten
    }

    fn output(&self, input: Shape) -> Result<Shape, ShapeProblem> {
        Ok(Shape::Vector { features: input.elements() })
    }

    fn text(&self, _input: Shape) -> String {
        "flatten".to_owned()
    }

    fn latex(&self, equation: &Equation<'_>) -> String {
        equation.function("vec", None)
    }
}
