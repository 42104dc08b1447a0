//! The values a sweep lets a path take: a list, `range(a, b)`, `logspace(a, b, n)`, or a single one.

use crate::bounds::Bounds;
use crate::check::Checker;
use crate::check::arguments::{Call, Parameter, Signature, call};
use crate::check::environment::Environment;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::ir::text::number;
use crate::limits::MOST_MEMBERS;
use elbo_grammar::Span;
use elbo_grammar::ast::{Expression, ExpressionKind, Number, Operator};

pub(super) const RANGE: Signature = Signature::optional(
    "range",
    "Whole numbers from one up to, but without, another.",
    &[
        Parameter::whole("from", "The first number.", i64::MIN, i64::MAX),
        Parameter::whole("to", "The number that it stops before.", i64::MIN, i64::MAX),
    ],
)
.required(2);
pub(super) const LOGSPACE: Signature = Signature::optional(
    "logspace",
    "Numbers at equal ratios, both ends included.",
    &[
        Parameter::number("from", "The first number, positive.", Bounds::Positive),
        Parameter::number("to", "The last number, positive.", Bounds::Positive),
        Parameter::size("count", "How many numbers.", 1),
    ],
)
.required(3);

/// A value with the text it has in a member's name.
pub(super) type Named = (Expression, String);

impl Checker<'_> {
    /// The values that `expression` stands for, at least one.
    pub(super) fn sweep_values(&self, expression: &Expression, environment: &Environment) -> Option<Vec<Named>> {
        let text = &self.sources.get(environment.source).text;
        let values = match (&expression.kind, call(expression)) {
            (ExpressionKind::List(items), _) => items.iter().map(|item| (item.clone(), name(item, text))).collect(),
            (_, Some(call)) if call.function.value == RANGE.name => self.range(call, environment)?,
            (_, Some(call)) if call.function.value == LOGSPACE.name => self.logspace(call, environment)?,
            _ => vec![(expression.clone(), name(expression, text))],
        };
        if values.is_empty() {
            self.report(
                Diagnostic::new(
                    Code::EmptySweep,
                    "a sweep over no values has no members",
                    environment.source,
                    expression.span,
                    "holds no value",
                )
                .help("write at least one value, for example `[0, 1, 2]` or `range(0, 3)`"),
            );
            return None;
        }
        Some(values)
    }

    /// The whole numbers from `from` up to, but without, `to`.
    fn range(&self, call: Call<'_>, environment: &Environment) -> Option<Vec<Named>> {
        let arguments = self.bind(call, environment, &RANGE)?;
        let (from, to) = (arguments.whole("from"), arguments.whole("to"));
        let (from, to) = (from?, to?);
        let count = to.saturating_sub(from).max(0);
        if count > MOST_MEMBERS as i64 {
            self.too_many(call.span, environment, count.to_string());
            return None;
        }
        let value = |whole: i64| (literal(whole as f64, Some(whole), call.span), whole.to_string());
        Some((from..from.saturating_add(count)).map(value).collect())
    }

    /// `count` numbers from `from` to `to`, both included, whose logarithms are evenly spaced. Those between
    /// the ends are rounded to 12 significant digits, so that 1e-3 lies between 1e-4 and 1e-2 as it is written.
    fn logspace(&self, call: Call<'_>, environment: &Environment) -> Option<Vec<Named>> {
        let arguments = self.bind(call, environment, &LOGSPACE)?;
        let (from, to, count) = (arguments.number("from"), arguments.number("to"), arguments.size("count"));
        let (from, to, count) = (from?, to?, count?);
        if count > MOST_MEMBERS {
            self.too_many(call.span, environment, count.to_string());
            return None;
        }
        let (first, last) = (from.ln(), to.ln());
        let value = |index: usize| {
            let value = match index {
                0 => from,
                _ if index + 1 == count => to,
                _ => {
                    let share = index as f64 / (count - 1) as f64;
                    let value = (first + share * (last - first)).exp();
                    format!("{value:.11e}").parse().unwrap_or(value)
                }
            };
            (literal(value, None, call.span), number(value))
        };
        Some((0..count).map(value).collect())
    }

    fn too_many(&self, span: Span, environment: &Environment, count: String) {
        self.report(
            Diagnostic::new(
                Code::SweepTooLarge,
                format!("{count} values are more than the {MOST_MEMBERS} members a sweep may have"),
                environment.source,
                span,
                "too many values",
            )
            .help("divide it into several sweeps"),
        );
    }
}

fn literal(value: f64, whole: Option<i64>, span: Span) -> Expression {
    Expression { kind: ExpressionKind::Number(Number { value, whole, unit: None }), span }
}

/// A value as it stands in `text`, in signs that need no quotes on a command line: letters, digits and
/// `_ . = / + -`.
fn name(expression: &Expression, text: &str) -> String {
    match &expression.kind {
        ExpressionKind::Number(_) => plain(&expression.span.text(text).replace('_', "")),
        ExpressionKind::Text(value) => plain(value),
        ExpressionKind::Boolean(value) => value.to_string(),
        ExpressionKind::Path(path) => plain(&path.to_string()),
        ExpressionKind::Negate(operand) => format!("-{}", name(operand, text)),
        ExpressionKind::Binary { left, operator, right } => {
            let sign = match operator {
                Operator::Add => "+",
                Operator::Subtract => "-",
                Operator::Multiply => "x",
                Operator::Divide => "/",
                Operator::Greater
                | Operator::GreaterOrEqual
                | Operator::Less
                | Operator::LessOrEqual
                | Operator::Equivalent => "_",
            };
            format!("{}{sign}{}", name(left, text), name(right, text))
        }
        ExpressionKind::Call { function, arguments } => {
            let mut parts = vec![function.value.clone()];
            parts.extend(arguments.iter().map(|argument| match &argument.name {
                Some(parameter) => format!("{}={}", parameter.value, name(&argument.value, text)),
                None => name(&argument.value, text),
            }));
            parts.join("/")
        }
        ExpressionKind::List(items) => {
            let items: Vec<String> = items.iter().map(|item| name(item, text)).collect();
            items.join("/")
        }
    }
}

/// The text with every sign that a shell or a member's name has a use for replaced.
fn plain(text: &str) -> String {
    let kept = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '_' | '.' | '/' | '+' | '-');
    text.chars().map(|sign| if kept(sign) { sign } else { '_' }).collect()
}
