//! A broken piece of text and how far it made sense: what error messages are made from.

use super::place::Place;
use super::rules::Rule;
use crate::span::Span;
use crate::syntax_error::{SyntaxError, SyntaxErrorKind};
use crate::token::{Token, TokenKind, tokens};

/// A broken piece of text.
pub(super) struct Scene<'s> {
    pub source: &'s str,
    pub place: Place,
    pub piece: Span,
    /// Its tokens without spaces, newlines and comments.
    pub tokens: Vec<Token>,
    /// Index of the first token that does not fit; past the last if something is missing at the end.
    pub found: usize,
    /// What would have fitted there.
    pub expected: Vec<Rule>,
    /// Indices of the brackets open at `found`, outermost first.
    pub open: Vec<usize>,
}

impl<'s> Scene<'s> {
    /// Sets a scene; `position` is where `piece` stops making sense.
    pub fn new(source: &'s str, piece: Span, place: Place, position: usize, expected: Vec<Rule>) -> Self {
        let tokens = significant(source, piece);
        let found = tokens.iter().position(|token| token.span.end > position).unwrap_or(tokens.len());
        let mut open: Vec<usize> = Vec::new();
        for (index, token) in tokens[..found].iter().enumerate() {
            match token.span.text(source) {
                "(" | "[" | "{" => open.push(index),
                ")" | "]" | "}" => drop(open.pop()),
                _ => {}
            }
        }
        Self { source, place, piece, tokens, found, expected, open }
    }

    /// The text of a token, empty past the last.
    pub fn text(&self, index: usize) -> &'s str {
        self.tokens.get(index).map_or("", |token| token.span.text(self.source))
    }

    /// Whether a token is a name or keyword.
    pub fn is_word(&self, index: usize) -> bool {
        self.tokens.get(index).is_some_and(|token| token.kind == TokenKind::Word)
    }

    /// Whether one of these would have fitted.
    pub fn expects(&self, rules: &[Rule]) -> bool {
        self.expected.iter().any(|rule| rules.contains(rule))
    }

    /// The text of the innermost bracket that is open.
    pub fn innermost(&self) -> &'s str {
        self.open.last().map_or("", |index| self.text(*index))
    }

    /// The smallest place that shows the problem: what does not fit, or the last token if something is missing.
    pub fn spot(&self) -> Span {
        match self.tokens.get(self.found).or(self.tokens.last()) {
            Some(token) => token.span,
            None => self.piece,
        }
    }

    /// An error at [`Self::spot`].
    pub fn error(&self, kind: SyntaxErrorKind, message: String) -> SyntaxError {
        let label =
            if self.found < self.tokens.len() { "not expected here" } else { "something is missing after this" };
        SyntaxError {
            kind,
            message,
            span: self.spot(),
            label: label.to_owned(),
            related: None,
            help: None,
            edits: Vec::new(),
        }
    }
}

/// The tokens of a piece that carry meaning, placed in the whole source.
pub(super) fn significant(source: &str, piece: Span) -> Vec<Token> {
    tokens(piece.text(source))
        .filter(|token| !matches!(token.kind, TokenKind::Space | TokenKind::Newline | TokenKind::Comment))
        .map(|token| Token {
            kind: token.kind,
            span: Span::new(piece.start + token.span.start, piece.start + token.span.end),
        })
        .collect()
}

/// A token as a message shows it: in backticks, cut short, without control characters.
pub(super) fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(32).flat_map(escaped).collect();
    if text.chars().nth(32).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

fn escaped(c: char) -> Vec<char> {
    if c.is_control()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
    {
        c.escape_unicode().collect()
    } else {
        vec![c]
    }
}
