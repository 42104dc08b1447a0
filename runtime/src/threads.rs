//! How many threads compute.

use crate::forecast::size;
use crate::machine::{Limit, own_limit};
use rayon::ThreadPoolBuilder;
use std::error::Error;
use std::num::NonZeroUsize;

/// As many threads as a process may be given.
pub const MOST_THREADS: u16 = 1024;

/// The variable that rayon and candle take a number of threads from, where none is given.
const VARIABLE: &str = "RAYON_NUM_THREADS";

/// Address space and data that computing takes at least, beside the threads; the smallest run takes most of it.
const LEAST_ROOM: u64 = 16 << 20;

/// Why nothing can be computed. `Display` names the problem, [`ThreadsError::help`] the fix.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ThreadsError {
    /// Threads that the system does not give.
    #[error("{} cannot be started: {problem}", wanted(*.threads))]
    NotStarted {
        /// How many were asked for; `None` where it was one for each processor.
        threads: Option<NonZeroUsize>,
        /// What the system said.
        problem: String,
    },
    /// A limit of the process that leaves too little room for anything.
    #[error("computing takes {} of memory at least, of which {} is available under {of}", size(LEAST_ROOM), size(*.available))]
    NoRoom {
        /// Bytes that it leaves.
        available: u64,
        /// The limit, in words.
        of: String,
    },
    /// The environment asks for more than a process may be given, or not for a number.
    #[error("`{VARIABLE}` is {value:?}, which is no number of threads from 0 to {MOST_THREADS}")]
    Environment {
        /// What it is set to.
        value: String,
    },
}

impl ThreadsError {
    /// What fixes it.
    pub fn help(&self) -> String {
        match self {
            Self::NotStarted { .. } => {
                "ask for fewer, such as `--threads 1`, or raise the limit of processes (`ulimit -u`, or `pids.max` \
                 of a container) \
                 or of address space (`ulimit -v`)"
                    .to_owned()
            }
            Self::NoRoom { .. } => "raise that limit, or ask for fewer threads, such as `--threads 1`".to_owned(),
            Self::Environment { .. } => {
                format!("`unset {VARIABLE}` to use all processors, or set it to a number up to {MOST_THREADS}")
            }
        }
    }
}

/// Refuses a number of threads in the environment that the libraries below would take, however large, or silently
/// leave.
///
/// # Errors
/// [`ThreadsError::Environment`] names the variable.
pub fn check_environment() -> Result<(), ThreadsError> {
    match std::env::var_os(VARIABLE) {
        None => Ok(()),
        Some(value) if value.is_empty() => Ok(()),
        Some(value) => match value.to_str().map(str::parse::<u16>) {
            Some(Ok(threads)) if threads <= MOST_THREADS => Ok(()),
            _ => Err(ThreadsError::Environment { value: value.to_string_lossy().into_owned() }),
        },
    }
}

/// Sets the number of threads of this process, once; without a number all processors are used. Gives
/// the number in force. Results do not depend on it.
///
/// # Errors
/// [`ThreadsError`] if the system does not give so many, or leaves no memory to compute in.
pub fn use_threads(threads: Option<NonZeroUsize>) -> Result<usize, ThreadsError> {
    let built = ThreadPoolBuilder::new().num_threads(threads.map_or(0, NonZeroUsize::get)).build_global();
    // Without a source it is that the pool has been made already; then its number stays in force.
    match built.as_ref().err().and_then(Error::source) {
        Some(problem) => Err(ThreadsError::NotStarted { threads, problem: problem.to_string() }),
        None => match own_limit().filter(|limit| limit.free < LEAST_ROOM) {
            Some(Limit { free, of, .. }) => Err(ThreadsError::NoRoom { available: free, of }),
            None => Ok(rayon::current_num_threads()),
        },
    }
}

fn wanted(threads: Option<NonZeroUsize>) -> String {
    match threads.map(NonZeroUsize::get) {
        None => "one thread for each processor".to_owned(),
        Some(1) => "1 thread".to_owned(),
        Some(count) => format!("{count} threads"),
    }
}
