//! Spec files on disk: which ones a name, a folder or a pattern means, how they are read and rewritten.

mod named;
mod rewrite;
mod sources;
mod walk;

pub use named::{STDIN, expand, files_of, specs_of};
pub use rewrite::{rewrite, rewrite_all};
pub use sources::{FileSources, absolute, may_replace, project_root, read_stdin, read_text, reason, replace_all};
pub use walk::Skipped;
