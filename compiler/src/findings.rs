//! What was found in several files.

use crate::diagnostic::{Diagnostic, Severity, SourceId};
use crate::sources::SourceMap;

/// What was found in several files.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// The texts of all of them.
    pub sources: SourceMap,
    /// What was found, in the order of the sources.
    pub diagnostics: Vec<Diagnostic>,
    /// How many files were named.
    pub files: usize,
}

impl Findings {
    /// Findings as one, in the order given; what is found in a file that several use is reported once.
    pub fn gather(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut findings = Self::default();
        for part in parts {
            findings.files += part.files;
            let known: Vec<SourceId> = part
                .sources
                .iter()
                .map(|(_, file)| {
                    let known = findings.sources.find(&file.path);
                    known.unwrap_or_else(|| findings.sources.add(file.path.clone(), file.text.clone()))
                })
                .collect();
            findings.diagnostics.extend(part.diagnostics.into_iter().map(|diagnostic| moved(diagnostic, &known)));
        }
        findings.diagnostics = sort_and_deduplicate(findings.diagnostics);
        findings
    }

    /// How many findings are of this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }
}

/// The diagnostic with every source replaced by the one `known` gives for it.
fn moved(mut diagnostic: Diagnostic, known: &[SourceId]) -> Diagnostic {
    for label in &mut diagnostic.labels {
        label.source = known[label.source.0];
    }
    for edit in &mut diagnostic.edits {
        edit.source = known[edit.source.0];
    }
    diagnostic
}

/// Puts diagnostics in the order of their sources and offsets, then severity, then code, and keeps the
/// first of those that say the same of the same range. Ones without a place come first.
pub(crate) fn sort_and_deduplicate(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    type Key<'diagnostic> = (
        Option<(crate::diagnostic::SourceId, usize)>,
        crate::diagnostic::Severity,
        crate::codes::Code,
        Option<usize>,
        &'diagnostic str,
    );
    fn key(diagnostic: &Diagnostic) -> Key<'_> {
        let label = diagnostic.labels.first();
        (
            label.map(|label| (label.source, label.span.start)),
            diagnostic.severity,
            diagnostic.code,
            label.map(|label| label.span.end),
            &diagnostic.message,
        )
    }
    diagnostics.sort_by(|left, right| key(left).cmp(&key(right)));
    diagnostics.dedup_by(|later, earlier| {
        let same = key(later) == key(earlier);
        // A fix that fails in one of the files that share a text is none.
        if same && later.edits.is_empty() {
            earlier.edits.clear();
        }
        same
    });
    diagnostics
}
