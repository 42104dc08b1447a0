//! The thread that computes answers, and what becomes of an answer that does not come.
//!
//! What a request asks for has bounds, but a large text on a slow machine may take long, and reading a file that is
//! used from a file system that hangs has none. An answer that does not come in time is given up: its thread keeps what
//! it was given until it ends, and another thread takes its place.

use crate::workspace::Workspace;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

/// The stack that texts are read on: brackets nest 64 deep, and reading them takes calls within calls.
pub(crate) const STACK: usize = 16 << 20;

/// How many threads may still be at what was given up before nothing more is begun.
const MOST_GIVEN_UP: usize = 8;

type Job = Box<dyn FnOnce() + Send>;

/// A thread that does one job after the other.
#[derive(Default)]
pub(crate) struct Worker {
    /// Where jobs go; `None` until there is one.
    jobs: Option<Sender<Job>>,
    /// How many jobs have not ended; between two requests these are the ones that were given up.
    running: Arc<AtomicUsize>,
}

/// Why a job has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoResult {
    /// It took too long.
    TooLong,
    /// Too many earlier ones have not ended, or there is no thread to be had.
    NoThread,
    /// It panicked.
    Panicked,
}

impl Worker {
    /// Does `work` on a workspace, and gives both back. Without a result within `patience`, `workspace` is replaced
    /// by one with the same texts and nothing known of them.
    pub fn work<T: Send + 'static>(
        &mut self,
        workspace: &mut Workspace,
        patience: Duration,
        work: impl FnOnce(&Workspace) -> T + Send + 'static,
    ) -> Result<T, NoResult> {
        if self.running.load(Ordering::Relaxed) >= MOST_GIVEN_UP {
            return Err(NoResult::NoThread);
        }
        let rest = workspace.without_knowledge();
        let own = std::mem::replace(workspace, rest);
        let (sender, receiver) = channel();
        let running = Running::begin(&self.running);
        let job: Job = Box::new(move || {
            let result = catch_unwind(AssertUnwindSafe(|| work(&own)));
            drop(running);
            // Where it was given up, nobody receives it.
            let _ = sender.send((own, result));
        });
        self.give(job)?;
        match receiver.recv_timeout(patience) {
            Ok((own, result)) => {
                *workspace = own;
                result.map_err(|_| NoResult::Panicked)
            }
            Err(_) => {
                self.jobs = None;
                Err(NoResult::TooLong)
            }
        }
    }

    /// Whether something that was given up has not ended yet.
    pub fn is_behind(&self) -> bool {
        self.running.load(Ordering::Relaxed) > 0
    }

    /// Gives a job to the thread, which is started if there is none.
    fn give(&mut self, job: Job) -> Result<(), NoResult> {
        let jobs = match self.jobs.take() {
            Some(jobs) => jobs,
            None => {
                let (sender, receiver) = channel::<Job>();
                let work = move || receiver.iter().for_each(|job| job());
                let builder = thread::Builder::new().name("answers".to_owned()).stack_size(STACK);
                builder.spawn(work).map_err(|_| NoResult::NoThread)?;
                sender
            }
        };
        jobs.send(job).map_err(|_| NoResult::NoThread)?;
        self.jobs = Some(jobs);
        Ok(())
    }
}

/// Counts a job for as long as it lives.
struct Running(Arc<AtomicUsize>);

impl Running {
    fn begin(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
