//! `elbo batch`

mod cancel;
mod compile;
mod logs;
mod manifest;
mod plan;
mod pool_progress;
mod retry;
mod run;
mod slurm;
mod status;
mod worker;

use crate::outcome::Outcome;
use crate::terminal::Terminal;
use crate::threads::use_threads;

/// What `elbo batch` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  elbo batch plan experiments.toml\n  elbo batch run experiments.toml --jobs 2\n  \
    elbo batch status experiments.toml\n  elbo batch run experiments.toml --on slurm\n\n\
    A manifest:\n  [batch]\n  name  = \"first\"\n  specs = [\"specs/*.elbo\"]   # every run and sweep in them, or FILE#NAME\n\n\
    docs/batches.md tells the rest.")]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Compile and check everything, and show what would be done and what it would cost. Nothing is written.
    Plan(plan::Arguments),
    /// Do what is not done yet, by a pool of workers on this machine or as arrays of Slurm.
    ///
    /// Finished runs stay; runs that were cut off are resumed; runs that failed are left to `elbo batch retry`.
    Run(run::Arguments),
    /// Show how the runs of a batch stand.
    Status(status::Arguments),
    /// Show what the workers of a batch have said.
    Logs(logs::Arguments),
    /// Try runs again that failed.
    Retry(retry::Arguments),
    /// Stop what is under way; runs save themselves and can be resumed.
    Cancel(cancel::Arguments),
    /// Compile every run to a file of its intermediate representation, and a table of what they are.
    Compile(compile::Arguments),
    /// Do one run of a batch; pools and Slurm begin this.
    #[command(hide = true)]
    Worker(worker::Arguments),
}

impl Arguments {
    /// Whether it answers signals itself.
    pub fn answers_signals(&self) -> bool {
        matches!(self.action, Action::Run(_) | Action::Worker(_))
    }
}

/// Does what is asked.
pub fn execute(arguments: &Arguments, terminal: &Terminal) -> Outcome {
    // A worker is told how many threads it has; all else reads and forecasts on all processors.
    // What only reads or cancels needs none.
    if matches!(arguments.action, Action::Plan(_) | Action::Run(_) | Action::Status(_))
        && let Err(outcome) = use_threads(None, terminal)
    {
        return outcome;
    }
    match &arguments.action {
        Action::Plan(arguments) => plan::execute(arguments, terminal),
        Action::Run(arguments) => run::execute(arguments, terminal),
        Action::Status(arguments) => status::execute(arguments, terminal),
        Action::Logs(arguments) => logs::execute(arguments, terminal),
        Action::Retry(arguments) => retry::execute(arguments, terminal),
        Action::Cancel(arguments) => cancel::execute(arguments, terminal),
        Action::Compile(arguments) => compile::execute(arguments, terminal),
        Action::Worker(arguments) => worker::execute(arguments, terminal),
    }
}
