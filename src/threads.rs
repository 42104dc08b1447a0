//! `--threads`, and what is said where the system gives none.

use crate::outcome::Outcome;
use crate::terminal::Terminal;
use clap::builder::RangedI64ValueParser;
use elbo_runtime::threads::{MOST_THREADS, ThreadsError};
use std::num::NonZeroUsize;

/// Reads `--threads`.
pub fn parser() -> RangedI64ValueParser<u16> {
    clap::value_parser!(u16).range(1..=i64::from(MOST_THREADS))
}

/// Sets the number of threads that compute; without one all processors are used. Gives the number in force. What is
/// wrong has been printed.
///
/// # Errors
/// How the command ends.
pub fn use_threads(threads: Option<NonZeroUsize>, terminal: &Terminal) -> Result<usize, Outcome> {
    elbo_runtime::threads::use_threads(threads).map_err(|error| wrong(&error, terminal))
}

/// Refuses a number of threads in the environment that no process is given. What is wrong has been printed.
///
/// # Errors
/// How the command ends.
pub fn check_environment(terminal: &Terminal) -> Result<(), Outcome> {
    elbo_runtime::threads::check_environment().map_err(|error| wrong(&error, terminal))
}

fn wrong(error: &ThreadsError, terminal: &Terminal) -> Outcome {
    terminal.error(&format!("{error}\n  help: {}", error.help()));
    Outcome::Wrong
}

/// Says that signals cannot be watched.
pub fn no_signals(error: &std::io::Error, terminal: &Terminal) -> Outcome {
    no_threads("watch signals", error, terminal)
}

/// Says what no thread can be started for.
pub fn no_threads(purpose: &str, error: &std::io::Error, terminal: &Terminal) -> Outcome {
    terminal.error(&format!(
        "no thread can be started to {purpose}: {error}\n  help: raise the limit of processes (`ulimit -u`, or \
         `pids.max` \
         of a container) or of address space (`ulimit -v`)"
    ));
    Outcome::Wrong
}
