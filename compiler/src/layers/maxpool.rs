//! `maxpool(…)`: the largest number of each window.

use super::equation::Equation;
use super::kind::{Declared, Family, LayerKind, ShapeProblem};
use super::pool;
use super::window::Window;
use crate::ir::Shape;
use crate::signature::Signature;
use serde::{Deserialize, Serialize};

/// The largest value of each window; its gradient goes to the first of equal maxima.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaxPool {
    /// The window.
    pub window: Window,
}

pub(super) const FORMS: &[Declared<MaxPool>] = &[Declared::new(
    Signature::optional("maxpool", "The largest number of each window, by channel.", pool::PARAMETERS).required(1),
    |arguments| Some(MaxPool { window: pool::read(arguments)? }),
)];

impl LayerKind for MaxPool {
    fn family(&self) -> Family {
        Family::Pool
    }

    fn settle(&mut self, input: Shape) -> Result<(), ShapeProblem> {
        pool::settle(&mut self.window, input)
    }

    fn output(&self, input: Shape) -> Result<Shape, ShapeProblem> {
        pool::output(&self.window, input)
    }

    fn text(&self, input: Shape) -> String {
        format!("maxpool({})", pool::text(&self.window, input))
    }

    fn latex(&self, equation: &Equation<'_>) -> String {
        equation.function("maxpool", Some(&pool::latex(&self.window, equation.shape)))
    }
}
