//! Reading expressions as numbers, truth values, strings, sizes and choices.

use super::Checker;
use super::arithmetic::{Numeric, Wanted};
use super::environment::{Environment, Value};
use crate::bounds::{Bounds, LARGEST_SIZE};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::ir::text::number;
use crate::suggest;
use elbo_grammar::ast::{Expression, ExpressionKind};
use elbo_grammar::habits::{self, Habit};
use std::ops::RangeInclusive;

/// How many characters of a number a message shows.
const LONGEST_LITERAL: usize = 40;

impl Checker<'_> {
    /// A whole number within a range. `what` names it in messages, such as `` `epochs` ``.
    pub fn whole(
        &self,
        expression: &Expression,
        environment: &Environment,
        what: &str,
        range: RangeInclusive<i64>,
    ) -> Option<i64> {
        match self.numeric(expression, environment, (what, Wanted::Whole))? {
            Numeric::Whole(value) if range.contains(&value) => Some(value),
            Numeric::Whole(value) => {
                let bound = if value < *range.start() {
                    format!("at least {}", range.start())
                } else {
                    format!("at most {}", range.end())
                };
                self.error(
                    Code::OutOfRange,
                    environment.source,
                    expression.span,
                    format!("{what} must be {bound}, not {value}"),
                    format!("must be {bound}"),
                );
                None
            }
            Numeric::Real(value) if value.fract() == 0.0 && value.abs() >= i64::MAX as f64 => {
                // Beyond what whole numbers are kept in; shown as it is written, since it has been rounded.
                let (least, most) = (range.start(), range.end());
                let written = self.as_written(expression, environment, value);
                self.error(
                    Code::OutOfRange,
                    environment.source,
                    expression.span,
                    format!("{what} must be a whole number from {least} to {most}, not {written}"),
                    if value > 0.0 { format!("must be at most {most}") } else { format!("must be at least {least}") },
                );
                None
            }
            // No arithmetic gives one: the number itself has been reported.
            Numeric::Real(value) if value.is_infinite() => None,
            Numeric::Real(value) => {
                let written = self.as_written(expression, environment, value);
                let diagnostic = Diagnostic::new(
                    Code::WrongType,
                    format!("{what} must be written as a whole number, not {written}"),
                    environment.source,
                    expression.span,
                    "not written as a whole number",
                );
                // `10.0` and `1e3` are whole, and 2^53 is where a double no longer tells neighbours apart.
                let literal = matches!(expression.kind, ExpressionKind::Number(_));
                self.report(if literal && value.fract() == 0.0 && value.abs() < 9e15 {
                    let whole = format!("{value:.0}");
                    diagnostic.help(format!("write `{whole}`")).edit(environment.source, expression.span, whole)
                } else {
                    diagnostic
                });
                None
            }
        }
    }

    /// A whole number of at least `minimum`, as a size.
    pub fn size(
        &self,
        expression: &Expression,
        environment: &Environment,
        what: &str,
        minimum: usize,
    ) -> Option<usize> {
        let range = minimum as i64..=LARGEST_SIZE as i64;
        self.whole(expression, environment, what, range).map(|value| value as usize)
    }

    /// A number of times something is done, from 1: epochs, steps and draws are numbered in 32 bits.
    pub fn count(&self, expression: &Expression, environment: &Environment, what: &str) -> Option<usize> {
        self.whole(expression, environment, what, 1..=i64::from(u32::MAX - 1)).map(|value| value as usize)
    }

    /// One size for both axes, or `[vertical, horizontal]`.
    pub fn size_pair(
        &self,
        expression: &Expression,
        environment: &Environment,
        what: &str,
        minimum: usize,
    ) -> Option<[usize; 2]> {
        match &expression.kind {
            ExpressionKind::List(items) => match items.as_slice() {
                [vertical, horizontal] => Some([
                    self.size(vertical, environment, what, minimum)?,
                    self.size(horizontal, environment, what, minimum)?,
                ]),
                _ => {
                    self.error(
                        Code::WrongType,
                        environment.source,
                        expression.span,
                        format!("{what} takes one size, or two as `[rows, columns]`, not {}", items.len()),
                        "not two sizes",
                    );
                    None
                }
            },
            _ => self.size(expression, environment, what, minimum).map(|size| [size, size]),
        }
    }

    /// A number.
    pub fn real(&self, expression: &Expression, environment: &Environment, what: &str) -> Option<f64> {
        self.bounded(expression, environment, what, Bounds::Any)
    }

    /// A number within bounds.
    pub fn bounded(
        &self,
        expression: &Expression,
        environment: &Environment,
        what: &str,
        bounds: Bounds,
    ) -> Option<f64> {
        let value = self.numeric(expression, environment, (what, Wanted::Real))?.as_real();
        if !value.is_finite() {
            self.error(
                Code::BadNumber,
                environment.source,
                expression.span,
                format!("{what} is beyond the largest number that can be represented"),
                "too large",
            );
            return None;
        }
        if !bounds.contains(value) {
            let bounds = bounds.describe();
            let written = self.as_written(expression, environment, value);
            self.error(
                Code::OutOfRange,
                environment.source,
                expression.span,
                format!("{what} must be {bounds}, not {written}"),
                format!("must be {bounds}"),
            );
            return None;
        }
        // `-0.0` means what `0.0` does, and what is equal must have the same digits in what a run's key is made of.
        Some(value + 0.0)
    }

    /// A number as a message shows it: as it is written where it is a literal, else its value.
    fn as_written(&self, expression: &Expression, environment: &Environment, value: f64) -> String {
        let literal = match &expression.kind {
            ExpressionKind::Number(_) => true,
            ExpressionKind::Negate(operand) => matches!(operand.kind, ExpressionKind::Number(_)),
            ExpressionKind::Binary { .. }
            | ExpressionKind::Text(_)
            | ExpressionKind::Boolean(_)
            | ExpressionKind::Path(_)
            | ExpressionKind::Call { .. }
            | ExpressionKind::List(_) => false,
        };
        let text = &self.sources.get(environment.source).text;
        let written = text.get(expression.span.start..expression.span.end).filter(|_| literal);
        // Values that an override has moved stand where the override is, as a whole.
        match written.filter(|written| written.len() <= LONGEST_LITERAL && !written.contains('=')) {
            Some(written) => written.to_owned(),
            // Large results of arithmetic have been rounded, which digits to the end would hide.
            None if value.abs() >= 1e15 => format!("about {value:e}"),
            None => number(value),
        }
    }

    /// `true` or `false`.
    pub fn boolean(&self, expression: &Expression, environment: &Environment, what: &str) -> Option<bool> {
        match (&expression.kind, self.parameter(expression, environment)) {
            (ExpressionKind::Boolean(value), _) | (_, Some(Value::Boolean(value))) => Some(*value),
            (written, _) => {
                let word = match written {
                    ExpressionKind::Path(path) => path.to_string(),
                    ExpressionKind::Number(written) => number(written.value),
                    ExpressionKind::Text(text) => text.clone(),
                    _ => String::new(),
                };
                let habit = habits::boolean(&word);
                self.wrong_type_or(expression, environment, (what, "`true` or `false`"), habit);
                None
            }
        }
    }

    /// A string.
    pub fn text(&self, expression: &Expression, environment: &Environment, what: &str) -> Option<String> {
        match (&expression.kind, self.parameter(expression, environment)) {
            (ExpressionKind::Text(value), _) | (_, Some(Value::Text(value))) => Some(value.clone()),
            _ => {
                self.wrong_type(expression, environment, what, "a string in quotes");
                None
            }
        }
    }

    /// One of a few names.
    pub fn choice<T: Copy>(
        &self,
        expression: &Expression,
        environment: &Environment,
        what: &str,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let written = match &expression.kind {
            ExpressionKind::Path(path) => Some(super::environment::name_at(&path.to_string(), path.span)),
            ExpressionKind::Call { function, arguments } if arguments.is_empty() => Some(function.clone()),
            _ => None,
        };
        let Some(written) = written else {
            let names = suggest::listing(choices.iter().map(|(name, _)| *name));
            self.wrong_type(expression, environment, what, &format!("one of {names}"));
            return None;
        };
        let found = choices.iter().find(|(name, _)| *name == written.value).map(|(_, choice)| *choice);
        if found.is_none() {
            let names = choices.iter().map(|(name, _)| *name);
            self.unknown_value(environment.source, &written, &format!("choice for {what}"), names);
        }
        found
    }

    /// The items of a list; a single value stands for a list of one.
    pub fn items<'e>(&self, expression: &'e Expression) -> &'e [Expression] {
        match &expression.kind {
            ExpressionKind::List(items) => items,
            _ => std::slice::from_ref(expression),
        }
    }

    /// The value of the parameter that `expression` names, if it names one.
    pub fn parameter<'v>(&self, expression: &Expression, environment: &'v Environment) -> Option<&'v Value> {
        match &expression.kind {
            ExpressionKind::Path(path) => environment.get(&path.as_name()?.value),
            _ => None,
        }
    }

    /// Reports that `expression` is not what is wanted.
    pub fn wrong_type(&self, expression: &Expression, environment: &Environment, what: &str, wanted: &str) {
        let habit = match &expression.kind {
            ExpressionKind::Text(text) => habits::value(what, text),
            _ => None,
        };
        self.wrong_type_or(expression, environment, (what, wanted), habit);
    }

    /// The same where the habit of another language may explain it.
    fn wrong_type_or(
        &self,
        expression: &Expression,
        environment: &Environment,
        (what, wanted): (&str, &str),
        habit: Option<&Habit>,
    ) {
        let given = self
            .parameter(expression, environment)
            .map_or_else(|| describe(expression), |value| value.describe().to_owned());
        let diagnostic = Diagnostic::new(
            Code::WrongType,
            format!("{what} must be {wanted}, not {given}"),
            environment.source,
            expression.span,
            format!("not {wanted}"),
        );
        if let Some(habit) = habit {
            self.report(diagnostic.help(habit.help()));
            return;
        }
        self.report(match &expression.kind {
            // The grammar of numbers is narrower than Rust's, so only plain digits are certain.
            ExpressionKind::Text(text) if wanted == "a number" && is_plain_number(text) => {
                diagnostic.help("remove the quotes").edit(environment.source, expression.span, text)
            }
            _ => diagnostic,
        });
    }
}

/// Digits, perhaps with a point between them.
fn is_plain_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.len() <= 9 && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('.').map_or_else(|| digits(text), |(whole, fraction)| digits(whole) && digits(fraction))
}

/// What an expression is, for messages.
pub(crate) fn describe(expression: &Expression) -> String {
    match &expression.kind {
        ExpressionKind::Number(_) | ExpressionKind::Binary { .. } | ExpressionKind::Negate(_) => "a number".to_owned(),
        ExpressionKind::Text(_) => "a string".to_owned(),
        ExpressionKind::Boolean(value) => format!("`{value}`"),
        ExpressionKind::Path(path) => format!("`{path}`"),
        ExpressionKind::Call { function, .. } => format!("`{}(…)`", function.value),
        ExpressionKind::List(_) => "a list".to_owned(),
    }
}
