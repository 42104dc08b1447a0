//! A request to stop, and what is written down where the program ends before a run answers it.

use super::{Stopped, StoppedAt};
use crate::store::{RUN_RECORD, RunRecord, RunStatus, timestamp, write_atomically};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// A request to stop, made by another thread.
///
/// A run answers it at its next safe point. Where that takes long, as in the midst of a large file or of many draws,
/// whoever asked may end the program, unless the run [has something to lose](Stop::may_lose). An end that the run
/// does not see is [written down](Stop::write_down) for it.
#[derive(Debug, Default)]
pub struct Stop {
    asked: AtomicBool,
    unsaved: AtomicBool,
    under_way: Mutex<Option<UnderWay>>,
}

/// The attempt that a run has begun, as it is should it be stopped, and its record.
#[derive(Debug)]
pub(super) struct UnderWay {
    pub stopped: Stopped,
    pub record: RunRecord,
}

impl Stop {
    /// Asks to stop.
    pub fn ask(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked for.
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// Whether ending the program now would lose what the run has done: it trains, or publishes.
    pub fn may_lose(&self) -> bool {
        self.unsaved.load(Ordering::SeqCst)
    }

    /// Writes into the record of the attempt under way that it was stopped, and says where it stood; `None` before a
    /// run has begun an attempt, and after its end. To be called by whoever ends the program in the midst of a run: the
    /// run itself then writes nothing more.
    pub fn write_down(&self) -> Option<Stopped> {
        let UnderWay { stopped, record } = self.under_way().take()?;
        let finished = Some(timestamp(SystemTime::now()));
        let record = RunRecord { status: RunStatus::Stopped, finished, ..record };
        // A record that cannot be written, since the disk is full or the folder gone, leaves an attempt that was cut
        // off.
        let _ = write_atomically(&stopped.attempt.join(RUN_RECORD), record.to_toml().as_bytes());
        Some(stopped)
    }

    /// Notes whether what the run does from here on would be lost.
    pub(super) fn note_unsaved(&self, unsaved: bool) {
        self.unsaved.store(unsaved, Ordering::SeqCst);
    }

    /// Notes that an attempt has begun.
    pub(super) fn note_attempt(&self, attempt: UnderWay) {
        *self.under_way() = Some(attempt);
    }

    /// Notes how far the attempt under way has come.
    pub(super) fn note_place(&self, at: StoppedAt) {
        if let Some(under_way) = self.under_way().as_mut() {
            under_way.stopped.at = at;
        }
    }

    /// Ends the attempt under way by what `record` writes, unless the end of the program is being written down.
    pub(super) fn end_attempt(&self, record: impl FnOnce()) {
        let mut under_way = self.under_way();
        if under_way.take().is_some() {
            record();
        }
    }

    /// Nothing that holds the lock leaves its content in halves.
    fn under_way(&self) -> MutexGuard<'_, Option<UnderWay>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{NUMERICS_VERSION, TrainingParts, read_run_record};
    use std::collections::BTreeMap;

    fn under_way(attempt: &std::path::Path) -> UnderWay {
        let parts = TrainingParts {
            ir_digest: "0123".repeat(16),
            data: Vec::new(),
            weights: BTreeMap::new(),
            seed: 7,
            numerics_version: NUMERICS_VERSION,
            backend: "native".to_owned(),
            device_kind: "cpu".to_owned(),
            kernel_table: "portable".to_owned(),
        };
        let record = RunRecord::begin(&parts, BTreeMap::new(), timestamp(SystemTime::now()));
        let at = StoppedAt::Beginning;
        let resumption = crate::execute::Resumption::SameCommand;
        let stopped = Stopped { identity: parts.key(), attempt: attempt.to_owned(), at, resumption };
        UnderWay { stopped, record }
    }

    #[test]
    fn an_end_in_the_midst_of_a_run_is_written_down_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let stop = Stop::default();
        assert_eq!(stop.write_down(), None, "nothing has begun");
        stop.note_attempt(under_way(folder.path()));
        stop.note_place(StoppedAt::Scoring);
        assert_eq!(stop.write_down().map(|stopped| stopped.at), Some(StoppedAt::Scoring));
        let record = read_run_record(&folder.path().join(RUN_RECORD)).expect("is written");
        assert!(record.status == RunStatus::Stopped && record.finished.is_some());
        stop.end_attempt(|| panic!("it has been written down"));
        assert_eq!(stop.write_down(), None);
    }

    #[test]
    fn what_a_run_writes_of_its_end_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let stop = Stop::default();
        stop.note_attempt(under_way(folder.path()));
        let mut written = false;
        stop.end_attempt(|| written = true);
        assert!(written && stop.write_down().is_none() && !folder.path().join(RUN_RECORD).exists());
        // The folder of an attempt that is gone is not made again.
        stop.note_attempt(under_way(&folder.path().join("gone")));
        assert!(stop.write_down().is_some() && !folder.path().join("gone").exists());
    }
}
