//! Lines of a draft whose arguments have been read, on their way to the IR.

use super::draft::DraftLayer;
use crate::diagnostic::SourceId;
use crate::ir::{Mark, Operation, StartingFile};
use crate::layers::container::Container;
use crate::origin::MarkOrigin;

/// A line of a draft whose arguments have been read.
pub(super) struct Read<'d, 'a> {
    pub draft: &'d DraftLayer<'a>,
    pub step: ReadStep,
}

/// A layer with its mark and where that was written.
pub(super) struct ReadLayer {
    pub kind: &'static str,
    pub operation: Operation,
    pub mark: Option<(Mark, MarkOrigin)>,
    /// The file that a normalisation starts from, and the source that names it.
    pub start: Option<(StartingFile, SourceId)>,
}

/// What a line of a draft does.
pub(super) enum ReadStep {
    /// A layer.
    Layer(Box<ReadLayer>),
    /// The beginning of branches, of which the first may not be written.
    Open { is_implicit: bool },
    /// The beginning of a branch.
    Branch,
    /// The end of the last.
    Join(&'static Container<Operation>),
}
