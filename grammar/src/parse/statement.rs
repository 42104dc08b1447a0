//! Statements of models and blocks.

use pest::iterators::Pair;

use super::builder::{Builder, children, span_of};
use super::rules::Rule;
use crate::ast::{LayerPattern, Position, StatementKind};

impl Builder<'_> {
    /// Any statement but `shortcut` and `branch`, which belong to what holds them.
    pub(super) fn statement(&mut self, pair: Pair<'_, Rule>) -> Option<StatementKind> {
        match pair.as_rule() {
            Rule::layer => self.layer(pair).map(StatementKind::Layer),
            Rule::residual => self.residual(pair),
            Rule::container => self.container(pair),
            Rule::mark => self.mark(pair),
            Rule::replace => {
                let mut parts = children(pair);
                let path = self.path(parts.next()?)?;
                let layer = self.layer(parts.next()?)?;
                Some(StatementKind::Replace { path, layer })
            }
            Rule::insert => {
                let mut parts = children(pair);
                let position = if parts.next()?.as_str() == "before" { Position::Before } else { Position::After };
                let path = self.path(parts.next()?)?;
                let layer = self.layer(parts.next()?)?;
                Some(StatementKind::Insert { position, path, layer })
            }
            Rule::repeat => {
                let mut parts = children(pair);
                let count = self.expression(parts.next()?);
                // The body is read even where the count is not, so that its own errors show.
                let body = self.layers(parts.next()?);
                Some(StatementKind::Repeat { count: count?, body })
            }
            Rule::input => {
                let mut parts = children(pair);
                let kind = self.name(&parts.next()?);
                let sizes = self.elements(parts.next()?)?;
                Some(StatementKind::Input { kind, sizes })
            }
            Rule::output => {
                let value = self.reference_value(children(pair).next()?)?;
                Some(StatementKind::Output { value })
            }
            _ => {
                let mark = self.reference_value(children(pair).next()?)?;
                Some(StatementKind::Default { mark })
            }
        }
    }

    /// `mark s5.*, fc1 as bayes`
    fn mark(&mut self, pair: Pair<'_, Rule>) -> Option<StatementKind> {
        let mut patterns = Vec::new();
        let mut mark = None;
        for part in children(pair) {
            if part.as_rule() == Rule::pattern {
                patterns.push(self.pattern(part));
            } else {
                mark = self.reference_value(part);
            }
        }
        let patterns: Option<Vec<LayerPattern>> = patterns.into_iter().collect();
        Some(StatementKind::Mark { patterns: patterns?, mark: mark? })
    }

    fn pattern(&mut self, pair: Pair<'_, Rule>) -> Option<LayerPattern> {
        let span = span_of(&pair);
        let mut parts = children(pair);
        let path = self.path(parts.next()?)?;
        Some(match parts.next() {
            None => LayerPattern::One(path),
            Some(part) if part.as_rule() == Rule::star => LayerPattern::Below { path, span },
            Some(part) => LayerPattern::Range { first: path, last: self.path(part)? },
        })
    }
}
