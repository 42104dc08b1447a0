//! Where what a run means was written: the places behind each layer of the IR.

use crate::diagnostic::SourceId;
use elbo_grammar::Span;

/// A place in a source.
pub type Place = (SourceId, Span);

/// Where a layer of the IR comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerOrigin {
    /// What it does, as written; for an addition the `residual` it ends.
    pub place: Place,
    /// Where its mark comes from, if it carries one.
    pub mark: Option<MarkOrigin>,
    /// Which source names the file that it starts from, if it does.
    pub start: Option<SourceId>,
}

/// Where the mark of a layer comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarkOrigin {
    /// Written before the layer's own name.
    Layer(Place),
    /// Written before the name of the block instance it stands in.
    Instance(Place),
    /// The `default` of a model: the run's own, or one it extends.
    Default {
        /// The model that says so.
        model: String,
        /// The mark in the `default` statement.
        place: Place,
    },
    /// A `mark … as` statement of a variant.
    Statement {
        /// The model that says so.
        model: String,
        /// The mark in the statement.
        place: Place,
    },
}

impl MarkOrigin {
    /// The mark as written.
    pub const fn place(&self) -> Place {
        match self {
            Self::Layer(place) | Self::Instance(place) => *place,
            Self::Default { place, .. } | Self::Statement { place, .. } => *place,
        }
    }
}
