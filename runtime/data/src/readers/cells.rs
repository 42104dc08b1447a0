//! What the values in the columns of tables may be, how messages show them, and what tells tables apart.

use elbo_compiler::ir::Target;

/// What Parquet files begin with.
pub(super) const PARQUET: &str = "PAR1";

/// Which numbers are read, and what to do about others.
pub(super) const MOST_SAID: &str = "numbers are read up to 3.4e38, which 32 bits hold";
pub(super) const TOO_LARGE_HELP: &str =
    "give all numbers of the column in a larger unit, such as thousands, or take this one out";

/// What is wrong with a value, and what to do about it.
pub(super) struct Fault {
    pub problem: String,
    pub help: &'static str,
}

/// The class that a text stands for: one of the names, or a number.
///
/// # Errors
/// That it is none of the classes.
pub(super) fn class(text: &str, target: &Target) -> Result<u16, Fault> {
    let (count, names) = match target {
        Target::Classes { count, names } => (*count, names.as_slice()),
        Target::Values { .. } => (0, [].as_slice()),
    };
    if names.is_empty() {
        let number = text.parse::<u16>().ok().filter(|class| usize::from(*class) < count);
        return number.ok_or_else(|| Fault {
            problem: format!("`{}` is not a class, a whole number from 0 to {}", short(text), count.saturating_sub(1)),
            help: "number the classes from 0, or name them: `classes=[\"first\", \"second\"]`",
        });
    }
    let found = names.iter().position(|name| name == text);
    found.and_then(|class| u16::try_from(class).ok()).ok_or_else(|| Fault {
        problem: format!("`{}` is none of the {count} classes", short(text)),
        help: "list every class in `classes`, spelt as in the table",
    })
}

/// The beginning of a cell, without what a terminal could take for more than letters.
pub(crate) fn short(text: &str) -> String {
    let mut shown: String = text.chars().take(40).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(40).is_some() {
        shown.push('…');
    }
    shown
}
