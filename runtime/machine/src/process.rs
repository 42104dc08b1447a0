//! Processes of this machine.

use std::sync::OnceLock;
use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System};

/// A process that can be told from another one that is given the same number later.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcessKey {
    /// The machine's name.
    pub host: String,
    /// Its number there.
    pub number: u32,
    /// When it began, in seconds since 1970 by that machine's clock.
    pub started: u64,
}

impl ProcessKey {
    /// This process.
    pub fn own() -> Self {
        static OWN: OnceLock<ProcessKey> = OnceLock::new();
        let look = || {
            let number = std::process::id();
            let started = process(number, |process| process.start_time()).unwrap_or(0);
            Self { host: host(), number, started }
        };
        OWN.get_or_init(look).clone()
    }

    /// Whether the process runs; `None` if it is one of another machine. One that has ended and waits for its parent to
    /// hear of it does not run.
    pub fn is_running(&self) -> Option<bool> {
        if self.host != host() {
            return None;
        }
        let runs = process(self.number, |process| {
            let ended = matches!(process.status(), ProcessStatus::Zombie | ProcessStatus::Dead);
            !ended && process.start_time() == self.started
        });
        Some(runs.unwrap_or(false))
    }
}

/// Bytes of memory that a process of this machine holds; `None` if there is no such process.
pub fn resident_memory(number: u32) -> Option<u64> {
    process(number, sysinfo::Process::memory)
}

/// Whether a process of this machine is suspended, by `kill -STOP` or a terminal.
pub fn is_suspended(number: u32) -> bool {
    process(number, |process| process.status() == ProcessStatus::Stop).unwrap_or(false)
}

fn host() -> String {
    System::host_name().unwrap_or_else(|| "unknown".to_owned())
}

fn process<T>(number: u32, look: impl FnOnce(&sysinfo::Process) -> T) -> Option<T> {
    let (mut system, number) = (System::new(), Pid::from_u32(number));
    let what = ProcessRefreshKind::nothing().with_memory();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[number]), true, what);
    system.process(number).map(look)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_runs_and_no_other_has_its_beginning() {
        let own = ProcessKey::own();
        assert_eq!(own.is_running(), Some(true));
        assert!(resident_memory(own.number).is_some_and(|bytes| bytes > 1 << 20));
        let earlier = ProcessKey { started: own.started.wrapping_sub(100), ..own.clone() };
        assert_eq!(earlier.is_running(), Some(false));
        assert_eq!(ProcessKey { host: "another".to_owned(), ..own }.is_running(), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_process_that_nobody_has_waited_for_does_not_run() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().expect("there is `sleep`");
        let started = process(child.id(), |process| process.start_time()).expect("it runs");
        let key = ProcessKey { number: child.id(), started, ..ProcessKey::own() };
        assert_eq!(key.is_running(), Some(true));
        child.kill().expect("it is a child");
        // It is told of its end a moment later.
        while key.is_running() == Some(true) {
            std::thread::yield_now();
        }
        child.wait().expect("it is a child");
        assert_eq!(key.is_running(), Some(false));
    }
}
