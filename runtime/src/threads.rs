//! How many threads compute.

use rayon::ThreadPoolBuilder;
use std::error::Error;
use std::num::NonZeroUsize;

/// As many threads as a process may be given.
pub const MOST_THREADS: u16 = 1024;

/// Threads that the system does not give.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be started: {problem}", wanted(*.threads))]
pub struct ThreadsError {
    /// How many were asked for; `None` where it was one for each processor.
    pub threads: Option<NonZeroUsize>,
    /// What the system said.
    pub problem: String,
}

impl ThreadsError {
    /// What fixes it.
    pub fn help(&self) -> &'static str {
        "ask for fewer, such as `--threads 1`, or raise the limit of processes (`ulimit -u`, or `pids.max` of a container) \
         or of address space (`ulimit -v`)"
    }
}

/// Sets the number of threads of this process, once; without a number all processors are used. Gives
/// the number in force. Results do not depend on it.
///
/// # Errors
/// [`ThreadsError`] if the system does not give so many.
pub fn use_threads(threads: Option<NonZeroUsize>) -> Result<usize, ThreadsError> {
    let built = ThreadPoolBuilder::new().num_threads(threads.map_or(0, NonZeroUsize::get)).build_global();
    // Without a source it is that the pool has been made already; then its number stays in force.
    match built.as_ref().err().and_then(Error::source) {
        Some(problem) => Err(ThreadsError { threads, problem: problem.to_string() }),
        None => Ok(rayon::current_num_threads()),
    }
}

fn wanted(threads: Option<NonZeroUsize>) -> String {
    match threads.map(NonZeroUsize::get) {
        None => "one thread for each processor".to_owned(),
        Some(1) => "1 thread".to_owned(),
        Some(count) => format!("{count} threads"),
    }
}
