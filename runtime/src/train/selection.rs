//! Which epoch's weights are kept, and when training ends early.

use super::TrainError;
use super::monitor::{Watch, monitored};
use super::state::{EpochEnd, Selected};
use crate::backend::{Backend, Parameters};
use elbo_compiler::ir::{Select, Training};
use std::sync::Arc;

/// `select` and `early_stopping` over a training.
pub(super) struct Selection {
    select: Option<Watch>,
    stop: Option<(Watch, usize)>,
    /// The best epoch and its weights, if any are kept.
    kept: Option<(EpochEnd, Arc<Parameters>)>,
    stopped: bool,
}

impl Selection {
    /// Before the first epoch.
    pub fn new(training: &Training) -> Self {
        let select = match training.select {
            Select::Last => None,
            Select::Best { monitor } => Some(Watch::new(monitor)),
        };
        let stop = training.early_stopping.map(|stopping| (Watch::new(stopping.monitor), stopping.patience));
        Self { select, stop, kept: None, stopped: false }
    }

    /// Goes on from where it was saved, with the best weights that were saved with it.
    pub fn resume(&mut self, saved: &Selected, best: Option<Arc<Parameters>>) {
        self.select.clone_from(&saved.select);
        if let (Some((watch, _)), Some(saved)) = (&mut self.stop, &saved.stop) {
            watch.clone_from(saved);
        }
        self.stopped = saved.stopped;
        self.kept = saved.kept.zip(best);
    }

    /// What it remembers, weights left out.
    pub fn state(&self) -> Selected {
        Selected {
            select: self.select.clone(),
            stop: self.stop.as_ref().map(|(watch, _)| watch.clone()),
            stopped: self.stopped,
            kept: self.kept.as_ref().map(|(end, _)| *end),
        }
    }

    /// The best weights so far, if any are kept.
    pub fn best(&self) -> Option<Arc<Parameters>> {
        self.kept.as_ref().map(|(_, parameters)| Arc::clone(parameters))
    }

    /// Takes the end of an epoch and keeps its weights if they are the best so far, the first of equals; tells whether
    /// training goes on.
    pub fn end_epoch(&mut self, end: &EpochEnd, backend: &dyn Backend) -> Result<bool, TrainError> {
        let figure = |watch: &Watch| monitored(watch.monitor(), &end.train, end.validation.as_ref());
        if let Some(watch) = &mut self.select
            && let Some(figure) = figure(watch)
            && (watch.improves(figure) || self.kept.is_none())
        {
            self.kept = Some((*end, Arc::new(backend.parameters()?)));
        }
        if let Some((watch, patience)) = &mut self.stop
            && let Some(figure) = figure(watch)
        {
            watch.improves(figure);
            self.stopped = watch.exceeds(*patience);
        }
        Ok(!self.stopped)
    }

    /// Gives the backend the weights of the selected epoch, which is the best, else `last`; returns it.
    pub fn finish(&mut self, last: EpochEnd, backend: &mut dyn Backend) -> Result<EpochEnd, TrainError> {
        let Some((end, parameters)) = self.kept.take() else { return Ok(last) };
        if end.epoch != last.epoch {
            backend.set_parameters(&parameters)?;
        }
        Ok(end)
    }

    /// Whether training was ended early.
    pub fn has_stopped(&self) -> bool {
        self.stopped
    }
}
