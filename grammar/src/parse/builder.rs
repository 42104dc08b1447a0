//! What turns pest's pairs into the tree.

use pest::iterators::Pair;

use super::errors::Errors;
use super::explain::explain;
use super::place::Place;
use super::rules::{Rule, is_keyword};
use crate::ast::Comment;
use crate::span::Span;
use crate::syntax_error::SyntaxError;

/// Turns pest's pairs into the tree and collects errors on the way.
///
/// Its methods, one per rule, are spread over this folder's files. Those that return an `Option` have
/// reported an error where they return `None`.
pub(super) struct Builder<'s> {
    pub source: &'s str,
    pub comments: &'s [Comment],
    pub errors: Errors,
    /// Errors that a broken statement nearby would explain as well; dropped if there is one.
    pub doubtful: Vec<SyntaxError>,
}

impl<'s> Builder<'s> {
    pub fn new(source: &'s str, comments: &'s [Comment]) -> Self {
        Self { source, comments, errors: Errors::default(), doubtful: Vec::new() }
    }

    /// Reports what is wrong with a piece that could only be matched as junk.
    pub fn broken(&mut self, piece: Span, place: Place) {
        if !self.errors.is_full() {
            self.errors.push(explain(self.source, piece, place));
        }
    }
}

/// The span of a pair, without the white space that pest takes along before an absent optional part.
pub(super) fn span_of(pair: &Pair<'_, Rule>) -> Span {
    let start = pair.as_span().start();
    Span::new(start, start + pair.as_str().trim_end().len())
}

/// The children of a pair that carry meaning: no punctuation, no keywords, no comments.
pub(super) fn children<'s>(pair: Pair<'s, Rule>) -> impl Iterator<Item = Pair<'s, Rule>> {
    pair.into_inner().filter(|child| {
        let rule = child.as_rule();
        let is_sign = matches!(
            rule,
            Rule::note
                | Rule::assign
                | Rule::colon
                | Rule::comma
                | Rule::dots
                | Rule::lparen
                | Rule::rparen
                | Rule::lbracket
                | Rule::rbracket
                | Rule::lbrace
                | Rule::rbrace
                | Rule::EOI
        );
        !is_sign && !is_keyword(rule)
    })
}
