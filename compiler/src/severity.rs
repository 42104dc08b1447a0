//! How much a finding matters.

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing can be run.
    Error,
    /// Something is legal and most likely not what was meant.
    Warning,
    /// Something worth knowing.
    Note,
}
