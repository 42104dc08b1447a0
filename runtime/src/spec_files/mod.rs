//! Spec files on disk: which ones a name, a folder or a pattern means, and how they are rewritten.

mod named;
mod rewrite;
mod walk;

pub use named::{expand, files_of, specs_of};
pub use rewrite::{rewrite, rewrite_all};
pub use walk::Skipped;

/// The name standard input is known by.
pub const STDIN: &str = "<stdin>";
