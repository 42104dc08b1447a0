//! `avgpool(…)`: the mean of each window.

use super::equation::Equation;
use super::kind::{Declared, Family, LayerKind, ShapeProblem};
use super::pool;
use super::window::Window;
use crate::ir::Shape;
use crate::signature::Signature;
use serde::{Deserialize, Serialize};

/// The mean of each window, padding counted in (PyTorch's default).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AvgPool {
    /// The window.
    pub window: Window,
}

pub(super) const FORMS: &[Declared<AvgPool>] = &[Declared::new(
    Signature::optional("avgpool", "The mean of each window, by channel.", pool::PARAMETERS).required(1),
    |arguments| Some(AvgPool { window: pool::read(arguments)? }),
)];

impl LayerKind for AvgPool {
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
        format!("avgpool({})", pool::text(&self.window, input))
    }

    fn latex(&self, equation: &Equation<'_>) -> String {
        equation.function("avgpool", Some(&pool::latex(&self.window, equation.shape)))
    }
}
