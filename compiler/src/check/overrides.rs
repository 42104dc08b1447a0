//! Changes to a run, asked for by the command line (`--set train.epochs=3`) or by a sweep
//! (`vary.train.epochs = [3, 5]`).
//!
//! An override addresses the run as resolved: `model`, `data`, `train.epochs`,
//! `train.optimizer.lr`, `prior.narrow.std`. One of the command line is a text of its own among the
//! sources; one of a sweep stands in its spec. Either way what is wrong with it is shown where it was
//! written.

use crate::codes::Code;
use crate::diagnostic::{Diagnostic, SourceId};
use crate::ir::{Mark, Network, Posterior, Prior};
use crate::sources::SourceMap;
use crate::suggest;
use crate::symbols::Symbols;
use crate::syntax::syntax_diagnostic;
use elbo_grammar::Span;
use elbo_grammar::ast::{Argument, Definition, Expression, ExpressionKind, Name, Path, Segment};
use std::cell::RefCell;
use std::rc::Rc;

/// One override as written: `PATH=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override(pub String);

/// What a path may begin with.
pub(crate) const ROOTS: [&str; 6] = ["model", "data", "train", "report", "prior", "posterior"];

/// A change with the places of its parts.
#[derive(Debug)]
pub(crate) struct Change {
    pub source: SourceId,
    /// At least one name.
    pub path: Vec<Name>,
    pub value: Expression,
}

impl Change {
    /// The place of the path.
    pub fn path_span(&self) -> Span {
        self.path[0].span.to(self.path[self.path.len() - 1].span)
    }

    /// The path as written, such as `train.seed`.
    pub fn path_text(&self) -> String {
        let names: Vec<&str> = self.path.iter().map(|name| name.value.as_str()).collect();
        names.join(".")
    }
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

/// A prior or posterior that overrides have shaped.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Distribution {
    Prior(Prior),
    Posterior(Posterior),
}

/// All overrides that hold for a run.
#[derive(Debug, Default)]
pub(crate) struct Overrides {
    changes: Vec<Rc<Change>>,
    /// Which of them have found what they address.
    used: RefCell<Vec<bool>>,
    /// The distributions that overrides have shaped, in whatever model names them.
    shaped: RefCell<Vec<(usize, Distribution)>>,
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
                Ok(value) => result.changes.push(Rc::new(Change { source, path, value })),
                Err(error) => diagnostics.push(syntax_diagnostic(source, error)),
            }
        }
        result.used = RefCell::new(vec![false; result.changes.len()]);
        result
    }

    /// These overrides and, over them, those of a sweep's member; longer paths after shorter ones, so that
    /// `model.classes` changes what `model` has chosen.
    pub fn with(&self, further: &[Rc<Change>]) -> Self {
        let mut further = further.to_vec();
        further.sort_by_key(|change| change.path.len());
        let changes: Vec<Rc<Change>> = self.changes.iter().cloned().chain(further).collect();
        let used = RefCell::new(vec![false; changes.len()]);
        Self { changes, used, shaped: RefCell::default() }
    }

    /// The changes in the order they are applied.
    pub fn changes(&self) -> &[Rc<Change>] {
        &self.changes
    }

    /// The overrides below `root` (such as `train`). Whoever applies one says so by [`Overrides::apply`].
    pub fn below<'o>(&'o self, root: &'o str) -> impl Iterator<Item = Below<'o>> + 'o {
        let all = self.changes.iter().enumerate();
        all.filter(move |(_, change)| change.path[0].value == root).map(|(index, change)| Below {
            index,
            path: &change.path[1..],
            value: &change.value,
            source: change.source,
        })
    }

    /// Notes that an override has found what it addresses.
    pub fn apply(&self, below: &Below<'_>) {
        self.used.borrow_mut()[below.index] = true;
    }

    /// Which overrides have found what they address, in the order of [`Overrides::changes`].
    pub fn used(&self) -> Vec<bool> {
        self.used.borrow().clone()
    }

    /// The changes that have found what they address.
    pub fn used_changes(&self) -> Vec<Rc<Change>> {
        let used = self.used.borrow();
        self.changes.iter().zip(used.iter()).filter(|(_, used)| **used).map(|(change, _)| Rc::clone(change)).collect()
    }

    /// Notes that the first overrides have found what they address where `used` says so.
    pub fn mark_used(&self, used: &[bool]) {
        for (own, other) in self.used.borrow_mut().iter_mut().zip(used) {
            *own |= *other;
        }
    }

    /// The value of a `prior` or `posterior` declaration after overrides such as `prior.narrow.std`, where it
    /// stands, and which overrides have shaped it.
    pub fn definition(
        &self,
        kind: &str,
        definition: &Definition,
        source: SourceId,
    ) -> (Expression, SourceId, Vec<usize>) {
        let mut value = (definition.value.clone(), source);
        let mut shaping = Vec::new();
        for (index, change) in self.changes.iter().enumerate() {
            match change.path.as_slice() {
                [root, name, rest @ ..] if root.value == kind && name.value == definition.name.value => {
                    // An override that leads nowhere is left unused, which is reported in the end.
                    if let Some(changed) = with_argument(&value.0, rest, &change.value) {
                        shaping.push(index);
                        value = (changed, change.source);
                    }
                }
                _ => {}
            }
        }
        (value.0, value.1, shaping)
    }

    /// Whether any of them may shape a prior or a posterior.
    pub fn shape_distributions(&self) -> bool {
        self.changes.iter().any(|change| matches!(change.path[0].value.as_str(), "prior" | "posterior"))
    }

    /// Notes what a distribution has become that these overrides have shaped.
    pub fn note_shape(&self, shaping: &[usize], distribution: &Distribution) {
        self.shaped.borrow_mut().extend(shaping.iter().map(|index| (*index, distribution.clone())));
    }

    /// Notes that overrides of distributions that the network's weights have did find what they address.
    pub fn settle_distributions(&self, network: &Network) {
        let mut used = self.used.borrow_mut();
        for (index, distribution) in self.shaped.borrow().iter() {
            used[*index] |= network.layers.iter().any(|layer| match (&layer.mark, distribution) {
                (Some(Mark::Bayes { prior, .. }), Distribution::Prior(shaped)) => prior == shaped,
                (Some(Mark::Bayes { posterior, .. }), Distribution::Posterior(shaped)) => posterior == shaped,
                _ => false,
            });
        }
    }

    /// A finding for each override that addressed nothing.
    pub fn unused(&self, symbols: &Symbols<'_>) -> Vec<Diagnostic> {
        let used = self.used.borrow();
        let unused = self.changes.iter().zip(used.iter()).filter(|(_, used)| !**used);
        unused.map(|(change, _)| addresses_nothing(change, "this run", symbols)).collect()
    }
}

/// The finding that `change` addresses nothing in `whole`.
pub(crate) fn addresses_nothing(change: &Change, whole: &str, symbols: &Symbols<'_>) -> Diagnostic {
    let finding = |span: Span, label: &str| {
        let message = format!("`{}` addresses nothing in {whole}", change.path_text());
        Diagnostic::new(Code::NoSuchPath, message, change.source, span, label)
    };
    let root = &change.path[0];
    let (kind, names): (&str, Vec<&str>) = match root.value.as_str() {
        "prior" => ("prior", symbols.priors.keys().copied().collect()),
        "posterior" => ("posterior", symbols.posteriors.keys().copied().collect()),
        known if ROOTS.contains(&known) => {
            let diagnostic = finding(change.path_span(), "no such place");
            return match help_below(change) {
                Some(help) => diagnostic.help(help),
                None => diagnostic,
            };
        }
        _ => {
            let diagnostic = finding(root.span, "no such place");
            return suggest::propose(diagnostic, change.source, root, "a path begins with", ROOTS);
        }
    };
    match change.path.get(1) {
        Some(name) if names.contains(&name.value.as_str()) => finding(change.path_span(), "used by no layer")
            .note(format!("no `bayes` layer of the model has this {kind}")),
        Some(name) => {
            let diagnostic = finding(name.span, &format!("no such {kind}"));
            suggest::propose_own(diagnostic, change.source, name, &format!("declared {kind}s"), names)
        }
        None => {
            finding(change.path_span(), "no such place").help(format!("write `{kind}.NAME`, or `{kind}.NAME.PART`"))
        }
    }
}

/// How what a path of a run's own keys seems to mean is written.
fn help_below(change: &Change) -> Option<String> {
    let words: Vec<&str> = change.path.iter().map(|name| name.value.as_str()).collect();
    Some(match words[..] {
        ["model", kind @ ("prior" | "posterior"), ref rest @ ..] => {
            let part = rest.iter().map(|part| format!(".{part}")).collect::<String>();
            format!(
                "a {kind} is addressed by its own name: declare `{kind} NAME = …`, write `bayes({kind}=NAME)` in the \
                 model, and vary `{kind}.NAME{part}`"
            )
        }
        ["model", _, ..] => "`model.NAME` sets a parameter that the model declares in its brackets, \
                             `model net(NAME: int = 1) {`"
            .to_owned(),
        _ => return None,
    })
}

/// `value` with the argument at `path` replaced or added; `value` replaced as a whole for an empty path.
/// `None` where `path` leads into something that has no arguments, such as a number.
///
/// The parts of the old value are placed at the span of the new one, as findings about them belong to the
/// source that asked for the change; names on the path and the new value keep their own places.
pub(crate) fn with_argument(value: &Expression, path: &[Name], new: &Expression) -> Option<Expression> {
    let [first, rest @ ..] = path else { return Some(new.clone()) };
    let (function, old) = match &value.kind {
        ExpressionKind::Call { function, arguments } => (function, arguments.as_slice()),
        ExpressionKind::Path(Path { segments, .. }) => match segments.as_slice() {
            [Segment { name, index: None }] => (name, [].as_slice()),
            _ => return None,
        },
        _ => return None,
    };
    let known = old.iter().position(|argument| argument.name.as_ref().is_some_and(|n| n.value == first.value));
    let replaced = match known {
        Some(index) => with_argument(&old[index].value, rest, new)?,
        None if rest.is_empty() => new.clone(),
        None => return None,
    };
    let mut arguments: Vec<Argument> = old
        .iter()
        .map(|argument| Argument {
            name: argument.name.as_ref().map(|name| Name::new(name.value.clone(), new.span)),
            value: placed_at(argument.value.clone(), new.span),
            span: new.span,
        })
        .collect();
    let argument = Argument { name: Some(first.clone()), value: replaced, span: new.span };
    match known {
        Some(index) => arguments[index] = argument,
        None => arguments.push(argument),
    }
    let function = Name::new(function.value.clone(), new.span);
    Some(Expression { kind: ExpressionKind::Call { function, arguments }, span: new.span })
}

/// `expression` with every part placed at `span`.
fn placed_at(mut expression: Expression, span: Span) -> Expression {
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
