//! How a run without a result stands.

use super::heartbeat::{SILENCE, last_beat};
use super::layout::is_absence;
use super::{Heartbeat, Identity, RUN_RECORD, RunStatus, Store, StoreClock, StoreError, read_run_record};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The attempt at a run that tells how it stands: one that somebody works at, else the last.
#[derive(Debug, Clone, PartialEq)]
pub struct LastAttempt {
    /// Its directory.
    pub directory: PathBuf,
    /// How it stands by its record; `None` where that cannot be read, as of one that was cut off as it began.
    pub status: Option<RunStatus>,
    /// Its last sign of life, and how old that is.
    pub heartbeat: Option<(Heartbeat, Duration)>,
}

impl LastAttempt {
    /// Whether somebody works at it: on this machine, if there is the process; on another one, if it has been heard of.
    pub fn is_alive(&self) -> bool {
        let (Some(RunStatus::Running), Some((heartbeat, age))) = (self.status, &self.heartbeat) else { return false };
        heartbeat.process.is_running().unwrap_or(*age < SILENCE)
    }
}

impl Store {
    /// The attempt at a run that somebody works at, else the last one, if there is any.
    ///
    /// # Errors
    /// [`StoreError::Read`] if the run's folder cannot be searched.
    pub fn last_attempt(&self, identity: &Identity, clock: &StoreClock) -> Result<Option<LastAttempt>, StoreError> {
        let run = self.run_directory(identity);
        let mut last = None;
        for directory in attempts(&run).map_err(StoreError::read(&run))?.into_iter().rev() {
            let status = read_run_record(&directory.join(RUN_RECORD)).ok().map(|record| record.status);
            let heartbeat = last_beat(&directory, clock);
            let attempt = LastAttempt { directory, status, heartbeat };
            if attempt.is_alive() {
                return Ok(Some(attempt));
            }
            last.get_or_insert(attempt);
        }
        Ok(last)
    }
}

/// The folders of the attempts at a run, in their order.
pub(super) fn attempts(run: &Path) -> io::Result<Vec<PathBuf>> {
    let number = |name: &str| name.strip_prefix("attempt-")?.parse::<u32>().ok();
    Ok(numbered(run, number)?.into_iter().map(|(_, name)| run.join(name)).collect())
}

/// The names in a folder that have a number, in its order; none if there is no folder.
pub(super) fn numbered<N: Ord>(folder: &Path, number: impl Fn(&str) -> Option<N>) -> io::Result<Vec<(N, String)>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if is_absence(&error) => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        if let Ok(name) = entry?.file_name().into_string()
            && let Some(number) = number(&name)
        {
            found.push((number, name));
        }
    }
    found.sort_unstable();
    Ok(found)
}
