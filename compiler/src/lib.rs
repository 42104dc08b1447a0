//! Sources in, checked runs and diagnostics out.
//!
//! [`compile`] is the whole of it: it reads a file through a [`sources::Sources`], resolves names, checks every key, value,
//! shape, mark and objective, and lowers each `run` to an [`ir::Run`], which says everything that a backend needs. What it
//! found wrong is a [`diagnostic::Diagnostic`] with its places and its fix; [`render`] shows it. The compiler does no input
//! or output of its own and never panics on what it reads.
//!
//! ```
//! use elbo_compiler::{compile, sources::MemorySources};
//!
//! let text = "model small { input vector[4]; default bayes; hidden: linear(8); relu; head: linear(3)
//!     output categorical }";
//! let compilation = compile("small.elbo", &MemorySources::single("small.elbo", text), None, &[]);
//! assert!(!compilation.has_errors());
//! assert_eq!(compilation.models[0].network.layers.len(), 3);
//! ```

pub mod analysis;
mod bounds;
mod capitals;
mod check;
mod check_files;
pub mod codes;
mod compilation;
mod compile;
pub mod data_sources;
pub mod diagnostic;
pub mod explain;
mod findings;
pub mod fix;
pub mod gamma;
pub mod ir;
mod layers;
mod layout;
pub mod limits;
pub mod line_index;
mod load;
mod monitor;
mod monitor_words;
mod numbers;
pub mod opened;
pub mod optimizers;
pub mod origin;
pub mod outputs;
pub mod page;
mod posteriors;
pub mod priors;
mod quantity;
pub mod render;
pub mod resolution;
mod schedules;
mod severity;
mod signature;
pub mod sources;
mod spelling;
mod starting;
pub mod suggest;
mod symbols;
mod syntax;
pub mod table;
mod use_graph;
mod weights_files;

/// The words of the language with what they mean: keys, functions and their parameters.
pub mod vocabulary {
    pub use crate::check::vocabulary::{
        ACTIVATIONS, CONTAINERS, ESTIMANDS, INPUTS, LAYERS, MARKS, METRICS, OUTPUTS, POSTERIORS, PRIORS, TYPES,
        carries_mark, keys, needs_name,
    };
    pub use crate::signature::{DefaultValue, Parameter, Signature};
}

pub use check::Override;
pub use check_files::{check_file, check_files, check_group, check_syntax};
pub use compilation::{Compilation, CompiledClaim, CompiledModel, CompiledRun, CompiledSweep, SweepMember};
pub use compile::{compile, compile_opened};
pub use elbo_grammar::{format, is_reserved};
pub use findings::Findings;

/// Whether a text is a spec, whatever its file is called: it declares something and has no syntax error.
pub fn is_spec(text: &str) -> bool {
    let (file, errors) = elbo_grammar::parse(text);
    errors.is_empty() && !file.declarations.is_empty()
}
pub use layout::statement_before;
pub use load::parse_all;
pub use use_graph::{Group, groups};
