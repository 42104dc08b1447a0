//! Bodies: the statements of a block or model, the entries of settings.

use pest::iterators::Pair;

use super::builder::{Builder, children, span_of};
use super::expected::joined;
use super::place::Place;
use super::rules::Rule;
use crate::ast::{Allow, Branch, Branches, Entry, ExpressionKind, Name, Statement, StatementKind};
use crate::layer_names::CONTAINERS;
use crate::span::Span;
use crate::syntax_error::{SyntaxError, SyntaxErrorKind};

/// What a body of layers holds.
struct Layers {
    /// Its statements.
    statements: Vec<Statement>,
    /// Each `shortcut` and `branch` in it, by its rule, with the number of statements before it.
    branches: Vec<(Rule, usize, Branch)>,
}

impl Builder<'_> {
    /// A body that holds no branches of its own.
    pub(super) fn layers(&mut self, pair: Pair<'_, Rule>) -> Vec<Statement> {
        let Layers { statements, branches } = self.layers_with_branches(pair);
        for (rule, _, branch) in branches {
            self.doubtful.push(match rule {
                Rule::shortcut => {
                    misplaced(&branch, "`shortcut` stands outside of `residual`", LAST_IN_RESIDUAL.to_owned())
                }
                _ => misplaced(&branch, "`branch` stands outside of what joins branches", joins_branches()),
            });
        }
        statements
    }

    /// A body, its branches set apart.
    fn layers_with_branches(&mut self, pair: Pair<'_, Rule>) -> Layers {
        let mut layers = Layers { statements: Vec::new(), branches: Vec::new() };
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
                    let doc = self.doc(span.start, &allows);
                    let allows = std::mem::take(&mut allows);
                    if matches!(rule, Rule::shortcut | Rule::branch) {
                        let body = children(line).next().map(|body| self.layers(body)).unwrap_or_default();
                        let branch = Branch { keyword: Some(self.keyword(span)), allows, body, span };
                        layers.branches.push((rule, layers.statements.len(), branch));
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
        let span = span_of(&pair);
        let keyword = self.keyword(span);
        let Layers { statements, branches } = self.layers_with_branches(children(pair).next()?);
        let (last, count) = (statements.len(), branches.len());
        let mut result = vec![Branch { keyword: None, allows: Vec::new(), body: statements, span }];
        for (at, (rule, before, branch)) in branches.into_iter().enumerate() {
            if rule == Rule::branch {
                let message = "a `residual` holds layers, and no `branch`";
                self.doubtful.push(misplaced(&branch, message, joins_branches()));
            } else if before < last || at + 1 < count {
                let message = "`shortcut` must come last in its `residual`";
                self.doubtful.push(misplaced(&branch, message, LAST_IN_RESIDUAL.to_owned()));
            } else {
                result.push(branch);
            }
        }
        let container = Name::new(keyword.text(self.source).to_owned(), keyword);
        Some(StatementKind::Branches(Branches { container, branches: result }))
    }

    /// `concat { branch { … } … }`
    pub(super) fn container(&mut self, pair: Pair<'_, Rule>) -> Option<StatementKind> {
        let mut parts = children(pair);
        let container = self.name(&parts.next()?);
        let Layers { statements, branches } = self.layers_with_branches(parts.next()?);
        let name = &container.value;
        for statement in statements {
            self.doubtful.push(SyntaxError {
                kind: SyntaxErrorKind::Unexpected,
                message: format!("`{name}` holds branches, and no layers of its own"),
                span: statement.span,
                label: "in no branch".to_owned(),
                related: Some((container.span, "of this".to_owned())),
                help: Some("move it into a `branch { … }`, or in front of them all".to_owned()),
                edits: Vec::new(),
            });
        }
        let mut result = Vec::new();
        for (rule, _, branch) in branches {
            if rule == Rule::branch {
                result.push(branch);
            } else {
                let message = "`shortcut` stands outside of `residual`";
                self.doubtful.push(misplaced(&branch, message, LAST_IN_RESIDUAL.to_owned()));
            }
        }
        Some(StatementKind::Branches(Branches { container, branches: result }))
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

const LAST_IN_RESIDUAL: &str = "write it as the last statement of `residual { … }`";

/// Where branches may stand.
fn joins_branches() -> String {
    let names: Vec<String> = CONTAINERS.iter().map(|name| format!("`{name} {{ … }}`")).collect();
    match names.as_slice() {
        [] => "the one way to branch is `residual { … }`".to_owned(),
        names => format!("branches stand in {}", joined(&names.iter().map(String::as_str).collect::<Vec<_>>())),
    }
}

fn misplaced(branch: &Branch, message: &str, help: String) -> SyntaxError {
    SyntaxError {
        kind: SyntaxErrorKind::Unexpected,
        message: message.to_owned(),
        span: branch.keyword.unwrap_or(branch.span),
        label: "not expected here".to_owned(),
        related: None,
        help: Some(help),
        edits: Vec::new(),
    }
}
