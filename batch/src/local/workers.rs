//! The processes of a pool.

use crate::work_list::{Item, WorkList};
use elbo_runtime::backend::DeviceChoice;
use elbo_runtime::backend::native::KERNELS_VARIABLE;
use elbo_runtime::machine::{is_suspended, resident_memory};
use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Exit code of a worker that cannot write to the store: `EX_CANTCREAT` of sysexits.
pub(super) const STORE_FAILED: i32 = 73;

/// A worker at one run. It lives as long as its standard input stays open: a pool that is killed takes its workers along,
/// which save what they have.
#[derive(Debug)]
pub(super) struct Worker {
    /// The run's place in the batch.
    pub index: usize,
    /// What its run is forecast to take, in bytes.
    pub forecast: u64,
    /// The graphics processor that it has to itself.
    pub adapter: Option<DeviceChoice>,
    child: Child,
    began: Instant,
    life: Option<ChildStdin>,
}

/// How a worker ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WorkerEnd {
    /// Its run has a result.
    Finished,
    /// It saved its run, having been asked to stop, by this pool or by a signal.
    Stopped,
    /// A signal that somebody sent ended it at once; this is its name.
    Ended(&'static str),
    /// The store cannot be written.
    StoreFailed,
    /// Its run cannot be done; the worker has written down why.
    Refused,
    /// It died: by a signal that nobody need have sent, or by a defect.
    Died(ExitStatus),
}

/// How a worker with this status ended.
fn end(status: ExitStatus) -> WorkerEnd {
    match status.code() {
        Some(0) => WorkerEnd::Finished,
        Some(75) => WorkerEnd::Stopped,
        Some(STORE_FAILED) => WorkerEnd::StoreFailed,
        Some(1) => WorkerEnd::Refused,
        _ => sent_signal(status).map_or(WorkerEnd::Died(status), WorkerEnd::Ended),
    }
}

/// The signal that ended a process, of those by which people and schedulers ask for an end: by itself, before the
/// process could receive any, or as the exit code that the second of them leads to. SIGKILL is none: the system
/// sends it where memory ran out.
fn sent_signal(status: ExitStatus) -> Option<&'static str> {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal = None;
    match signal.or_else(|| status.code()?.checked_sub(128))? {
        1 => Some("SIGHUP"),
        2 => Some("SIGINT"),
        15 => Some("SIGTERM"),
        _ => None,
    }
}

impl Worker {
    /// Begins a worker: `elbo batch worker DIRECTORY INDEX`, whose standard error is added to the run's log.
    /// With `adapter` its run is computed on that one.
    pub fn begin(
        elbo: &Path,
        list: &WorkList,
        item: &Item,
        (threads, adapter): (usize, Option<DeviceChoice>),
    ) -> io::Result<Self> {
        let log = OpenOptions::new().create(true).append(true).open(list.log(item.index))?;
        let mut command = Command::new(elbo);
        command
            .args(["batch", "worker", "--ignore-memory", "--threads", &threads.to_string()])
            .arg(&list.directory)
            .arg(item.index.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log);
        if let Some(adapter) = adapter {
            command.arg("--adapter").arg(adapter.to_string());
        }
        if item.backend == "native" {
            command.env(KERNELS_VARIABLE, &item.kernel_table);
        }
        let mut child = command.spawn()?;
        let life = child.stdin.take();
        Ok(Self { index: item.index, forecast: item.memory, adapter, child, began: Instant::now(), life })
    }

    /// Asks it to save its run and to end.
    pub fn stop(&mut self) {
        self.life = None;
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> io::Result<Option<WorkerEnd>> {
        Ok(self.child.try_wait()?.map(end))
    }

    /// How long it has been at work.
    pub fn age(&self) -> Duration {
        self.began.elapsed()
    }

    /// Its number as a process, if the system has suspended it (`kill -STOP`): it then neither works nor answers.
    pub fn suspended(&self) -> Option<u32> {
        Some(self.child.id()).filter(|number| is_suspended(*number))
    }

    /// Bytes of memory it holds.
    pub fn resident(&self) -> u64 {
        resident_memory(self.child.id()).unwrap_or(0)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    #[test]
    fn a_signal_that_somebody_sent_is_told_from_a_death() {
        let exit = |code: i32| end(ExitStatus::from_raw(code << 8));
        assert_eq!([exit(0), exit(75), exit(1)], [WorkerEnd::Finished, WorkerEnd::Stopped, WorkerEnd::Refused]);
        assert_eq!([exit(129), exit(130)], [WorkerEnd::Ended("SIGHUP"), WorkerEnd::Ended("SIGINT")]);
        assert_eq!([exit(143), end(ExitStatus::from_raw(15))], [WorkerEnd::Ended("SIGTERM"); 2]);
        for status in [9, 11, 137 << 8, 70 << 8].map(ExitStatus::from_raw) {
            assert_eq!(end(status), WorkerEnd::Died(status));
        }
    }
}
