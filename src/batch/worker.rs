//! `elbo batch worker`, which pools and Slurm begin.

use super::slurm;
use crate::interruption;
use crate::outcome::Outcome;
use crate::progress::Progress;
use crate::project::cache_folder;
use crate::terminal::Terminal;
use crate::threads::{no_signals, use_threads};
use elbo_batch::WorkList;
use elbo_batch::slurm::{ArrayTask, SlurmError, given_adapter};
use elbo_batch::worker::{Work, stop_when_closed, work};
use elbo_runtime::backend::DeviceChoice;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

/// What `elbo batch worker` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The batch's folder in the store.
    #[arg(value_name = "DIRECTORY")]
    directory: PathBuf,
    /// The run's number in the batch.
    #[arg(value_name = "INDEX", required_unless_present = "list")]
    index: Option<usize>,
    /// The submission of a Slurm array whose task this is; the place in it tells the run.
    #[arg(long, value_name = "FILE", conflicts_with = "index")]
    list: Option<PathBuf>,
    /// Threads that compute.
    #[arg(long, value_name = "N", value_parser = crate::threads::parser())]
    threads: Option<u16>,
    /// The graphics processor that its run is computed on [default: in a task of Slurm the one that it was given].
    #[arg(long, value_name = "DEVICE")]
    adapter: Option<DeviceChoice>,
    /// Begin even if the forecast says that memory will not do.
    #[arg(long)]
    ignore_memory: bool,
}

/// Does one run of a batch. Of a pool, it stops when its standard input ends: then its pool is gone, or wants it to. Of a Slurm
/// array, it stops when Slurm says so, and sees to it that its task is queued again.
pub fn execute(arguments: &Arguments, terminal: &Terminal) -> Outcome {
    let is_task = arguments.list.is_some();
    let watched = if is_task { interruption::watch_patiently() } else { interruption::watch_worker() };
    let stop = match watched {
        Ok(stop) => stop,
        Err(error) => return no_signals(&error, terminal),
    };
    let task = match task(arguments) {
        Ok(task) => task,
        Err(error) => return slurm::report(&error, terminal),
    };
    let index = match task {
        None => arguments.index.unwrap_or_default(),
        Some((_, index)) => index,
    };
    if task.is_none()
        && let Err(error) = stop_when_closed(std::io::stdin(), Arc::clone(&stop))
    {
        return no_signals(&error, terminal);
    }
    let threads = match use_threads(arguments.threads.and_then(|threads| NonZeroUsize::new(threads.into())), terminal) {
        Ok(threads) => threads,
        Err(outcome) => return outcome,
    };
    let calibrations = cache_folder();
    let given = || if is_task { given_adapter() } else { None };
    let how = Work {
        threads,
        adapter: arguments.adapter.or_else(given),
        calibrations: calibrations.as_deref(),
        ignore_memory: arguments.ignore_memory,
        stop: &stop,
    };
    let mut progress = Progress::new(terminal);
    let list = WorkList::open(&arguments.directory);
    let result = list.map_err(Into::into).and_then(|list| work(&list, index, how, &mut progress));
    progress.clear();
    match result {
        Ok(_) => Outcome::Done,
        Err(error) if error.is_stop() => {
            terminal.note(&error.to_string());
            if let Some((task, _)) = task {
                slurm::note_end(&task.hand_back(), terminal);
            }
            Outcome::Stopped
        }
        Err(error) => {
            let help = error.help().map_or_else(String::new, |help| format!("\n  help: {help}"));
            terminal.error(&format!("{error}{help}"));
            match &error {
                error if error.is_of_the_store() => Outcome::StoreFailed,
                error if error.is_internal() => Outcome::Internal,
                _ => Outcome::Wrong,
            }
        }
    }
}

/// The task of an array that this worker is, and its run's number in the batch.
fn task(arguments: &Arguments) -> Result<Option<(ArrayTask, usize)>, SlurmError> {
    let Some(submission) = &arguments.list else { return Ok(None) };
    let task = ArrayTask::of_environment()?;
    Ok(Some((task, task.run(submission)?)))
}
