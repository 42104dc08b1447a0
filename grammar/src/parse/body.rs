//! Bodies: the statements of a block or model, the entries of settings.

use pest::iterators::Pair;

use super::builder::{Builder, children, span_of};
use super::place::Place;
use super::rules::Rule;
use crate::ast::{Allow, Entry, ExpressionKind, Statement, StatementKind};
use crate::span::Span;
use crate::syntax_error::{SyntaxError, SyntaxErrorKind};

/// What a body of layers holds.
struct Layers {
    /// Its statements.
    statements: Vec<Statement>,
    /// Its `shortcut`, with the span of its keyword.
    shortcut: Option<(Vec<Statement>, Span)>,
}

const OUTSIDE: &str = "`shortcut` stands outside of `residual`";

impl Builder<'_> {
    /// A body outside of `residual`, where `shortcut` has no place.
    pub(super) fn layers(&mut self, pair: Pair<'_, Rule>) -> Vec<Statement> {
        let Layers { statements, shortcut } = self.layers_with_shortcut(pair, OUTSIDE);
        if let Some((_, span)) = shortcut {
            self.doubtful.push(misplaced_shortcut(span, OUTSIDE));
        }
        statements
    }

    /// A body, its `shortcut` set apart; `misplaced` is what to say of one that is not the last statement.
    fn layers_with_shortcut(&mut self, pair: Pair<'_, Rule>, misplaced: &str) -> Layers {
        let mut layers = Layers { statements: Vec::new(), shortcut: None };
        let mut allows: Vec<Allow> = Vec::new();
        for line in children(pair) {
            let span = span_of(&line);
            match line.as_rule() {
                Rule::close => break,
                Rule::allow => {
                    allows.extend(self.allow(line));
                    continue;
                }
                Rule::junk => self.broken(span, Place::Layers),
                Rule::tail => self.broken(span, Place::Tail),
                rule => {
                    if let Some((_, shortcut)) = &layers.shortcut {
                        self.doubtful.push(misplaced_shortcut(*shortcut, misplaced));
                        layers.shortcut = None;
                    }
                    let doc = self.doc(span.start, &allows);
                    let allows = std::mem::take(&mut allows);
                    if rule == Rule::shortcut {
                        let body = children(line).next().map(|body| self.layers(body)).unwrap_or_default();
                        layers.shortcut = Some((body, self.keyword(span)));
                    } else if let Some(kind) = self.statement(line) {
                        layers.statements.push(Statement { doc, allows, kind, span });
                    }
                }
            }
            allows.clear();
        }
        self.dangling(&allows);
        layers
    }

    /// `residual { … }`
    pub(super) fn residual(&mut self, pair: Pair<'_, Rule>) -> Option<StatementKind> {
        let Layers { statements, shortcut } =
            self.layers_with_shortcut(children(pair).next()?, "`shortcut` must come last in its `residual`");
        Some(StatementKind::Residual { body: statements, shortcut: shortcut.map(|(body, _)| body) })
    }

    /// The entries of `dataset`, `train`, `report`, `run` or `sweep`.
    pub(super) fn entries(&mut self, pair: Pair<'_, Rule>) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut allows: Vec<Allow> = Vec::new();
        for line in children(pair) {
            match line.as_rule() {
                Rule::close => break,
                Rule::allow => {
                    allows.extend(self.allow(line));
                    continue;
                }
                Rule::entry => entries.extend(self.entry(line, std::mem::take(&mut allows))),
                _ => self.broken(span_of(&line), Place::Keys),
            }
            allows.clear();
        }
        self.dangling(&allows);
        entries
    }

    fn entry(&mut self, pair: Pair<'_, Rule>, allows: Vec<Allow>) -> Option<Entry> {
        let span = span_of(&pair);
        let mut parts = children(pair);
        let first = parts.next()?;
        if first.as_rule() == Rule::key {
            let key = children(first).map(|name| self.name(&name)).collect();
            let value = self.expression(parts.next()?)?;
            return Some(Entry { allows, key, value, span });
        }
        // A bare call; its parts are those of a reference with arguments.
        let value = self.reference_value(first)?;
        let ExpressionKind::Call { function, .. } = &value.kind else { return None };
        Some(Entry { allows, key: vec![function.clone()], value, span })
    }

    /// The keyword at the start of a statement, as the smallest place to point at.
    fn keyword(&self, span: Span) -> Span {
        let word = span.text(self.source).find(|c: char| !c.is_alphabetic()).unwrap_or(0);
        Span::new(span.start, span.start + word)
    }
}

fn misplaced_shortcut(span: Span, message: &str) -> SyntaxError {
    SyntaxError {
        kind: SyntaxErrorKind::Unexpected,
        message: message.to_owned(),
        span,
        label: "not expected here".to_owned(),
        related: None,
        help: Some("write it as the last statement of `residual { … }`".to_owned()),
        edits: Vec::new(),
    }
}
