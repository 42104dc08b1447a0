//! `elbo batch run`

use super::manifest::{Opened, Planned, report_list};
use super::plan::{Form, prospect, show};
use super::pool_progress::work_at;
use super::slurm::submit;
use crate::outcome::Outcome;
use crate::project::cache_folder;
use crate::terminal::Terminal;
use crate::wording::counted;
use clap::ValueEnum;
use elbo_batch::table::outlook;
use elbo_batch::{Plan, States, WorkList, calibrated_for};
use std::time::SystemTime;

/// What `elbo batch run` takes.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Ctrl-C lets every run save itself and ends with exit code 75; the same command goes on from there. \
    With --on slurm it only submits what is open and not in the queue, and ends."
)]
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
        let mut plan = opened.planned(planned, terminal)?;
        if arguments.dry_run {
            show(&opened, planned, &plan, Form::Text, terminal);
            return Ok(Outcome::Done);
        }
        if arguments.on == Engine::Local {
            announce(&opened, planned, &mut plan, terminal);
        }
        opened.note_namesakes(terminal);
        let list = WorkList::keep(&plan, opened.told_by(), opened.store(), SystemTime::now())
            .map_err(|error| report_list(&error, terminal))?;
        Ok(match arguments.on {
            Engine::Local => work_at(&list, &States::of(&list), &opened.pool(planned), terminal),
            Engine::Slurm => submit(&list, &opened, planned, terminal),
        })
    });
    result.unwrap_or_else(|outcome| outcome)
}

/// Says how much there is to do and how long it takes; measures this machine for that, if it is much.
fn announce(opened: &Opened, planned: &Planned, plan: &mut Plan, terminal: &Terminal) {
    let mut ahead = 0.0;
    let open =
        |finished: &[bool]| plan.runs.iter().zip(finished).filter(|(_, done)| !**done).map(|(run, _)| run.work()).sum();
    prospect(opened, planned, plan, |prospect| ahead = open(prospect.finished));
    let (threads, folder) = (opened.pool(planned).threads_of_a_run(), cache_folder());
    let measured = calibrated_for(&plan.place, (threads, ahead), folder.as_deref(), &mut |text| terminal.note(text));
    if let Some(calibration) = measured {
        plan.forecast_times(&calibration);
    }
    let pool = opened.pool(planned);
    if pool.at_once() < pool.jobs {
        let adapters = counted(pool.adapters.len(), "graphics processor");
        terminal.note(&format!(
            "{} jobs were asked for, and each graphics processor computes one run at a time: the others wait for one \
             of {adapters}",
            pool.jobs
        ));
    }
    prospect(opened, planned, plan, |prospect| terminal.note(outlook(plan, prospect).trim_end()));
}
