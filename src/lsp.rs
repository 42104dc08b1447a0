//! `elbo lsp`

use crate::explain_declaration::cost_line;
use crate::outcome::Outcome;
use crate::terminal::Terminal;
use crate::threads::no_threads;
use elbo_compiler::ir::Run;
use elbo_lsp::{Ending, Host, ServeError, serve_streams};
use elbo_runtime::spec_files::{project_root, read_text, reason, specs_of};
use std::io::{BufReader, stdin, stdout};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What `elbo lsp` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "An editor starts it and speaks the language server protocol on its standard streams.")]
pub struct Arguments {
    /// Accepted because editors say it; standard streams are all there is.
    #[arg(long, hide = true)]
    stdio: bool,
}

/// Serves an editor until it says `exit`.
pub fn execute(arguments: &Arguments, terminal: &Terminal) -> Outcome {
    let Arguments { stdio: _ } = arguments;
    match serve_streams(BufReader::new(stdin()), stdout(), Arc::new(Disk)) {
        Ok(Ending::Orderly) => Outcome::Done,
        Ok(Ending::Abrupt) => Outcome::Wrong,
        Err(ServeError::NoThread(error)) => no_threads("serve an editor", &error, terminal),
        Err(error @ ServeError::Internal) => {
            terminal.error(&error.to_string());
            Outcome::Internal
        }
    }
}

/// The files of this machine.
struct Disk;

impl Host for Disk {
    fn read(&self, path: &Path) -> Result<String, String> {
        read_text(path)
    }

    fn real(&self, path: &Path) -> Result<PathBuf, String> {
        path.canonicalize().map_err(|error| reason(&error))
    }

    fn root(&self, path: &Path) -> PathBuf {
        project_root(path)
    }

    fn specs(&self, folder: &Path) -> Vec<PathBuf> {
        specs_of(folder)
    }

    fn cost(&self, run: &Run) -> Option<String> {
        cost_line(run)
    }
}
