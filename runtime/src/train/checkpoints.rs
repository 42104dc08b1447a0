//! What watches a training, may save where it stands, and may stop it.

use super::{Event, Observer, TrainingState};
use std::error::Error;
use std::io;

/// A point at which a training can be saved: after a step, or after the validation that ends an epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// Steps taken.
    pub steps: u64,
    /// The epoch that has just ended, counted from 1.
    pub ended_epoch: Option<usize>,
    /// Whether there is nothing left to train.
    pub ended: bool,
    /// Seconds the training took so far, those before it was resumed included.
    pub seconds: f64,
}

/// How a training goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// With the next step.
    GoOn,
    /// With the next step, once its state is saved.
    Save,
    /// Not now: its state is saved, and it can be resumed.
    SaveAndStop,
}

/// An observer of a training that may save where it stands, and may stop it.
pub trait Checkpoints: Observer {
    /// Asked once for every number of steps taken.
    fn next(&mut self, moment: &Moment) -> Next;

    /// Whether it is to stop. Asked where much is left to do before the next moment.
    fn is_stopping(&self) -> bool;

    /// Saves the state of the training.
    ///
    /// # Errors
    /// What kept it from that. Training ends then.
    fn save(&mut self, state: &TrainingState) -> Result<(), Box<dyn Error + Send + Sync>>;
}

/// Lets a training run to its end and saves nothing.
pub(super) struct Undisturbed<'o>(pub &'o mut dyn Observer);

impl Observer for Undisturbed<'_> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        self.0.event(event)
    }
}

impl Checkpoints for Undisturbed<'_> {
    fn next(&mut self, _: &Moment) -> Next {
        Next::GoOn
    }

    fn is_stopping(&self) -> bool {
        false
    }

    fn save(&mut self, _: &TrainingState) -> Result<(), Box<dyn Error + Send + Sync>> {
        Ok(())
    }
}
