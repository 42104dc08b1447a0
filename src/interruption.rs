//! Signals that ask the program to stop.
//!
//! The first request is answered by saving what there is to save; the second ends the program at once, as if killed. A
//! thread looks at what has come, so that a long computation cannot hold a request up.

use crate::outcome::Outcome;
use crate::terminal::write_ending;
use elbo_runtime::execute::Stop;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often it is looked whether a signal has come.
const PULSE: Duration = Duration::from_millis(20);

/// How long a run has to answer a request by itself where nothing would be lost.
const PATIENCE: Duration = Duration::from_secs(1);

/// A terminal that is closed hangs up twice, by the shell and by the system: within this time that is one request.
const ONE_HANGUP: Duration = Duration::from_secs(2);

/// A signal that asks to stop.
struct Watched {
    has_come: Arc<AtomicBool>,
    meaning: Meaning,
}

/// What a signal asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// To stop; the second time, to end at once with this exit code.
    Stop(i32),
    /// The same, of a terminal that is gone.
    HangUp(i32),
    /// To stop, however often it comes: a limit of time is near.
    Limit,
}

impl Watched {
    fn new(signal: i32, meaning: Meaning) -> io::Result<Self> {
        let has_come = Arc::new(AtomicBool::new(false));
        flag::register(signal, Arc::clone(&has_come))?;
        Ok(Self { has_come, meaning })
    }
}

/// What Ctrl-C, a request of the system to end, a closed terminal and a limit of processor time set. Another of the
/// first three ends the program at once, with 128 and the signal's number.
///
/// A run with nothing to lose that has not answered within a second is ended with exit code 75.
///
/// # Errors
/// If the system lets no signal be received, or no thread be started.
pub fn watch() -> io::Result<Arc<Stop>> {
    listen(false, true)
}

/// As [`watch`] for what has to tell others of its end, a pool or a task of Slurm, and so is only ever asked to stop.
/// SIGUSR1, by which Slurm says that the time limit is near, is such a request, too.
///
/// # Errors
/// As of [`watch`].
pub fn watch_patiently() -> io::Result<Arc<Stop>> {
    listen(true, false)
}

/// As [`watch`] for a worker of a pool.
///
/// # Errors
/// As of [`watch`].
pub fn watch_worker() -> io::Result<Arc<Stop>> {
    listen(true, true)
}

/// Lets a write beyond the limit of file sizes fail as any other, instead of ending the program.
///
/// # Errors
/// If the system lets no signal be received.
pub fn survive_file_size_limit() -> io::Result<()> {
    #[cfg(unix)]
    flag::register(signal_hook::consts::SIGXFSZ, Arc::default())?;
    Ok(())
}

fn listen(of_slurm: bool, ends: bool) -> io::Result<Arc<Stop>> {
    let mut watched =
        vec![Watched::new(SIGINT, Meaning::Stop(128 + SIGINT))?, Watched::new(SIGTERM, Meaning::Stop(128 + SIGTERM))?];
    #[cfg(unix)]
    {
        use signal_hook::consts::{SIGHUP, SIGUSR1, SIGXCPU};
        // What `nohup` began goes on without its terminal.
        if !is_ignored(SIGHUP) {
            watched.push(Watched::new(SIGHUP, Meaning::HangUp(128 + SIGHUP))?);
        }
        watched.push(Watched::new(SIGXCPU, Meaning::Limit)?);
        if of_slurm {
            watched.push(Watched::new(SIGUSR1, Meaning::Limit)?);
        }
    }
    let stop = Arc::new(Stop::default());
    let told = Arc::clone(&stop);
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || attend(&watched, &told, ends))?;
    Ok(stop)
}

/// Passes on what comes, and ends the program where that is asked for.
fn attend(watched: &[Watched], stop: &Stop, ends: bool) {
    let mut asked: Option<(Instant, bool)> = None;
    let mut asked_since: Option<Instant> = None;
    loop {
        for signal in watched.iter().filter(|signal| signal.has_come.swap(false, Ordering::Relaxed)) {
            let (code, is_hangup) = match signal.meaning {
                Meaning::Stop(code) => (code, false),
                Meaning::HangUp(code) => (code, true),
                Meaning::Limit => {
                    stop.ask();
                    continue;
                }
            };
            match asked {
                Some((when, by_hangup)) if !(is_hangup && by_hangup && when.elapsed() < ONE_HANGUP) => {
                    signal_hook::low_level::exit(code)
                }
                Some(_) => {}
                None => asked = Some((Instant::now(), is_hangup)),
            }
            stop.ask();
        }
        // Others may have asked as well, such as a pool that closes the pipe to its worker.
        if stop.is_asked() {
            let since = asked_since.get_or_insert_with(Instant::now);
            if ends && since.elapsed() >= PATIENCE && !stop.may_lose() {
                // By a thread of its own, which a reader of the messages that does not read holds up alone.
                let told =
                    || write_ending("stopped where nothing was left to save; the same command goes on from there");
                let telling = std::thread::Builder::new().spawn(told).ok();
                let since = Instant::now();
                while telling.as_ref().is_some_and(|telling| !telling.is_finished()) && since.elapsed() < PATIENCE {
                    std::thread::sleep(PULSE);
                }
                signal_hook::low_level::exit(Outcome::Stopped.code().into())
            }
        }
        std::thread::sleep(PULSE);
    }
}

/// Whether a signal was ignored when the program began, as far as the system tells.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignored_in(&status, signal)
}

/// Whether the text of `/proc/self/status` tells that a signal is ignored.
#[cfg(unix)]
fn ignored_in(status: &str, signal: i32) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_signal_that_was_ignored_from_the_start_is_told() {
        let status = "Name:\telbo\nSigBlk:\t0000000000000001\nSigIgn:\t0000000000001001\n";
        assert!(ignored_in(status, 1) && ignored_in(status, 13));
        assert!(!ignored_in(status, 2) && !ignored_in("", 1));
    }
}
