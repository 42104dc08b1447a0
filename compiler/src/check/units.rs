//! Numbers with a unit, such as `5min` or `500steps`.

use super::Checker;
use super::environment::Environment;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::suggest;
use elbo_grammar::ast::{Expression, ExpressionKind, Name};

/// What a unit counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Unit {
    /// Passes over the training split.
    Epochs,
    /// Steps of the optimizer.
    Steps,
    /// So many seconds.
    Time(f64),
}

/// The units of progress and time, as specs write them.
const UNITS: [(&str, Unit); 8] = [
    ("epoch", Unit::Epochs),
    ("epochs", Unit::Epochs),
    ("step", Unit::Steps),
    ("steps", Unit::Steps),
    ("s", Unit::Time(1.0)),
    ("sec", Unit::Time(1.0)),
    ("min", Unit::Time(60.0)),
    ("h", Unit::Time(3600.0)),
];

/// A checked number with its unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Quantity {
    /// So many epochs, from 1.
    Epochs(usize),
    /// So many steps, from 1.
    Steps(usize),
    /// So many seconds, more than 0.
    Seconds(f64),
}

impl Checker<'_> {
    /// A positive number of epochs, steps or seconds. `what` names it in messages, such as `` `checkpoint` ``.
    pub fn quantity(&self, expression: &Expression, environment: &Environment, what: &str) -> Option<Quantity> {
        let ExpressionKind::Number(number) = &expression.kind else {
            let wanted = "a number with a unit, such as `1epoch`, `500steps` or `5min`";
            self.wrong_type(expression, environment, what, wanted);
            return None;
        };
        let Some(unit) = &number.unit else {
            let diagnostic = Diagnostic::new(
                Code::WrongUnit,
                format!("{what} is a number with a unit, and this one has none"),
                environment.source,
                expression.span,
                "of what?",
            );
            self.report(diagnostic.help("for example `1epoch`, `500steps` or `5min`").note(units()));
            return None;
        };
        let Some((_, known)) = UNITS.iter().find(|(name, _)| *name == unit.value) else {
            self.report(self.unknown_unit(unit, environment, what));
            return None;
        };
        // The unit has been read; what is left is a plain number.
        let mut plain = expression.clone();
        if let ExpressionKind::Number(number) = &mut plain.kind {
            number.unit = None;
        }
        match known {
            Unit::Epochs => self.count(&plain, environment, what).map(Quantity::Epochs),
            Unit::Steps => self.count(&plain, environment, what).map(Quantity::Steps),
            Unit::Time(seconds) => {
                let amount = self.bounded(&plain, environment, what, crate::bounds::Bounds::Positive)?;
                let total = amount * seconds;
                if !total.is_finite() {
                    let message = format!("{what} is beyond the largest time that can be represented");
                    self.error(Code::OutOfRange, environment.source, expression.span, message, "too long");
                    return None;
                }
                Some(Quantity::Seconds(total))
            }
        }
    }

    fn unknown_unit(&self, unit: &Name, environment: &Environment, what: &str) -> Diagnostic {
        let message = format!("`{}` is no unit of {what}", unit.value);
        let diagnostic = Diagnostic::new(Code::WrongUnit, message, environment.source, unit.span, "no such unit");
        // A unit that is merely near is another amount, so it is asked for and never written.
        let diagnostic = match suggest::question(&unit.value, UNITS.iter().map(|(name, _)| *name)) {
            Some(question) => diagnostic.help(question),
            None => diagnostic,
        };
        diagnostic.note(units())
    }
}

fn units() -> String {
    format!("the units are {}", suggest::listing(UNITS.iter().map(|(name, _)| *name)))
}

/// What to write for a number with a unit where none belongs. Thousands and millions by their letter are kept: without
/// it the number would be another.
pub(crate) fn in_full(value: f64, unit: &str) -> String {
    let factor = match unit {
        "k" | "K" => 1e3,
        "M" => 1e6,
        _ => return format!("remove `{unit}`"),
    };
    // 2.3 · 10⁶ is not a whole number of doubles.
    let full = value * factor;
    let whole = full.round();
    if full.abs() > 1e15 {
        return format!("write the number in full, without `{unit}`");
    }
    format!("write the number in full: `{}`", if (full - whole).abs() < 1e-9 * whole.abs() { whole } else { full })
}
