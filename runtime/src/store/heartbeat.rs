//! `heartbeat.json` of an attempt: a sign of life, and how far it has come.
//!
//! It serves people and schedulers who look; nothing depends on it that matters to a result.

use super::atomic::folder_of;
use super::{Attempt, disk};
use crate::machine::ProcessKey;
use crate::partial;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

/// The name of the file.
const HEARTBEAT: &str = "heartbeat.json";

/// The version of the form.
const VERSION: u32 = 1;

/// The most that the file may hold; it has some 400 bytes.
const MOST_BYTES: u64 = 1 << 16;

/// Beats of young attempts, which people watch, come faster: every tenth of their age, within these bounds.
const FASTEST: Duration = Duration::from_secs(1);
const SLOWEST: Duration = Duration::from_secs(10);

/// After so long without a beat an attempt is taken for dead.
pub const SILENCE: Duration = Duration::from_secs(60);

/// A sign of life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heartbeat {
    version: u32,
    /// Who works at it.
    pub process: ProcessKey,
    /// How many beats there were before.
    pub beat: u64,
    /// Seconds since the attempt began.
    pub seconds: f64,
    /// How far it has come.
    pub progress: AttemptProgress,
}

/// How far an attempt has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "phase", deny_unknown_fields)]
pub enum AttemptProgress {
    /// It has not begun to train.
    Preparing,
    /// It is being trained.
    Training {
        /// Steps taken.
        step: u64,
        /// Steps of the whole training.
        steps: u64,
        /// The epoch, from 1.
        epoch: usize,
        /// Epochs of the whole training.
        epochs: usize,
        /// The last step's objective, in nats per example.
        loss: f64,
        /// Share of the last step's examples that were right.
        accuracy: Option<f64>,
        /// Seconds until its end at the speed so far.
        seconds_left: Option<f64>,
    },
    /// It is being scored.
    Scoring {
        /// Examples all draws of which are made.
        done: usize,
        /// Examples of the split.
        examples: usize,
    },
}

/// Beats until it is dropped.
#[derive(Debug)]
pub struct Pulse {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Debug)]
struct State {
    progress: AttemptProgress,
    has_ended: bool,
}

impl Pulse {
    /// Begins to beat in an attempt's directory. A beat that cannot be written is left out.
    pub fn begin(attempt: &Attempt) -> Self {
        let state = State { progress: AttemptProgress::Preparing, has_ended: false };
        let shared = Arc::new(Shared { state: Mutex::new(state), ended: Condvar::new() });
        let (path, theirs) = (attempt.path(HEARTBEAT), Arc::clone(&shared));
        // The first is there before anyone looks.
        let began = Instant::now();
        let _ = write(&path, 0, began.elapsed(), &AttemptProgress::Preparing);
        let thread = std::thread::Builder::new().name("heartbeat".to_owned());
        let thread = thread.spawn(move || beat(&theirs, &path, began)).ok();
        Self { shared, thread }
    }

    /// Notes how far the attempt has come, for the next beat.
    pub fn tell(&self, progress: AttemptProgress) {
        lock(&self.shared).progress = progress;
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        lock(&self.shared).has_ended = true;
        self.shared.ended.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Nothing that holds the lock can panic, and if it did, the state would still be whole.
fn lock(shared: &Shared) -> MutexGuard<'_, State> {
    shared.state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn beat(shared: &Shared, path: &Path, began: Instant) {
    for number in 1.. {
        let pause = (began.elapsed() / 10).clamp(FASTEST, SLOWEST);
        let waited = shared.ended.wait_timeout_while(lock(shared), pause, |state| !state.has_ended);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.has_ended {
            return;
        }
        let progress = state.progress.clone();
        drop(state);
        let _ = write(path, number, began.elapsed(), &progress);
    }
}

/// Whole or not at all, but not at once on the disk: it is worth nothing after a power failure.
fn write(path: &Path, beat: u64, age: Duration, progress: &AttemptProgress) -> io::Result<()> {
    let (process, seconds) = (ProcessKey::own(), age.as_secs_f64());
    let heartbeat = Heartbeat { version: VERSION, process, beat, seconds, progress: progress.clone() };
    let mut file = partial::file(folder_of(path))?;
    serde_json::to_writer(&mut file, &heartbeat)?;
    file.flush()?;
    disk::persist_unwatched(file, path)
}

/// The last beat of an attempt and its age; `None` if there is none that can be read.
pub(super) fn last_beat(attempt: &Path, clock: &StoreClock) -> Option<(Heartbeat, Duration)> {
    let path: PathBuf = attempt.join(HEARTBEAT);
    let file = fs::File::open(path).ok()?;
    let written = file.metadata().ok()?.modified().ok()?;
    let mut text = String::new();
    file.take(MOST_BYTES).read_to_string(&mut text).ok()?;
    let heartbeat: Heartbeat = serde_json::from_str(&text).ok()?;
    (heartbeat.version == VERSION).then(|| (heartbeat, clock.age(written)))
}

/// The time by the clock that dates a store's files, which on a shared file system is not this machine's.
#[derive(Debug, Clone, Copy)]
pub struct StoreClock {
    now: SystemTime,
}

impl StoreClock {
    /// Looks at the clock of the file system that `folder` is on; where nothing can be written, at this machine's.
    pub fn of(folder: &Path) -> Self {
        let probe = || partial::file(folder)?.as_file().metadata()?.modified();
        Self { now: probe().unwrap_or_else(|_| SystemTime::now()) }
    }

    /// How long ago something was written. What seems to lie ahead was dated by another clock; how far that is off
    /// counts as its age, so that it is not taken for new for ever.
    pub fn age(&self, written: SystemTime) -> Duration {
        self.now.duration_since(written).unwrap_or_else(|error| error.duration())
    }
}
