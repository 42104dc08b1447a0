//! Why a request has no answer.

use lsp_server::ErrorCode;

/// Why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The protocol's code.
    pub code: i32,
    /// A sentence for the log of the editor.
    pub message: String,
}

impl Refusal {
    /// A refusal for a reason that the protocol has a code for.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code: code as i32, message: message.into() }
    }
}
