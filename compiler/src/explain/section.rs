//! A part of an explanation.

/// A part of an explanation under a heading of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// What stands above it.
    pub heading: String,
    /// Its lines, each ended.
    pub body: String,
}
