//! The language server: what the compiler knows, for an editor.
//!
//! Messages come in through the transport, the server keeps the open texts and answers one request after the other;
//! each kind of answer is a file of its own and a pure function of texts, trees and a [`Compilation`](elbo_compiler::Compilation).
//! The server reads files through [`Host`] alone and never writes any.
//!
//! ```
//! use std::{fs, io, path::{Path, PathBuf}, sync::Arc};
//!
//! struct Disk;
//! impl elbo_lsp::Host for Disk {
//!     fn read(&self, path: &Path) -> Result<String, String> {
//!         fs::read_to_string(path).map_err(|error| error.to_string())
//!     }
//!     fn real(&self, path: &Path) -> Result<PathBuf, String> {
//!         path.canonicalize().map_err(|error| error.to_string())
//!     }
//!     fn root(&self, path: &Path) -> PathBuf {
//!         path.parent().unwrap_or(path).to_owned()
//!     }
//!     fn specs(&self, _folder: &Path) -> Vec<PathBuf> {
//!         Vec::new()
//!     }
//! }
//!
//! // An editor that hangs up at once.
//! elbo_lsp::serve_streams(io::empty(), io::sink(), Arc::new(Disk)).expect("there are threads");
//! ```

mod actions;
mod buffer;
mod capabilities;
mod completion;
mod context;
mod diagnostics;
mod document;
mod explanation;
mod extraction;
mod facts;
mod folding;
mod highlighting;
mod hints;
mod host;
mod hover;
mod layout;
mod lenses;
mod navigation;
mod outline;
mod positions;
mod refusal;
mod requests;
mod selection;
mod server;
mod signature;
mod spans;
mod transport;
mod worker;
mod workspace;

pub use host::Host;
pub use server::{Ending, Pause, serve};
pub use transport::{ServeError, serve_streams};
