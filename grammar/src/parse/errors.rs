//! The syntax errors of one text, as many as make sense.

use crate::syntax_error::{SyntaxError, SyntaxErrorKind};

/// How many syntax errors of one text are reported; what has more of them is no text of the language.
pub const MAXIMUM_ERRORS: usize = 1000;

/// Syntax errors in the order they were found, up to one more than [`MAXIMUM_ERRORS`].
#[derive(Debug, Default)]
pub(super) struct Errors {
    found: Vec<SyntaxError>,
}

impl Errors {
    /// Whether there is no use in finding more.
    pub fn is_full(&self) -> bool {
        self.found.len() > MAXIMUM_ERRORS
    }

    /// Adds an error, unless there are enough.
    pub fn push(&mut self, error: SyntaxError) {
        if !self.is_full() {
            self.found.push(error);
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Those from an index on.
    pub fn since(&self, known: usize) -> &[SyntaxError] {
        &self.found[known..]
    }

    /// Forgets those from an index on.
    pub fn truncate(&mut self, known: usize) {
        self.found.truncate(known);
    }

    /// All of them in source order. Where there are too many, the last one says so.
    pub fn sorted(mut self) -> Vec<SyntaxError> {
        self.found.sort_by_key(|error| (error.span.start, error.span.end));
        if self.is_full()
            && let Some(last) = self.found.pop()
        {
            self.found.push(SyntaxError {
                kind: SyntaxErrorKind::Unexpected,
                message: format!("the file has more than {MAXIMUM_ERRORS} syntax errors; only the first are reported"),
                span: last.span,
                label: "the rest was not looked at from here on".to_owned(),
                related: None,
                help: Some("fix the first ones, and see whether this is the file that was meant".to_owned()),
                edits: Vec::new(),
            });
        }
        self.found
    }
}

impl Extend<SyntaxError> for Errors {
    fn extend<I: IntoIterator<Item = SyntaxError>>(&mut self, errors: I) {
        errors.into_iter().for_each(|error| self.push(error));
    }
}
