//! Changes to a spec that the command line asks for, `--set train.epochs=3`.
//!
//! An override addresses the run as resolved: `model`, `data`, `train.epochs`,
//! `train.optimizer.lr`, `prior.narrow.std`. It is a text of its own among the sources, so that
//! what is wrong with it is shown where it was written.

use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId};
use crate::load::syntax_diagnostic;
use crate::sources::SourceMap;
use elbo_grammar::Span;
use elbo_grammar::ast::{Argument, Definition, Expression, ExpressionKind, Name, Path, Segment};
use std::cell::RefCell;

/// One override as written: `PATH=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override(pub String);

/// A parsed override.
#[derive(Debug)]
struct Parsed {
    source: SourceId,
    path: Vec<Name>,
    value: Expression,
}

/// An override below a root.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Below<'o> {
    index: usize,
    /// The rest of its path.
    pub path: &'o [Name],
    /// The new value.
    pub value: &'o Expression,
    /// Where it was written.
    pub source: SourceId,
}

/// All overrides of a compilation.
#[derive(Debug, Default)]
pub(crate) struct Overrides {
    parsed: Vec<Parsed>,
    /// Which of them have found what they address.
    used: RefCell<Vec<bool>>,
}

impl Overrides {
    /// Parses the overrides, adding each to the sources.
    pub fn parse(overrides: &[Override], sources: &mut SourceMap, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut result = Self::default();
        for Override(text) in overrides {
            let source = sources.add(format!("--set {text}"), text.clone());
            let Some(equals) = text.find('=') else {
                diagnostics.push(
                    Diagnostic::new(
                        Code::Syntax,
                        "an override has the form `PATH=VALUE`",
                        source,
                        Span::new(0, text.len()),
                        "no `=` in it",
                    )
                    .help("for example `--set train.epochs=3`"),
                );
                continue;
            };
            let Some(path) = names(&text[..equals]) else {
                diagnostics.push(Diagnostic::new(
                    Code::Syntax,
                    "the left side of an override is names joined by dots",
                    source,
                    Span::new(0, equals),
                    "not names joined by dots",
                ));
                continue;
            };
            // Blanks in place of the path keep every span of the value where it stands in the text.
            let value = format!("{}{}", " ".repeat(equals + 1), &text[equals + 1..]);
            match elbo_grammar::parse_expression(&value) {
                Ok(value) => result.parsed.push(Parsed { source, path, value }),
                Err(error) => diagnostics.push(syntax_diagnostic(source, error)),
            }
        }
        result.used = RefCell::new(vec![false; result.parsed.len()]);
        result
    }

    /// The overrides below `root` (such as `train`). Whoever applies one says so by [`Overrides::apply`].
    pub fn below<'o>(&'o self, root: &'o str) -> impl Iterator<Item = Below<'o>> + 'o {
        let all = self.parsed.iter().enumerate();
        all.filter(move |(_, parsed)| parsed.path[0].value == root).map(|(index, parsed)| Below {
            index,
            path: &parsed.path[1..],
            value: &parsed.value,
            source: parsed.source,
        })
    }

    /// Notes that an override has found what it addresses.
    pub fn apply(&self, below: &Below<'_>) {
        self.used.borrow_mut()[below.index] = true;
    }

    /// The value of a `prior` or `posterior` declaration after overrides such as `prior.narrow.std`.
    pub fn definition(&self, kind: &str, definition: &Definition, source: SourceId) -> (Expression, SourceId) {
        let mut value = (definition.value.clone(), source);
        for (index, parsed) in self.parsed.iter().enumerate() {
            match parsed.path.as_slice() {
                [root, name, rest @ ..] if root.value == kind && name.value == definition.name.value => {
                    // An override that leads nowhere is left unused, which is reported in the end.
                    if let Some(changed) = with_argument(&value.0, rest, &parsed.value) {
                        self.used.borrow_mut()[index] = true;
                        value = (placed_at(changed, parsed.value.span), parsed.source);
                    }
                }
                _ => {}
            }
        }
        value
    }

    /// A finding for each override that addressed nothing.
    pub fn unused(&self) -> Vec<Diagnostic> {
        let used = self.used.borrow();
        self.parsed
            .iter()
            .zip(used.iter())
            .filter(|(_, used)| !**used)
            .map(|(parsed, _)| {
                let start = parsed.path[0].span.start;
                let end = parsed.path[parsed.path.len() - 1].span.end;
                Diagnostic::new(
                    Code::UnknownKey,
                    "the override addresses nothing in this run",
                    parsed.source,
                    Span::new(start, end),
                    "no such place",
                )
                .help("a path begins with `model`, `data`, `train`, `report`, `prior.NAME` or `posterior.NAME`")
            })
            .collect()
    }
}

/// `value` with the argument at `path` replaced or added; `value` replaced as a whole for an empty path.
/// `None` where `path` leads into something that has no arguments, such as a number.
pub(crate) fn with_argument(value: &Expression, path: &[Name], new: &Expression) -> Option<Expression> {
    let [first, rest @ ..] = path else { return Some(new.clone()) };
    let (function, mut arguments) = match &value.kind {
        ExpressionKind::Call { function, arguments } => (function.clone(), arguments.clone()),
        ExpressionKind::Path(Path { segments, .. }) => match segments.as_slice() {
            [Segment { name, index: None }] => (name.clone(), Vec::new()),
            _ => return None,
        },
        _ => return None,
    };
    let known = arguments.iter().position(|argument| argument.name.as_ref().is_some_and(|n| n.value == first.value));
    let replaced = match known {
        Some(index) => with_argument(&arguments[index].value, rest, new)?,
        None if rest.is_empty() => new.clone(),
        None => return None,
    };
    let argument = Argument { name: Some(first.clone()), value: replaced, span: new.span };
    match known {
        Some(index) => arguments[index] = argument,
        None => arguments.push(argument),
    }
    Some(Expression { kind: ExpressionKind::Call { function, arguments }, span: new.span })
}

/// `expression` with every part placed at `span`: a rewritten expression belongs to the source that
/// asked for it, so that is where findings about it are shown.
pub(crate) fn placed_at(mut expression: Expression, span: Span) -> Expression {
    expression.span = span;
    match &mut expression.kind {
        ExpressionKind::Number(number) => {
            if let Some(unit) = &mut number.unit {
                unit.span = span;
            }
        }
        ExpressionKind::Path(path) => {
            path.span = span;
            for segment in &mut path.segments {
                segment.name.span = span;
            }
        }
        ExpressionKind::Call { function, arguments } => {
            function.span = span;
            for argument in arguments {
                argument.span = span;
                if let Some(name) = &mut argument.name {
                    name.span = span;
                }
                let value = argument.value.clone();
                argument.value = placed_at(value, span);
            }
        }
        ExpressionKind::List(items) => {
            for item in items {
                *item = placed_at(item.clone(), span);
            }
        }
        ExpressionKind::Binary { left, right, .. } => {
            **left = placed_at((**left).clone(), span);
            **right = placed_at((**right).clone(), span);
        }
        ExpressionKind::Negate(operand) => **operand = placed_at((**operand).clone(), span),
        ExpressionKind::Text(_) | ExpressionKind::Boolean(_) => {}
    }
    expression
}

/// The names of a dotted path with their places, if it is one.
fn names(text: &str) -> Option<Vec<Name>> {
    let mut offset = 0;
    let mut result = Vec::new();
    for part in text.split('.') {
        let trimmed = part.trim();
        let valid = trimmed.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
            && !trimmed.is_empty();
        if !valid {
            return None;
        }
        let start = offset + (part.len() - part.trim_start().len());
        result.push(Name::new(trimmed.to_owned(), Span::new(start, start + trimmed.len())));
        offset += part.len() + 1;
    }
    Some(result)
}
