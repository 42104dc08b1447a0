//! Where labels and edits stand, as every machine-readable form says it.

use crate::diagnostic::{Label, SourceId};
use crate::line_index::LineIndex;
use crate::sources::{SourceFile, SourceMap};
use elbo_grammar::Span;
use serde::{Deserialize, Serialize};
use std::cell::OnceCell;

/// A range of a file. Lines and columns count from 1, columns in Unicode scalar values; bytes count
/// from 0; every end is the first that no longer belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The path as it is shown to people.
    pub file: String,
    /// The line it starts in.
    pub line: usize,
    /// The column it starts at.
    pub column: usize,
    /// The line it ends in.
    pub end_line: usize,
    /// The column after its last character.
    pub end_column: usize,
    /// The offset of its first byte.
    pub start_byte: usize,
    /// The offset after its last byte.
    pub end_byte: usize,
}

/// The files of one rendering, each with its line index, which is built when it is first asked for.
pub(super) struct Places<'sources> {
    files: Vec<(&'sources SourceFile, OnceCell<LineIndex<'sources>>)>,
}

impl<'sources> Places<'sources> {
    pub(super) fn new(sources: &'sources SourceMap) -> Self {
        Self { files: sources.iter().map(|(_, file)| (file, OnceCell::new())).collect() }
    }

    /// The path and the lines of a source; `None` if the map does not hold it, so that a diagnostic of
    /// another compilation is shown without its places rather than ending the program.
    pub(super) fn file(&self, source: SourceId) -> Option<(&'sources str, &LineIndex<'sources>)> {
        let (file, index) = self.files.get(source.0)?;
        Some((&file.path, index.get_or_init(|| LineIndex::new(&file.text))))
    }

    /// Where a range of a source stands, clamped to the source.
    pub(super) fn place(&self, source: SourceId, span: Span) -> Option<Place> {
        let (path, index) = self.file(source)?;
        let span = index.clamp(span);
        let (start, end) = (index.position(span.start), index.position(span.end));
        Some(Place {
            file: path.to_owned(),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            start_byte: span.start,
            end_byte: span.end,
        })
    }

    /// Where a label stands.
    pub(super) fn of(&self, label: &Label) -> Option<Place> {
        self.place(label.source, label.span)
    }
}
