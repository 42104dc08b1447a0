//! `elbo batch worker`, which pools and Slurm begin.

use crate::interruption;
use crate::outcome::Outcome;
use crate::progress::Progress;
use crate::project::cache_folder;
use crate::terminal::Terminal;
use elbo_batch::WorkList;
use elbo_batch::worker::{Work, stop_when_closed, work};
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
    #[arg(value_name = "INDEX")]
    index: usize,
    /// Threads that compute.
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Begin even if the forecast says that memory will not do.
    #[arg(long)]
    ignore_memory: bool,
}

/// Does one run of a batch. It stops when its standard input ends: then its pool is gone, or wants it to.
pub fn execute(arguments: &Arguments, terminal: &Terminal) -> Outcome {
    let stop = match interruption::watch() {
        Ok(stop) => stop,
        Err(error) => {
            terminal.error(&format!("signals cannot be received: {error}"));
            return Outcome::Internal;
        }
    };
    stop_when_closed(std::io::stdin(), Arc::clone(&stop));
    let calibrations = cache_folder();
    let how = Work {
        threads: elbo_runtime::threads::use_threads(arguments.threads),
        calibrations: calibrations.as_deref(),
        ignore_memory: arguments.ignore_memory,
        stop: &stop,
    };
    let mut progress = Progress::new(terminal);
    let list = WorkList::open(&arguments.directory);
    let result = list.map_err(Into::into).and_then(|list| work(&list, arguments.index, how, &mut progress));
    progress.clear();
    match result {
        Ok(_) => Outcome::Done,
        Err(error) if error.is_stop() => {
            terminal.note(&error.to_string());
            Outcome::Stopped
        }
        Err(error) => {
            let help = error.help().map_or_else(String::new, |help| format!("\n  help: {help}"));
            terminal.error(&format!("{error}{help}"));
            match &error {
                error if error.is_of_the_machine() => Outcome::StoreFailed,
                error if error.is_internal() => Outcome::Internal,
                _ => Outcome::Wrong,
            }
        }
    }
}
