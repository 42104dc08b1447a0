//! Which name stands for what: every declaration, parameter and layer with each place that names it.
//!
//! What is declared, and which parameters a model takes, are the tables that the checker looks names up in
//! (`symbols`); where names stand is read off the trees, so that it is known of broken texts, too, and without checking
//! anything. Editors go by it; `compiler/tests/resolution.rs` holds it to what the checker finds missing.

mod names;
mod occurrences;

pub use names::{Names, Symbol, layers, operation};
pub use occurrences::Occurrence;
