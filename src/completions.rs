//! `elbo completions`

use crate::outcome::Outcome;
use crate::terminal::Terminal;
use clap_complete::Shell;

/// What `elbo completions` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  elbo completions bash > ~/.local/share/bash-completion/completions/elbo\n  \
    elbo completions zsh > ~/.zfunc/_elbo\n  elbo completions fish > ~/.config/fish/completions/elbo.fish")]
pub struct Arguments {
    /// The shell that is to complete elbo's commands and options.
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script that teaches a shell to complete `command`.
pub fn execute(arguments: &Arguments, mut command: clap::Command, terminal: &Terminal) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "elbo", &mut script);
    terminal.result(&String::from_utf8_lossy(&script));
    Outcome::Done
}
