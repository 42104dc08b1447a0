//! `upsample(…)`: more rows and columns, made of those there are.

use super::equation::Equation;
use super::kind::{Declared, Family, LayerKind, ShapeProblem};
use super::window::{one_size, pair};
use crate::ir::Shape;
use crate::signature::{Parameter, Signature};
use serde::{Deserialize, Serialize};

/// Rows and columns made more, as PyTorch's `Upsample` with `align_corners=False`; along a sequence its `linear`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upsample {
    /// How many times as many rows and columns come out.
    pub factor: [usize; 2],
    /// How a place is made of those there are.
    pub mode: Interpolation,
}

/// How a place is made of those around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interpolation {
    /// The one that it lies in.
    Nearest,
    /// The nearest two along each axis, by their distance.
    Bilinear,
}

const NEAREST: &str = "nearest";
const BILINEAR: &str = "bilinear";
const INTERPOLATIONS: [(&str, Interpolation); 2] =
    [(NEAREST, Interpolation::Nearest), (BILINEAR, Interpolation::Bilinear)];
const MODES: &[Signature] = &[
    Signature::constant(NEAREST, "A copy of the place it lies in."),
    Signature::constant(BILINEAR, "Between the nearest two along each axis, by distance; beyond the outermost a copy."),
];

pub(super) const FORMS: &[Declared<Upsample>] = &[Declared::new(
    Signature::optional(
        "upsample",
        "More rows and columns: copies of those there are or, with `mode=bilinear`, values between them (corners not \
         aligned).",
        &[
            Parameter::pair("factor", "How many times as many come out, one number or `[rows, columns]`.", 1),
            Parameter::new("mode", "What is put between them.").default(NEAREST).values(MODES),
        ],
    )
    .required(1)
    .positional(1),
    |arguments| {
        let (factor, mode) = (arguments.pair("factor"), arguments.word("mode"));
        let word = mode?;
        let (_, mode) = INTERPOLATIONS.into_iter().find(|(name, _)| *name == word)?;
        Some(Upsample { factor: factor?, mode })
    },
)];

impl Upsample {
    /// The places along an axis of `size` that an output place is made of, with their shares. With factor f, place o of
    /// the output lies at (o + ½)/f − ½ of the input, at least 0.
    pub fn shares(&self, axis: usize, size: usize, place: usize) -> Vec<(usize, f64)> {
        let factor = self.factor[axis];
        match self.mode {
            Interpolation::Nearest => vec![(place / factor, 1.0)],
            Interpolation::Bilinear => {
                let at = ((place as f64 + 0.5) / factor as f64 - 0.5).max(0.0);
                let first = (at as usize).min(size - 1);
                let share = at - first as f64;
                let second = (first + 1).min(size - 1);
                if share == 0.0 || second == first {
                    vec![(first, 1.0)]
                } else {
                    vec![(first, 1.0 - share), (second, share)]
                }
            }
        }
    }
}

impl LayerKind for Upsample {
    fn family(&self) -> Family {
        Family::Pool
    }

    fn settle(&mut self, input: Shape) -> Result<(), ShapeProblem> {
        if matches!(input, Shape::Sequence { .. }) {
            self.factor = one_size(self.factor, 1)?;
        }
        Ok(())
    }

    fn output(&self, input: Shape) -> Result<Shape, ShapeProblem> {
        let larger = |size: usize, axis: usize| size.checked_mul(self.factor[axis]).ok_or(ShapeProblem::TooLarge);
        match input {
            Shape::Image { channels, height, width } => {
                Ok(Shape::Image { channels, height: larger(height, 0)?, width: larger(width, 1)? })
            }
            Shape::Sequence { channels, length } => Ok(Shape::Sequence { channels, length: larger(length, 1)? }),
            Shape::Vector { .. } => Err(ShapeProblem::Kind { wanted: "an image" }),
        }
    }

    fn text(&self, input: Shape) -> String {
        let factor = match input {
            Shape::Sequence { .. } => self.factor[1].to_string(),
            Shape::Image { .. } | Shape::Vector { .. } => pair(self.factor),
        };
        let mode = match self.mode {
            Interpolation::Nearest => NEAREST,
            Interpolation::Bilinear => BILINEAR,
        };
        format!("upsample({factor}, mode={mode})")
    }

    fn latex(&self, equation: &Equation<'_>) -> String {
        let [rows, columns] = self.factor;
        let mode = match self.mode {
            Interpolation::Nearest => NEAREST,
            Interpolation::Bilinear => BILINEAR,
        };
        equation.function("upsample", Some(&format!("{rows} \\times {columns}, \\, \\text{{{mode}}}")))
    }
}
