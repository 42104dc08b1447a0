//! Plans and states as people read them.

mod columns;
mod plan;
mod status;

pub(crate) use columns::{Side, columns};
pub use plan::{Prospect, outlook, plan_json, plan_text};
pub use status::{RunsShown, progress_text, state_text, status_json, status_text};

/// `1 run`, `60 runs`.
fn counted(count: usize, what: &str) -> String {
    let number = elbo_compiler::ir::grouped(count);
    if count == 1 { format!("{number} {what}") } else { format!("{number} {what}s") }
}

/// The declarations that the runs of a batch come from, in order, and the places of their runs. A run of several names
/// is listed under each of them.
fn by_declaration<'n>(names: impl Iterator<Item = &'n [crate::RunName]>) -> Vec<((&'n str, &'n str), Vec<usize>)> {
    let mut groups: Vec<((&str, &str), Vec<usize>)> = Vec::new();
    for (place, names) in names.enumerate() {
        for group in names.iter().map(declaration) {
            match groups.iter_mut().find(|(known, _)| *known == group) {
                Some((_, places)) => places.push(place),
                None => groups.push((group, vec![place])),
            }
        }
    }
    groups
}

/// About how long something takes.
pub fn about(seconds: f64) -> String {
    let duration = elbo_runtime::forecast::duration(seconds);
    if duration.starts_with("less") { duration } else { format!("about {duration}") }
}

/// What a run is listed under: its declaration, of a member its sweep's.
fn declaration(name: &crate::RunName) -> (&str, &str) {
    (name.file.as_str(), name.name.split_once('/').map_or(name.name.as_str(), |(sweep, _)| sweep))
}
