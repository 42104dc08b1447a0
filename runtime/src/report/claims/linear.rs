//! A claim as a function of metrics, with its slope in each.

use super::ClaimError;
use elbo_compiler::ir::{ClaimExpression, ClaimFigure};

/// A value, and what it changes by with each metric, in the order in which they are numbered.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Linear {
    /// The value.
    pub value: f64,
    /// Its partial derivatives.
    pub slopes: Vec<f64>,
}

impl Linear {
    /// Left less right, where `values` are those of `figures`.
    ///
    /// # Errors
    /// [`ClaimError::Arithmetic`] if the value or a slope is not finite.
    pub fn difference(
        sides: [&ClaimExpression; 2],
        figures: &[&ClaimFigure],
        values: &[f64],
    ) -> Result<Self, ClaimError> {
        let [left, right] = sides.map(|side| Self::of(side, figures, values));
        left.combined(&right, left.value - right.value, 1.0, -1.0).finite()
    }

    /// An expression where `values` are those of `figures`.
    ///
    /// # Errors
    /// [`ClaimError::Arithmetic`] if the value or a slope is not finite.
    pub fn new(expression: &ClaimExpression, figures: &[&ClaimFigure], values: &[f64]) -> Result<Self, ClaimError> {
        Self::of(expression, figures, values).finite()
    }

    fn of(expression: &ClaimExpression, figures: &[&ClaimFigure], values: &[f64]) -> Self {
        let both = |sides: &[ClaimExpression; 2]| [&sides[0], &sides[1]].map(|side| Self::of(side, figures, values));
        match expression {
            ClaimExpression::Number(value) => Self { value: *value, slopes: vec![0.0; figures.len()] },
            ClaimExpression::Figure(figure) => {
                let place = figures.iter().position(|known| *known == figure);
                let slopes = (0..figures.len()).map(|other| if Some(other) == place { 1.0 } else { 0.0 }).collect();
                Self { value: place.map_or(f64::NAN, |place| values[place]), slopes }
            }
            ClaimExpression::Add(sides) => {
                let [left, right] = both(sides);
                left.combined(&right, left.value + right.value, 1.0, 1.0)
            }
            ClaimExpression::Subtract(sides) => {
                let [left, right] = both(sides);
                left.combined(&right, left.value - right.value, 1.0, -1.0)
            }
            ClaimExpression::Multiply(sides) => {
                let [left, right] = both(sides);
                left.combined(&right, left.value * right.value, right.value, left.value)
            }
            ClaimExpression::Divide(sides) => {
                let [left, right] = both(sides);
                let value = left.value / right.value;
                left.combined(&right, value, 1.0 / right.value, -value / right.value)
            }
        }
    }

    fn combined(&self, other: &Self, value: f64, own: f64, others: f64) -> Self {
        let slopes = self.slopes.iter().zip(&other.slopes).map(|(a, b)| own * a + others * b).collect();
        Self { value, slopes }
    }

    fn finite(self) -> Result<Self, ClaimError> {
        let finite = self.value.is_finite() && self.slopes.iter().all(|slope| slope.is_finite());
        if finite { Ok(self) } else { Err(ClaimError::Arithmetic) }
    }
}

/// Every figure that is spoken of, once each.
pub(super) fn figures_of<'c>(sides: impl IntoIterator<Item = &'c ClaimExpression>) -> Vec<&'c ClaimFigure> {
    let mut found = Vec::new();
    sides.into_iter().for_each(|side| collect(side, &mut found));
    found
}

fn collect<'c>(expression: &'c ClaimExpression, found: &mut Vec<&'c ClaimFigure>) {
    match expression {
        ClaimExpression::Number(_) => {}
        ClaimExpression::Figure(figure) => {
            if !found.contains(&figure) {
                found.push(figure);
            }
        }
        ClaimExpression::Add(sides)
        | ClaimExpression::Subtract(sides)
        | ClaimExpression::Multiply(sides)
        | ClaimExpression::Divide(sides) => sides.iter().for_each(|side| collect(side, found)),
    }
}

/// What is divided by and is no plain number, innermost first.
pub(super) fn divisors_of<'c>(expression: &'c ClaimExpression, found: &mut Vec<&'c ClaimExpression>) {
    match expression {
        ClaimExpression::Number(_) | ClaimExpression::Figure(_) => {}
        ClaimExpression::Add(sides) | ClaimExpression::Subtract(sides) | ClaimExpression::Multiply(sides) => {
            sides.iter().for_each(|side| divisors_of(side, found));
        }
        ClaimExpression::Divide(sides) => {
            sides.iter().for_each(|side| divisors_of(side, found));
            if !figures_of([&sides[1]]).is_empty() {
                found.push(&sides[1]);
            }
        }
    }
}
