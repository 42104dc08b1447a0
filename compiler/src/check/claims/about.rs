//! What a claim is about, networks or procedures, and how far apart the sides of an equivalence may be.

use super::claimed::{Claimed, Finished};
use crate::check::Checker;
use crate::check::arguments::Signature;
use crate::check::environment::Environment;
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId};
use crate::ir::{ClaimExpression, ClaimFigure, Comparison, Estimand, Metric};
use elbo_grammar::Span;
use elbo_grammar::ast::{ExpressionKind, Margin};
use std::collections::BTreeSet;

/// Members that a sweep needs before anything is said of its procedure: with two, Student's interval has one degree of
/// freedom and is over six times as wide as with a spread that is known.
pub(crate) const FEWEST_SEEDS: usize = 3;

/// What may stand after `of`, as editors show it.
pub(crate) const ESTIMANDS: &[Signature] = &[
    Signature::constant("networks", "The networks as they are: the error is over test inputs and draws."),
    Signature::constant("procedures", "Training with any seed: the error is over seeds, too."),
];

/// A point is a hundredth.
const POINT: f64 = 0.01;

impl Checker<'_> {
    /// The comparison with its margin, which an equivalence must have and nothing else may have.
    pub(super) fn with_margin(
        &self,
        source: SourceId,
        comparison: Comparison,
        claimed: &Claimed<'_>,
        sides: [&ClaimExpression; 2],
    ) -> Option<Comparison> {
        match (comparison, claimed.margin) {
            (Comparison::Equivalent { .. }, Some(margin)) => {
                self.margin(source, margin, sides).map(|margin| Comparison::Equivalent { margin })
            }
            (Comparison::Equivalent { .. }, None) => {
                let message = "an equivalence says how far apart its sides may be";
                self.report(
                    Diagnostic::new(Code::MarginMissing, message, source, claimed.condition.span, "within what?").help(
                        "write the margin after it, for example `within 1.5 points` of accuracy or `within 0.01` of \
                         NLL",
                    ),
                );
                None
            }
            (Comparison::Greater | Comparison::GreaterOrEqual | Comparison::Less | Comparison::LessOrEqual, None) => {
                Some(comparison)
            }
            (
                Comparison::Greater | Comparison::GreaterOrEqual | Comparison::Less | Comparison::LessOrEqual,
                Some(margin),
            ) => {
                let message = "only an equivalence has a margin";
                self.report(
                    Diagnostic::new(Code::MarginMissing, message, source, margin.span, "this is an inequality")
                        .help("compare with `≈` (or `~`), or add the margin to one side, as in `accuracy(a) > accuracy(b) + 0.01`"),
                );
                None
            }
        }
    }

    fn margin(&self, source: SourceId, margin: &Margin, sides: [&ClaimExpression; 2]) -> Option<f64> {
        // `1.5points` is a number with a unit, `1.5 points` a number and a word.
        let mut plain = margin.value.clone();
        let mut in_points = margin.points.is_some();
        if let ExpressionKind::Number(number) = &mut plain.kind
            && number.unit.as_ref().is_some_and(|unit| matches!(unit.value.as_str(), "point" | "points"))
        {
            number.unit = None;
            in_points = true;
        }
        let value = self.real(&plain, &Environment::empty(source), "the margin of a claim")?;
        if !(value > 0.0 && value.is_finite()) {
            self.report(
                Diagnostic::new(Code::BadMargin, "a margin is more than 0", source, margin.value.span, "not positive")
                    .help("say how large a difference would still mean nothing to you"),
            );
            return None;
        }
        let figures = figures(sides);
        let other = figures.iter().find(|figure| !is_share(figure.metric));
        if in_points && other.is_some() {
            let message = "points are hundredths of a share, and this claim compares something else";
            self.report(
                Diagnostic::new(Code::BadMargin, message, source, margin.span, "of what?")
                    .note("accuracy, ECE and adaptive ECE are shares")
                    .help("write the margin in the unit of the metric, for example `within 0.01`"),
            );
            return None;
        }
        if !in_points && other.is_none() && value >= 1.0 {
            let message = "a margin of 1 or more includes every share";
            self.report(
                Diagnostic::new(Code::BadMargin, message, source, margin.span, "always met")
                    .help("write `points` after it if it means hundredths, for example `within 1.5 points`"),
            );
            return None;
        }
        Some(if in_points { value * POINT } else { value })
    }

    /// What the claim is about: as written, else procedures if it speaks of a sweep.
    pub(super) fn estimand(
        &self,
        (source, span): (SourceId, Span),
        claimed: &Claimed<'_>,
        sides: [&ClaimExpression; 2],
        finished: Finished<'_>,
    ) -> Option<Estimand> {
        let names: BTreeSet<String> = figures(sides).into_iter().map(|figure| figure.run.clone()).collect();
        let sweeps: Vec<_> = finished.sweeps.iter().filter(|sweep| names.contains(&sweep.name)).collect();
        let estimand = match claimed.estimand {
            None if sweeps.is_empty() => Estimand::Networks,
            None => Estimand::Procedures,
            Some(word) => {
                let known = Estimand::WORDS.iter().find(|(name, _)| *name == word.value);
                let Some((_, estimand)) = known else {
                    let message = format!("a claim cannot be of `{}`", word.value);
                    self.report(
                        Diagnostic::new(Code::UnknownEstimand, message, source, word.span, "neither of the two").help(
                            "write `of networks` for the networks as they are, or `of procedures` for training with any seed",
                        ),
                    );
                    return None;
                };
                *estimand
            }
        };
        if estimand == Estimand::Procedures {
            let few = sweeps.iter().find(|sweep| sweep.members.len() < FEWEST_SEEDS);
            let problem = match few {
                Some(sweep) => Some(format!(
                    "`{}` has {} and a claim of procedures needs {FEWEST_SEEDS}",
                    sweep.name,
                    if sweep.members.len() == 1 {
                        "one seed".to_owned()
                    } else {
                        format!("{} seeds", sweep.members.len())
                    }
                )),
                None if sweeps.is_empty() => {
                    Some("one run of a procedure does not show how much its runs differ".into())
                }
                None => None,
            };
            if let Some(problem) = problem {
                self.report(
                    Diagnostic::new(Code::UndecidableClaim, "this claim can never be decided", source, span, problem)
                        .help("claim it of a sweep that varies `train.seed` over 3 seeds or more, or `of networks`"),
                );
            }
        }
        Some(estimand)
    }
}

/// Whether a metric is a share of the inputs, or of probability.
fn is_share(metric: Metric) -> bool {
    matches!(
        metric,
        Metric::Accuracy | Metric::ExpectedCalibrationError { .. } | Metric::AdaptiveCalibrationError { .. }
    )
}

/// Every figure of two sides.
pub(super) fn figures(sides: [&ClaimExpression; 2]) -> Vec<&ClaimFigure> {
    let mut waiting: Vec<&ClaimExpression> = sides.into();
    let mut found = Vec::new();
    while let Some(expression) = waiting.pop() {
        match expression {
            ClaimExpression::Number(_) => {}
            ClaimExpression::Figure(figure) => found.push(figure),
            ClaimExpression::Add(sides)
            | ClaimExpression::Subtract(sides)
            | ClaimExpression::Multiply(sides)
            | ClaimExpression::Divide(sides) => waiting.extend(sides.iter()),
        }
    }
    found
}
