//! How a run without a result stands.

use super::attempt_folders::attempts;
use super::heartbeat::{SILENCE, last_beat};
use super::{
    Attempt, Heartbeat, Identity, RUN_RECORD, RunKeys, RunStatus, Store, StoreClock, StoreError, read_run_record,
};
use std::path::PathBuf;
use std::time::Duration;

/// The attempt at a run that tells how it stands: one that somebody works at, else the last.
#[derive(Debug, Clone, PartialEq)]
pub struct LastAttempt {
    /// Its directory.
    pub directory: PathBuf,
    /// How it stands by its record; `None` where that cannot be read, as of one that was cut off as it began.
    pub status: Option<RunStatus>,
    /// The evaluation it is made for; `None` where its record cannot be read.
    pub evaluation: Option<Identity>,
    /// Its last sign of life, and how old that is.
    pub heartbeat: Option<(Heartbeat, Duration)>,
}

impl LastAttempt {
    /// Whether somebody works at it: it has been heard of lately and, on this machine, the process is there. One that
    /// was stopped (`kill -STOP`) is not waited for; should it go on, both come to the same result.
    pub fn is_alive(&self) -> bool {
        let (Some(RunStatus::Running), Some((heartbeat, age))) = (self.status, &self.heartbeat) else { return false };
        *age < SILENCE && heartbeat.process.is_running().unwrap_or(true)
    }
}

impl LastAttempt {
    pub(super) fn read(directory: PathBuf, clock: &StoreClock) -> Self {
        let record = read_run_record(&directory.join(RUN_RECORD)).ok();
        let heartbeat = last_beat(&directory, clock);
        let (status, evaluation) = record.map_or((None, None), |record| (Some(record.status), record.evaluation));
        Self { directory, status, evaluation, heartbeat }
    }
}

impl Store {
    /// The attempt at a training that somebody works at, else the last one, if there is any.
    ///
    /// # Errors
    /// [`StoreError::Read`] if the run's folder cannot be searched.
    pub fn last_attempt(&self, training: &Identity, clock: &StoreClock) -> Result<Option<LastAttempt>, StoreError> {
        self.last_attempt_of(training, clock, |_| true)
    }

    /// The same of those that are made for one evaluation, and of those that do not say.
    ///
    /// # Errors
    /// As of [`Store::last_attempt`].
    pub fn last_attempt_for(&self, keys: &RunKeys, clock: &StoreClock) -> Result<Option<LastAttempt>, StoreError> {
        let meant = |attempt: &LastAttempt| attempt.evaluation.as_ref().is_none_or(|own| *own == keys.evaluation);
        self.last_attempt_of(&keys.training, clock, meant)
    }

    fn last_attempt_of(
        &self,
        training: &Identity,
        clock: &StoreClock,
        meant: impl Fn(&LastAttempt) -> bool,
    ) -> Result<Option<LastAttempt>, StoreError> {
        let run = self.run_directory(training);
        let mut last = None;
        for directory in attempts(&run).map_err(StoreError::read(&run))?.into_iter().rev() {
            let attempt = LastAttempt::read(directory, clock);
            if !meant(&attempt) {
                continue;
            }
            if attempt.is_alive() {
                return Ok(Some(attempt));
            }
            last.get_or_insert(attempt);
        }
        Ok(last)
    }

    /// An attempt at the same training that was begun before this one and that somebody works at.
    ///
    /// # Errors
    /// As of [`Store::last_attempt`].
    pub fn earlier_attempt(&self, attempt: &Attempt, clock: &StoreClock) -> Result<Option<LastAttempt>, StoreError> {
        let earlier = attempt.earlier()?.into_iter().map(|directory| LastAttempt::read(directory, clock));
        Ok(earlier.into_iter().find(LastAttempt::is_alive))
    }
}
