//! A text that an editor has open.

use gen_lsp_types::Uri;
use std::sync::Arc;

/// An open text.
#[derive(Debug, Clone)]
pub(crate) struct Buffer {
    /// As the client spells it.
    pub uri: Uri,
    /// As the client counts its changes.
    pub version: i32,
    /// What the client shows.
    pub text: Arc<str>,
    /// Whether the path that it is known by has been looked up on disk, which may take long.
    pub settled: bool,
}
