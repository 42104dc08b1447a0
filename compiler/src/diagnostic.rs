//! The one form every finding of the compiler takes; renderers turn it into text, JSON and more.

pub use crate::severity::Severity;
pub use elbo_grammar::Span;

/// Which source file, by its place in the [`crate::sources::SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub usize);

/// One finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    /// Its code in the registry.
    pub code: crate::codes::Code,
    /// How much it matters.
    pub severity: Severity,
    /// The problem: lower-case, no final full stop, code in backticks.
    pub message: String,
    /// Places; the first is the primary one.
    pub labels: Vec<Label>,
    /// Context.
    pub notes: Vec<String>,
    /// A proposed fix.
    pub help: Option<String>,
    /// The fix as edits a machine can apply, all of them or none.
    pub edits: Vec<Edit>,
}

/// A place with what it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// In which source.
    pub source: SourceId,
    /// Where.
    pub span: Span,
    /// What it shows.
    pub message: String,
}

/// A replacement of one range of a source by another text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// In which source.
    pub source: SourceId,
    /// What is replaced; empty for an insertion.
    pub span: Span,
    /// By what.
    pub text: String,
}

impl Diagnostic {
    /// A finding at one place, with the severity its code carries.
    pub fn new(
        code: crate::codes::Code,
        message: impl Into<String>,
        source: SourceId,
        span: Span,
        label: impl Into<String>,
    ) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: message.into(),
            labels: vec![Label { source, span, message: label.into() }],
            notes: Vec::new(),
            help: None,
            edits: Vec::new(),
        }
    }

    /// Adds a further place.
    #[must_use]
    pub fn label(mut self, source: SourceId, span: Span, message: impl Into<String>) -> Self {
        self.labels.push(Label { source, span, message: message.into() });
        self
    }

    /// Adds context.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Sets the proposed fix.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds an edit to the machine-applicable fix.
    #[must_use]
    pub fn edit(mut self, source: SourceId, span: Span, text: impl Into<String>) -> Self {
        self.edits.push(Edit { source, span, text: text.into() });
        self
    }
}
