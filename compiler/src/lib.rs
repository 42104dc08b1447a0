//! Sources in, checked runs and diagnostics out.
//!
//! [`compile`] is the whole of it: it reads a file through a [`sources::Sources`], resolves names,
//! checks every key, value, shape, mark and objective, and lowers each `run` to an [`ir::Run`].
//! The compiler does no input or output of its own and never panics on what it reads.

pub mod analysis;
mod capitals;
mod check;
mod check_files;
pub mod codes;
mod compile;
pub mod diagnostic;
pub mod explain;
pub mod fix;
pub mod ir;
mod layout;
pub mod limits;
mod load;
pub mod opened;
pub mod origin;
pub mod page;
pub mod render;
pub mod sources;
pub mod suggest;
mod symbols;
pub mod table;
mod use_graph;
pub mod vocabulary;
mod weights_files;

pub use check::Override;
pub use check_files::{Findings, check_file, check_files, check_group, check_syntax};
pub use compile::{
    Compilation, CompiledClaim, CompiledModel, CompiledRun, CompiledSweep, SweepMember, compile, compile_opened,
};
pub use elbo_grammar::{format, is_reserved};

/// Whether a text is a spec, whatever its file is called: it declares something and has no syntax error.
pub fn is_spec(text: &str) -> bool {
    let (file, errors) = elbo_grammar::parse(text);
    errors.is_empty() && !file.declarations.is_empty()
}
pub use layout::statement_before;
pub use load::parse_all;
pub use use_graph::{Group, groups};
