//! What can be wrong with the form of a file.

use crate::span::Span;

/// One syntax error. The compiler gives it a code and turns it into a diagnostic.
#[derive(Debug, Clone, PartialEq)]
pub struct SyntaxError {
    /// Which kind of mistake it is.
    pub kind: SyntaxErrorKind,
    /// The problem in one lower-case sentence without a final full stop.
    pub message: String,
    /// The smallest place that shows it.
    pub span: Span,
    /// What the place shows, for the label there.
    pub label: String,
    /// A second place that explains it (the brace left open, the first `language` line …).
    pub related: Option<(Span, String)>,
    /// A proposal that would put it right.
    pub help: Option<String>,
    /// The proposal as replacements of ranges by texts, all of them or none; empty where something else may be meant.
    pub edits: Vec<(Span, String)>,
}

impl SyntaxError {
    /// The same, with a proposal that a machine can apply: `text` in the place of `span`.
    #[must_use]
    pub(crate) fn fixed(mut self, span: Span, text: impl Into<String>) -> Self {
        self.edits.push((span, text.into()));
        self
    }
}

/// The kinds of syntax error; each has a diagnostic code of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SyntaxErrorKind {
    /// Something else stands where one of a few things may.
    Unexpected,
    /// A declaration keyword that does not exist.
    UnknownDeclaration,
    /// A statement that no model or block has.
    UnknownStatement,
    /// A `{`, `(` or `[` without its partner.
    Unclosed,
    /// A closing bracket without its partner.
    Unopened,
    /// A string without its closing quote, or with an unknown escape.
    BadString,
    /// A number that is not one, or beyond what can be represented.
    BadNumber,
    /// Brackets nested deeper than the parser goes.
    TooDeep,
    /// A name, a number or a string longer than any may be.
    TooLong,
    /// A character that the language does not use.
    BadCharacter,
    /// A name that is reserved.
    ReservedName,
    /// A `language` line that names no version, or stands elsewhere than at the top.
    BadLanguageLine,
}
