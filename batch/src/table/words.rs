//! Counts and times in words.

/// `1 run`, `60 runs`.
pub(super) fn counted(count: usize, what: &str) -> String {
    let number = elbo_compiler::ir::grouped(count);
    if count == 1 { format!("{number} {what}") } else { format!("{number} {what}s") }
}

/// About how long something takes.
pub fn about(seconds: f64) -> String {
    let duration = elbo_runtime::forecast::duration(seconds);
    if duration.starts_with("less") { duration } else { format!("about {duration}") }
}
