//! What a location gives, or why it gives nothing.

use std::io::Read;

/// Bytes that can be read.
pub(super) struct Opened {
    pub(super) body: Box<dyn Read>,
    /// Which byte of the file comes first.
    pub(super) begins_at: u64,
    /// The size of the whole file, where that is said.
    pub(super) total: Option<u64>,
}

/// Why nothing can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// It may go better the next time.
    Passing(String),
    /// It will not.
    Lasting(String),
    /// There is nothing from that byte on.
    NoSuchRange,
}
