//! From text to tree.
//!
//! `survey` collects comments and refuses what nests too deep, pest matches the text against `elbo.pest`,
//! and the `Builder` turns pest's pairs into the tree. What the grammar could only match as junk goes to
//! `explain`, which reads it again to say what is wrong.

mod body;
mod braces;
mod builder;
mod declaration;
mod documentation;
mod errors;
mod expected;
mod explain;
mod expression;
mod foreign;
mod habits;
mod joins;
mod layer;
mod names;
pub(crate) mod outline;
mod place;
mod rules;
mod scene;
mod statement;
mod stray;
mod survey;

use pest::Parser as _;

pub use errors::MAXIMUM_ERRORS;
pub use survey::{MAXIMUM_DEPTH, MAXIMUM_NAME, MAXIMUM_STRING};

use crate::ast::{Expression, File};
use crate::span::Span;
use crate::syntax_error::{SyntaxError, SyntaxErrorKind};
use builder::Builder;
use explain::explain;
use place::Place;
use rules::{ElboParser, Rule};
use survey::{refusal, survey};

/// Reads a whole file.
///
/// It never fails: the tree holds everything that could be read, the errors (in source order) say what could
/// not, the first [`MAXIMUM_ERRORS`] of them and one that says so if there are more. A text whose brackets nest
/// deeper than [`MAXIMUM_DEPTH`], or with a word longer than any may be, gives an empty tree and one error.
pub fn parse(source: &str) -> (File, Vec<SyntaxError>) {
    let comments = match survey(source) {
        Ok(comments) => comments,
        Err(refused) => return (File::default(), vec![refusal(refused)]),
    };
    let mut builder = Builder::new(source, &comments);
    let mut file = match ElboParser::parse(Rule::file, source) {
        Ok(mut pairs) => pairs.next().map(|pair| builder.file(pair)).unwrap_or_default(),
        // The rule `file` matches every text, so this is out of reach; an error beats a panic all the same.
        Err(error) => {
            builder.errors.push(unreadable(source, &error));
            File::default()
        }
    };
    let mut errors = builder.errors.sorted();
    drop_consequences(source, &mut errors);
    file.comments = comments;
    (file, errors)
}

/// A brace that is never closed and, below it, one that was never opened are two sides of one mistake.
fn drop_consequences(source: &str, errors: &mut Vec<SyntaxError>) {
    let mut is_open = false;
    errors.retain(|error| {
        let bracket = error.span.text(source);
        is_open |= error.kind == SyntaxErrorKind::Unclosed && bracket == "{";
        !(is_open && error.kind == SyntaxErrorKind::Unopened && bracket == "}")
    });
}

/// Reads a single value, for example the right side of `--set train.optimizer.lr=1e-4`.
///
/// # Errors
///
/// The first syntax error, its spans relative to `source`, if the text is anything but one value.
pub fn parse_expression(source: &str) -> Result<Expression, SyntaxError> {
    let comments = survey(source).map_err(refusal)?;
    let whole = Span::new(0, source.len());
    let Ok(mut pairs) = ElboParser::parse(Rule::lone_value, source) else {
        return Err(explain(source, whole, Place::Value));
    };
    let mut builder = Builder::new(source, &comments);
    let value = pairs
        .next()
        .and_then(|pair| pair.into_inner().find(|inner| inner.as_rule() == Rule::inner))
        .and_then(|inner| builder.expression(inner));
    match (builder.errors.sorted().into_iter().next(), value) {
        (None, Some(value)) => Ok(value),
        (Some(error), _) => Err(error),
        (None, None) => Err(explain(source, whole, Place::Value)),
    }
}

/// What to say when pest itself gives up.
fn unreadable(source: &str, error: &pest::error::Error<Rule>) -> SyntaxError {
    let start = match error.location {
        pest::error::InputLocation::Pos(start) | pest::error::InputLocation::Span((start, _)) => start,
    };
    let length = source.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    SyntaxError {
        kind: SyntaxErrorKind::Unexpected,
        message: "this cannot be read".to_owned(),
        span: Span::new(start, start + length),
        label: "from here on".to_owned(),
        related: None,
        help: None,
        edits: Vec::new(),
    }
}
