//! When what happened, as far as a result tells.

use crate::export::ExportError;
use crate::export::source::Source;
use crate::store::{RUN_RECORD, StoreError, unix_seconds};
use crate::train::{EpochRecord, StepRecord};
use std::collections::BTreeMap;

/// The end of an epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct EpochEnd {
    /// Seconds since 1970.
    pub wall_time: f64,
    /// Steps taken since training began.
    pub steps: u64,
}

/// When steps were taken and epochs ended: an epoch takes the seconds of its record, its steps equal parts of them.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    started: f64,
    finished: f64,
    /// By the steps taken before it.
    steps: BTreeMap<u64, f64>,
    epochs: BTreeMap<usize, EpochEnd>,
}

impl Clock {
    /// Of a run and its steps.
    ///
    /// # Errors
    /// [`StoreError::Content`] if `run.toml` does not say when the run began and ended.
    pub fn new(source: &Source, steps: &[StepRecord]) -> Result<Self, ExportError> {
        let read = |name: &str, time: Option<f64>| {
            let problem = format!("its `{name}` is no point in time with a date, a time and an offset");
            time.ok_or_else(|| StoreError::Content { path: source.finished.training.join(RUN_RECORD), problem })
        };
        let started = read("started", unix_seconds(&source.finished.record.started))?;
        let finished = read("finished", source.finished.record.finished.as_ref().and_then(unix_seconds))?;
        Ok(Self::over(started, finished.max(started), &source.input.epochs, steps))
    }

    /// Of epochs and steps in order.
    pub fn over(started: f64, finished: f64, epochs: &[EpochRecord], steps: &[StepRecord]) -> Self {
        let mut clock = Self { started, finished, steps: BTreeMap::new(), epochs: BTreeMap::new() };
        let (mut elapsed, mut taken) = (0.0, 0);
        for epoch in epochs {
            let own: Vec<&StepRecord> = steps.iter().filter(|step| step.epoch == epoch.epoch).collect();
            for (place, step) in own.iter().enumerate() {
                let share = (place + 1) as f64 / own.len() as f64;
                clock.steps.insert(step.step, (started + elapsed + share * epoch.seconds).min(finished));
                taken = taken.max(step.step + 1);
            }
            elapsed += epoch.seconds;
            let end = EpochEnd { wall_time: (started + elapsed).min(finished), steps: taken };
            clock.epochs.insert(epoch.epoch, end);
        }
        clock
    }

    /// When the attempt began, in seconds since 1970.
    pub fn started(&self) -> f64 {
        self.started
    }

    /// When the result was whole.
    pub fn finished(&self) -> f64 {
        self.finished
    }

    /// When a step was done.
    pub fn of_step(&self, step: u64) -> f64 {
        self.steps.get(&step).copied().unwrap_or(self.finished)
    }

    /// The end of an epoch.
    pub fn end_of(&self, epoch: usize) -> EpochEnd {
        let last = self.epochs.values().next_back().map_or(0, |end| end.steps);
        self.epochs.get(&epoch).copied().unwrap_or(EpochEnd { wall_time: self.finished, steps: last })
    }
}
