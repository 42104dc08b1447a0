//! `elbo batch cancel`

use super::manifest::Named;
use super::slurm;
use crate::outcome::Outcome;
use crate::session::report_error;
use crate::terminal::Terminal;
use elbo_batch::local::request_stop;

/// What `elbo batch cancel` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Runs save themselves first, within some seconds; `elbo batch run` goes on from there.")]
pub struct Arguments {
    #[command(flatten)]
    named: Named,
}

/// Asks the pools that work at a batch to stop, and takes it out of Slurm's queue.
pub fn execute(arguments: &Arguments, terminal: &Terminal) -> Outcome {
    let (_, list) = match arguments.named.begun(terminal) {
        Ok(begun) => begun,
        Err(outcome) => return outcome,
    };
    if let Err(error) = request_stop(&list) {
        return report_error(&error.into(), terminal);
    }
    terminal.result("a pool that works at the batch lets its runs save themselves and stops\n");
    slurm::cancel(&list, terminal)
}
