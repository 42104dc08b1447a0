//! `elbo new`

use crate::outcome::Outcome;
use crate::starter;
use crate::terminal::Terminal;
use std::path::PathBuf;

/// What `elbo new` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  elbo new first_network\n  elbo run first_network/first_network.elbo")]
pub struct Arguments {
    /// The folder to make; its last part names the spec and its model.
    #[arg(value_name = "NAME")]
    folder: PathBuf,
}

/// Makes the project and says what to do next.
pub fn execute(arguments: &Arguments, terminal: &Terminal) -> Outcome {
    match starter::create(&arguments.folder) {
        Ok(spec) => {
            let spec = spec.display();
            terminal.note(&format!("made {spec}; it trains in seconds:\n\n  elbo check {spec}\n  elbo run {spec}"));
            Outcome::Done
        }
        Err(error) => {
            terminal.error(&error.to_string());
            error.outcome()
        }
    }
}
