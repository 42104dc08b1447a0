//! What an expression of numbers comes to: literals, parameters in scope, and the four operations on them.

use super::Checker;
use super::environment::{Environment, Value};
use super::units::in_full;
use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId};
use crate::suggest;
use elbo_grammar::ast::{Expression, ExpressionKind, Operator};
use elbo_grammar::habits;

/// A number that is still known to be whole, or not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Numeric {
    Whole(i64),
    Real(f64),
}

impl Numeric {
    pub(super) const fn as_real(self) -> f64 {
        match self {
            Self::Whole(value) => value as f64,
            Self::Real(value) => value,
        }
    }
}

/// Whether a number may only be whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Whole,
    Real,
}

impl Checker<'_> {
    /// What an expression comes to; `what` names it in messages, with the kind of number that is wanted.
    pub(super) fn numeric(
        &self,
        expression: &Expression,
        environment: &Environment,
        (what, wanted): (&str, Wanted),
    ) -> Option<Numeric> {
        match &expression.kind {
            ExpressionKind::Number(number) => {
                if let Some(unit) = &number.unit {
                    self.report(
                        Diagnostic::new(
                            Code::WrongType,
                            format!("{what} is a plain number, without a unit"),
                            environment.source,
                            unit.span,
                            "no unit belongs here",
                        )
                        .help(in_full(number.value, &unit.value)),
                    );
                    return None;
                }
                Some(number.whole.map_or(Numeric::Real(number.value), Numeric::Whole))
            }
            ExpressionKind::Negate(operand) => match self.numeric(operand, environment, (what, wanted))? {
                Numeric::Whole(value) => match value.checked_neg() {
                    Some(value) => Some(Numeric::Whole(value)),
                    None => Some(Numeric::Real(-(value as f64))),
                },
                Numeric::Real(value) => Some(Numeric::Real(-value)),
            },
            ExpressionKind::Binary { left, operator, right } => {
                let operand = |operand| self.numeric(operand, environment, (what, wanted));
                let (left, right) = (operand(left), operand(right));
                self.arithmetic((left?, *operator, right?), expression, environment, (what, wanted))
            }
            ExpressionKind::Path(path) => match self.parameter(expression, environment) {
                Some(Value::Whole(value)) => Some(Numeric::Whole(*value)),
                Some(Value::Number(value)) => Some(Numeric::Real(*value)),
                Some(_) => {
                    self.wrong_type(expression, environment, what, "a number");
                    None
                }
                None => {
                    let name = super::environment::name_at(&path.to_string(), path.span);
                    let diagnostic = Diagnostic::new(
                        Code::UnknownName,
                        format!("{what} must be a number, and there is no parameter `{}`", name.value),
                        environment.source,
                        name.span,
                        "not a number",
                    );
                    let names = environment.names();
                    let source = environment.source;
                    self.report(match habits::value(what, &name.value) {
                        Some(habit) => diagnostic.help(habit.help()),
                        None => suggest::propose_own(diagnostic, source, &name, "parameters in scope", names),
                    });
                    None
                }
            },
            _ => {
                self.wrong_type(expression, environment, what, "a number");
                None
            }
        }
    }

    fn arithmetic(
        &self,
        (left, operator, right): (Numeric, Operator, Numeric),
        expression: &Expression,
        environment: &Environment,
        (what, wanted): (&str, Wanted),
    ) -> Option<Numeric> {
        let problem = match (left, right) {
            (Numeric::Whole(left), Numeric::Whole(right)) => {
                let result = match operator {
                    Operator::Add => left.checked_add(right),
                    Operator::Subtract => left.checked_sub(right),
                    Operator::Multiply => left.checked_mul(right),
                    Operator::Divide if right != 0 && left.checked_rem(right).is_none_or(|rest| rest == 0) => {
                        left.checked_div(right)
                    }
                    Operator::Divide => {
                        self.report(self.without_result(left, right, expression, environment.source, wanted));
                        return None;
                    }
                    _ => {
                        self.wrong_type(expression, environment, what, "a number");
                        return None;
                    }
                };
                match result {
                    Some(result) => return Some(Numeric::Whole(result)),
                    None => "the result is beyond the largest number that can be represented",
                }
            }
            (left, right) => {
                let (left, right) = (left.as_real(), right.as_real());
                let result = match operator {
                    Operator::Add => left + right,
                    Operator::Subtract => left - right,
                    Operator::Multiply => left * right,
                    Operator::Divide => left / right,
                    _ => {
                        self.wrong_type(expression, environment, what, "a number");
                        return None;
                    }
                };
                if result.is_finite() {
                    return Some(Numeric::Real(result));
                }
                "the result is not a finite number"
            }
        };
        self.error(Code::Arithmetic, environment.source, expression.span, problem, "computed here");
        None
    }

    /// That a division of whole numbers has no result, or none that is whole.
    fn without_result(
        &self,
        left: i64,
        right: i64,
        expression: &Expression,
        source: SourceId,
        wanted: Wanted,
    ) -> Diagnostic {
        let report =
            |message: String, label| Diagnostic::new(Code::Arithmetic, message, source, expression.span, label);
        if right == 0 {
            return report("this divides by zero".to_owned(), "has no result");
        }
        let plain = format!("{left} / {right}");
        // An override's value is written elsewhere.
        let text = &self.sources.get(source).text;
        let written = text.get(expression.span.start..expression.span.end);
        let written =
            written.filter(|written| written.contains('/') && !written.contains(['\n', '#']) && written.len() <= 60);
        let written = written.unwrap_or(&plain);
        let literal = written.split_whitespace().collect::<String>() == format!("{left}/{right}");
        let computed = if literal { String::new() } else { format!(" = {plain}") };
        match wanted {
            Wanted::Whole => report(format!("`{written}`{computed} is not a whole number"), "not exact"),
            Wanted::Real => {
                let decimal = (left as f64 / right as f64).to_string();
                let help = if literal && decimal.len() <= 8 {
                    format!("write `{decimal}`")
                } else {
                    format!("write `1.0 * {written}`, which divides real numbers")
                };
                let message = format!("`{written}`{computed} is a division of whole numbers, and these must be exact");
                report(message, "not exact").help(help)
            }
        }
    }
}
