//! Which epoch's weights are kept, and when training ends early.

use super::monitor::{Watch, monitored};
use super::{TrainError, TrainingMeans, ValidationMeans};
use crate::backend::{Backend, Parameters};
use elbo_compiler::ir::{Select, Training};

/// What an epoch came to.
#[derive(Debug, Clone, Copy)]
pub(super) struct EpochEnd {
    /// The epoch, counted from 1.
    pub epoch: usize,
    /// Over its training steps.
    pub train: TrainingMeans,
    /// After its last step.
    pub validation: Option<ValidationMeans>,
}

/// `select` and `early_stopping` over a training.
pub(super) struct Selection {
    select: Option<Watch>,
    stop: Option<(Watch, usize)>,
    /// The best epoch and its weights, if any are kept.
    kept: Option<(EpochEnd, Parameters)>,
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

    /// Takes the end of an epoch and keeps its weights if they are the best so far, the first of equals; tells whether
    /// training goes on.
    pub fn end_epoch(&mut self, end: &EpochEnd, backend: &dyn Backend) -> Result<bool, TrainError> {
        let figure = |watch: &Watch| monitored(watch.monitor(), &end.train, end.validation.as_ref());
        if let Some(watch) = &mut self.select
            && let Some(figure) = figure(watch)
            && (watch.improves(figure) || self.kept.is_none())
        {
            self.kept = Some((*end, backend.parameters()?));
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
