//! Plans and states as people read them.

mod columns;
mod plan;
mod status;

pub(crate) use columns::{Side, columns};
pub use plan::{Prospect, plan_json, plan_text};
pub use status::{RunsShown, progress_text, state_text, status_json, status_text};

/// `1 run`, `60 runs`.
fn counted(count: usize, what: &str) -> String {
    let number = elbo_compiler::ir::grouped(count);
    if count == 1 { format!("{number} {what}") } else { format!("{number} {what}s") }
}

/// What a run is listed under: its declaration, of a member its sweep's.
fn declaration(name: &crate::RunName) -> (&str, &str) {
    (name.file.as_str(), name.name.split_once('/').map_or(name.name.as_str(), |(sweep, _)| sweep))
}
