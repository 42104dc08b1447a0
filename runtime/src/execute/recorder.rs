//! What is kept of a training while it goes on: its metrics, its epochs, its checkpoints.

use super::{RunObserver, Stop};
use crate::store::{Attempt, Beginning, FoundCheckpoint, GrowingFile, Identity, METRICS, StoreError};
use crate::train::{
    Checkpoints, EpochRecord, Event, MetricsLog, Moment, Next, Observer, TrainError, TrainingState, read_epochs,
};
use elbo_compiler::ir::Checkpoint;
use std::error::Error;
use std::io::{self, BufWriter};
use std::time::{Duration, Instant};

/// A training longer than this, in seconds, is saved at its end, so that scoring that is cut off does not lose it.
const WORTH_SAVING: f64 = 60.0;

/// How often it is looked whether the directory that all is kept in is still there.
const BETWEEN_GLANCES: Duration = Duration::from_secs(1);

/// Keeps what there is to keep of a training, and tells `observer` of it.
pub(super) struct Recorder<'r> {
    attempt: &'r Attempt,
    identity: &'r Identity,
    every: Option<Checkpoint>,
    stop: &'r Stop,
    log: MetricsLog<BufWriter<GrowingFile>>,
    epochs: Vec<EpochRecord>,
    saved: Instant,
    glance: Glance<'r>,
    observer: &'r mut dyn RunObserver,
}

impl<'r> Recorder<'r> {
    /// Begins the attempt's `metrics.jsonl`, with what belongs to the checkpoint that the training goes on from.
    pub fn begin(
        (attempt, identity): (&'r Attempt, &'r Identity),
        every: Option<Checkpoint>,
        stop: &'r Stop,
        from: Option<&FoundCheckpoint>,
        observer: &'r mut dyn RunObserver,
    ) -> Result<Self, StoreError> {
        let path = attempt.path(METRICS);
        let mut file = attempt.create_file(METRICS)?;
        let before = from.map_or(&[][..], |checkpoint| &checkpoint.metrics);
        file.take_over(before)?;
        let content = |problem| StoreError::Content { path, problem };
        let epochs = match std::str::from_utf8(before) {
            Ok(text) => read_epochs(text).map_err(content)?,
            Err(error) => return Err(content(error.to_string())),
        };
        let log = MetricsLog::new(BufWriter::new(file));
        Ok(Self {
            attempt,
            identity,
            every,
            stop,
            log,
            epochs,
            saved: Instant::now(),
            glance: Glance::at(attempt),
            observer,
        })
    }

    /// Ends `metrics.jsonl`; every epoch of the training, those before it was resumed included, and what the file
    /// holds.
    pub fn finish(self) -> Result<(Vec<EpochRecord>, Beginning), TrainError> {
        let written = self.log.finish()?.get_ref().written();
        Ok((self.epochs, written))
    }

    /// Whether it is time to save.
    fn is_due(&self, moment: &Moment) -> bool {
        match self.every {
            None => false,
            Some(Checkpoint::Epochs(epochs)) => {
                moment.ended_epoch.is_some_and(|ended| ended.is_multiple_of(epochs.max(1)))
            }
            Some(Checkpoint::Steps(steps)) => moment.steps.is_multiple_of((steps as u64).max(1)),
            Some(Checkpoint::Seconds(seconds)) => self.saved.elapsed().as_secs_f64() >= seconds,
        }
    }
}

impl Observer for Recorder<'_> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        self.glance.look()?;
        self.log.event(event)?;
        if let Event::Epoch(record) = event {
            self.epochs.push(*record);
        }
        self.observer.event(event)
    }
}

impl Checkpoints for Recorder<'_> {
    fn next(&mut self, moment: &Moment) -> Next {
        if self.is_stopping() {
            Next::SaveAndStop
        } else if self.is_due(moment) || (moment.ended && moment.seconds > WORTH_SAVING) {
            Next::Save
        } else {
            Next::GoOn
        }
    }

    fn is_stopping(&self) -> bool {
        self.stop.is_asked()
    }

    fn save(&mut self, state: &TrainingState) -> Result<(), Box<dyn Error + Send + Sync>> {
        // What the state goes on from must be there before it.
        let metrics = self.log.flushed()?.get_ref().synced()?;
        self.attempt.save_checkpoint(self.identity, metrics, state)?;
        self.saved = Instant::now();
        Ok(())
    }
}

/// Hands on the events of scoring, and ends it where it is to stop.
pub(super) struct Scoring<'s> {
    pub stop: &'s Stop,
    pub glance: Glance<'s>,
    pub observer: &'s mut dyn RunObserver,
}

/// Looks now and then whether an attempt's directory is still there.
pub(super) struct Glance<'g> {
    attempt: &'g Attempt,
    looked: Instant,
}

impl<'g> Glance<'g> {
    pub fn at(attempt: &'g Attempt) -> Self {
        Self { attempt, looked: Instant::now() }
    }

    fn look(&mut self) -> io::Result<()> {
        if self.looked.elapsed() < BETWEEN_GLANCES {
            return Ok(());
        }
        self.looked = Instant::now();
        self.attempt.check_is_there().map_err(io::Error::other)
    }
}

impl Observer for Scoring<'_> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        if self.stop.is_asked() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        self.glance.look()?;
        self.observer.event(event)
    }
}

/// Whether it is what [`Scoring`] ends scoring with. No file gives this error: writing starts again where it is
/// interrupted.
pub(super) fn is_interruption(error: &TrainError) -> bool {
    matches!(error, TrainError::Record(error) if error.kind() == io::ErrorKind::Interrupted)
}
