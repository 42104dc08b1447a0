//! `adaptive_avgpool(…)` and `global_avgpool`: means over as many windows as give the wanted extent.

use super::equation::Equation;
use super::kind::{Declared, Family, LayerKind, ShapeProblem};
use super::window::{one_size, pair};
use crate::ir::Shape;
use crate::signature::{Parameter, Signature};
use serde::{Deserialize, Serialize};

/// Means over windows chosen so that the output has this size; window i of n over s rows covers
/// `⌊i·s/n⌋ … ⌈(i+1)·s/n⌉`. A global average is the size `[1, 1]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdaptiveAvgPool {
    /// Output rows and columns.
    pub size: [usize; 2],
}

pub(super) const FORMS: &[Declared<AdaptiveAvgPool>] = &[
    Declared::new(Signature::constant("global_avgpool", "The mean of each channel."), |_| {
        Some(AdaptiveAvgPool { size: [1, 1] })
    }),
    Declared::new(
        Signature::optional(
            "adaptive_avgpool",
            "Means over as many windows as give the wanted extent.",
            &[Parameter::pair("size", "Extent that comes out, one number or `[rows, columns]`.", 1)],
        )
        .required(1),
        |arguments| Some(AdaptiveAvgPool { size: arguments.pair("size")? }),
    ),
];

impl LayerKind for AdaptiveAvgPool {
    fn family(&self) -> Family {
        Family::Pool
    }

    fn settle(&mut self, input: Shape) -> Result<(), ShapeProblem> {
        if matches!(input, Shape::Sequence { .. }) {
            self.size = one_size(self.size, 1)?;
        }
        Ok(())
    }

    fn output(&self, input: Shape) -> Result<Shape, ShapeProblem> {
        let [height, width] = self.size;
        match input {
            Shape::Image { channels, .. } => Ok(Shape::Image { channels, height, width }),
            Shape::Sequence { channels, .. } => Ok(Shape::Sequence { channels, length: width }),
            Shape::Vector { .. } => Err(ShapeProblem::Kind { wanted: "an image" }),
        }
    }

    fn text(&self, input: Shape) -> String {
        match input {
            Shape::Sequence { .. } => format!("adaptive_avgpool({})", self.size[1]),
            Shape::Image { .. } | Shape::Vector { .. } => format!("adaptive_avgpool({})", pair(self.size)),
        }
    }

    fn latex(&self, equation: &Equation<'_>) -> String {
        let [rows, columns] = self.size;
        equation.function("avgpool", Some(&format!("\\to {rows} \\times {columns}")))
    }
}
