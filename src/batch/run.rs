//! `elbo batch run`

use super::manifest::{Planned, report_list};
use super::plan::{Form, show};
use super::pool_progress::work_at;
use super::slurm::submit;
use crate::outcome::Outcome;
use crate::session::report_error;
use crate::terminal::Terminal;
use clap::ValueEnum;
use elbo_batch::{States, WorkList};
use std::time::SystemTime;

/// What `elbo batch run` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Ctrl-C lets every run save itself and ends with exit code 75; the same command goes on from there. \
    With --on slurm it only submits what is open and not in the queue, and ends.")]
pub struct Arguments {
    #[command(flatten)]
    planned: Planned,
    /// Where the runs are done: on this machine, or on a cluster.
    #[arg(long, value_enum, default_value_t = Engine::Local)]
    on: Engine,
    /// Show what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Where runs are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// By a pool of workers on this machine.
    Local,
    /// As arrays of Slurm.
    Slurm,
}

/// Plans the batch and does what is not done yet.
pub fn execute(arguments: &Arguments, terminal: &Terminal) -> Outcome {
    let planned = &arguments.planned;
    let result = planned.named.open(terminal).and_then(|opened| {
        let plan = opened.planned(planned, terminal)?;
        if arguments.dry_run {
            return show(&opened, planned, &plan, Form::Text, terminal).map(|()| Outcome::Done);
        }
        let manifest = std::path::absolute(&opened.path).unwrap_or_else(|_| opened.path.clone());
        let kept = (opened.manifest.name.as_str(), manifest.as_path());
        let list = WorkList::keep(&plan, kept, opened.store(), SystemTime::now())
            .map_err(|error| report_list(&error, terminal))?;
        Ok(match arguments.on {
            Engine::Local => match States::of(&list) {
                Ok(states) => work_at(&list, &states, &opened.pool(planned), terminal),
                Err(error) => report_error(&error.into(), terminal),
            },
            Engine::Slurm => submit(&list, &opened, planned, terminal),
        })
    });
    result.unwrap_or_else(|outcome| outcome)
}
