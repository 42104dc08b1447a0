//! Notes in an attempt's heartbeat how far it has come.

use super::RunObserver;
use crate::forecast::Forecast;
use crate::store::{Attempt, AttemptProgress, Pulse};
use crate::train::{Event, Observer};
use elbo_compiler::opened::OpenedData;
use std::io;
use std::time::Instant;

/// Notes what goes by, and hands it on.
pub(super) struct Noting<'n> {
    pulse: Pulse,
    observer: &'n mut dyn RunObserver,
    epochs: usize,
    steps: u64,
    resumed_at: u64,
    began: Instant,
    /// Whether the training has ended, so that what is evaluated is the test split.
    is_trained: bool,
}

impl<'n> Noting<'n> {
    /// Begins the heartbeat of an attempt.
    pub fn begin(attempt: &Attempt, observer: &'n mut dyn RunObserver) -> Self {
        let pulse = Pulse::begin(attempt);
        Self { pulse, observer, epochs: 0, steps: 0, resumed_at: 0, began: Instant::now(), is_trained: false }
    }
}

impl Noting<'_> {
    /// Notes that the training has ended before, so that all that follows is scoring.
    pub fn is_trained(&mut self) {
        self.is_trained = true;
    }
}

impl Observer for Noting<'_> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Started { epochs, steps, resumed_at, .. } => {
                (self.epochs, self.steps, self.resumed_at) = (*epochs, *steps, *resumed_at);
                self.began = Instant::now();
            }
            Event::Step(record) => {
                let step = record.step + 1;
                let (taken, left) = (step.saturating_sub(self.resumed_at), self.steps.saturating_sub(step));
                let seconds = self.began.elapsed().as_secs_f64();
                self.pulse.tell(AttemptProgress::Training {
                    step,
                    steps: self.steps,
                    epoch: record.epoch,
                    epochs: self.epochs,
                    loss: record.loss,
                    accuracy: record.accuracy,
                    seconds_left: (taken > 0).then(|| seconds / taken as f64 * left as f64),
                });
            }
            Event::Evaluation { done, examples, .. } if self.is_trained => {
                self.pulse.tell(AttemptProgress::Scoring { done: *done, examples: *examples });
            }
            Event::Finished { .. } => self.is_trained = true,
            Event::Epoch(_) | Event::Evaluation { .. } => {}
        }
        self.observer.event(event)
    }
}

impl RunObserver for Noting<'_> {
    fn forecast(&mut self, forecast: &Forecast) {
        self.observer.forecast(forecast);
    }

    fn opened(&mut self, opened: &OpenedData) {
        self.observer.opened(opened);
    }

    fn remark(&mut self, text: &str) {
        self.observer.remark(text);
    }
}
