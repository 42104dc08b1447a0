//! Signals that ask the program to stop.
//!
//! The first request is answered by saving what there is to save; the second ends the program at once. A thread looks
//! at what has come, so that a long computation cannot hold a request up. Commands with nothing to save end by the
//! signal itself, once what they were writing is cleared away.

use crate::outcome::Outcome;
use crate::terminal::write_ending;
use elbo_runtime::execute::{Resumption, Stop, Stopped, StoppedAt};
use elbo_runtime::partial;
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

/// Room for a thread that only waits and removes files.
const SMALL_STACK: usize = 256 << 10;

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
/// A run with nothing to lose that has not answered within a second is ended with exit code 75. Where the program so
/// ends in the midst of a run, that is written into its record, and `told` of it; of `None` where no attempt has begun.
///
/// # Errors
/// If the system lets no signal be received, or no thread be started.
pub fn watch(told: impl FnOnce(Option<&Stopped>) + Send + 'static) -> io::Result<Arc<Stop>> {
    listen(false, true, told)
}

/// As [`watch`] for what has to tell others of its end, a pool or a task of Slurm, and so is only ever asked to stop.
/// SIGUSR1, by which Slurm says that the time limit is near, is such a request, too.
///
/// # Errors
/// As of [`watch`].
pub fn watch_patiently() -> io::Result<Arc<Stop>> {
    listen(true, false, |_| ())
}

/// As [`watch`] for a worker of a pool.
///
/// # Errors
/// As of [`watch`].
pub fn watch_worker() -> io::Result<Arc<Stop>> {
    listen(true, true, |_| ())
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

/// Lets a signal that ends the program, as it ends any other, clear away what it was writing before. What `nohup` or a
/// shell has made it ignore it goes on to ignore. Where no thread can be started, the signals end it as they are.
pub fn clear_away_when_ended() {
    // Elsewhere nothing tells whether `nohup` began it, and the signal stays what it is.
    #[cfg(target_os = "linux")]
    let signals = vec![SIGINT, SIGTERM, signal_hook::consts::SIGHUP, signal_hook::consts::SIGXCPU];
    #[cfg(not(target_os = "linux"))]
    let signals = vec![SIGINT, SIGTERM];
    let flags: Vec<(i32, Arc<AtomicBool>)> = signals
        .into_iter()
        .filter(|signal| !is_ignored(*signal))
        .map(|signal| (signal, Arc::new(AtomicBool::new(false))))
        .collect();
    let watched = flags.clone();
    let thread = std::thread::Builder::new().name("signals".to_owned()).stack_size(SMALL_STACK);
    let begun = thread.spawn(move || {
        loop {
            if let Some((signal, _)) = watched.iter().find(|(_, has_come)| has_come.load(Ordering::Relaxed)) {
                within(PATIENCE, partial::clear_away);
                let _ = signal_hook::low_level::emulate_default_handler(*signal);
                signal_hook::low_level::exit(128 + signal);
            }
            std::thread::sleep(PULSE);
        }
    });
    if begun.is_ok() {
        // One that cannot be received ends the program as it is.
        flags.into_iter().for_each(|(signal, flag)| drop(flag::register(signal, flag)));
    }
}

fn listen(of_slurm: bool, ends: bool, told: impl FnOnce(Option<&Stopped>) + Send + 'static) -> io::Result<Arc<Stop>> {
    let mut watched =
        vec![Watched::new(SIGINT, Meaning::Stop(128 + SIGINT))?, Watched::new(SIGTERM, Meaning::Stop(128 + SIGTERM))?];
    #[cfg(unix)]
    {
        use signal_hook::consts::{SIGHUP, SIGUSR1, SIGXCPU};
        // What `nohup` began goes on without its terminal.
        if cfg!(target_os = "linux") && !is_ignored(SIGHUP) {
            watched.push(Watched::new(SIGHUP, Meaning::HangUp(128 + SIGHUP))?);
        }
        watched.push(Watched::new(SIGXCPU, Meaning::Limit)?);
        if of_slurm {
            watched.push(Watched::new(SIGUSR1, Meaning::Limit)?);
        }
    }
    let stop = Arc::new(Stop::default());
    let asked = Arc::clone(&stop);
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || attend(&watched, asked, ends, told))?;
    Ok(stop)
}

/// Passes on what comes, and ends the program where that is asked for.
fn attend(watched: &[Watched], stop: Arc<Stop>, ends: bool, told: impl FnOnce(Option<&Stopped>) + Send + 'static) -> ! {
    let mut asked: Option<(Instant, bool)> = None;
    let mut asked_since: Option<Instant> = None;
    loop {
        // The run hears of it once it is known whether there is time for its answer.
        let mut asks = false;
        for signal in watched.iter().filter(|signal| signal.has_come.swap(false, Ordering::Relaxed)) {
            let (code, is_hangup) = match signal.meaning {
                Meaning::Stop(code) => (code, false),
                Meaning::HangUp(code) => (code, true),
                Meaning::Limit => {
                    asks = true;
                    continue;
                }
            };
            match asked {
                Some((when, by_hangup)) if !(is_hangup && by_hangup && when.elapsed() < ONE_HANGUP) => {
                    leave(stop, told, code)
                }
                Some(_) => {}
                None => asked = Some((Instant::now(), is_hangup)),
            }
            asks = true;
        }
        if asks {
            stop.ask();
        }
        // Others may have asked as well, such as a pool that closes the pipe to its worker.
        if stop.is_asked() {
            let since = asked_since.get_or_insert_with(Instant::now);
            if ends && since.elapsed() >= PATIENCE && !stop.may_lose() {
                let told = |stopped: Option<&Stopped>| {
                    let place = stopped.map_or_else(|| StoppedAt::Beginning.to_string(), Stopped::to_string);
                    let resumption = stopped.map_or(Resumption::SameCommand, |stopped| stopped.resumption);
                    write_ending(&format!("{place}; {resumption}"));
                    told(stopped);
                };
                leave(stop, told, Outcome::Stopped.code().into())
            }
        }
        std::thread::sleep(PULSE);
    }
}

/// Ends the program in the midst of what it does.
fn leave(stop: Arc<Stop>, told: impl FnOnce(Option<&Stopped>) + Send + 'static, code: i32) -> ! {
    within(PATIENCE, move || {
        let stopped = stop.write_down();
        told(stopped.as_ref());
        partial::clear_away();
    });
    signal_hook::low_level::exit(code)
}

/// Does `work`, unless it takes longer: by a thread of its own, so that neither a disk nor a reader of messages that
/// does not answer holds up the end.
fn within(time: Duration, work: impl FnOnce() + Send + 'static) {
    let worker = std::thread::Builder::new().spawn(work).ok();
    let since = Instant::now();
    while worker.as_ref().is_some_and(|worker| !worker.is_finished()) && since.elapsed() < time {
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Whether a signal was ignored when the program began, as far as the system tells.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignored_in(&status, signal)
}

#[cfg(not(unix))]
fn is_ignored(_: i32) -> bool {
    false
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
