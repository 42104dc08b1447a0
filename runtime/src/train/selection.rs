//! When training ends before its last epoch, and which epoch's weights are kept.

use super::monitored::{Watch, figure};
use super::{TrainError, TrainingMeans, ValidationMeans};
use crate::backend::{Backend, Parameters};
use elbo_compiler::ir::{EarlyStopping, Select, Training};

/// The means of an epoch.
pub(super) type Means = (TrainingMeans, Option<ValidationMeans>);

/// What `early_stopping` and `select` remember.
pub(super) struct Selection {
    stopping: Option<(EarlyStopping, Watch)>,
    select: Select,
    watch: Option<Watch>,
    best: Option<(usize, Means, Parameters)>,
    last: Option<(usize, Means)>,
}

impl Selection {
    /// Before the first epoch.
    pub fn new(training: &Training) -> Self {
        let watch = match training.select {
            Select::Last => None,
            Select::Best { monitor } => Some(Watch::new(monitor)),
        };
        let stopping = training.early_stopping.map(|stopping| (stopping, Watch::new(stopping.monitor)));
        Self { stopping, select: training.select, watch, best: None, last: None }
    }

    /// Takes the means of an epoch and keeps the weights if they are the best so far; whether training
    /// ends here.
    ///
    /// # Errors
    /// The backend's, if it cannot give its parameters.
    pub fn end_epoch(&mut self, epoch: usize, means: Means, backend: &dyn Backend) -> Result<bool, TrainError> {
        let (train, validation) = &means;
        if let (Select::Best { monitor }, Some(watch)) = (self.select, &mut self.watch)
            && figure(monitor, train, validation.as_ref()).is_some_and(|figure| watch.observe(figure))
        {
            self.best = Some((epoch, means, backend.parameters()?));
        }
        self.last = Some((epoch, means));
        let Some((stopping, watch)) = &mut self.stopping else { return Ok(false) };
        if let Some(figure) = figure(stopping.monitor, train, validation.as_ref()) {
            watch.observe(figure);
        }
        Ok(watch.epochs_without_improvement > stopping.patience)
    }

    /// Gives the backend the selected weights; the epoch they are from, and its means. Where no epoch had
    /// a figure that is a number, those after the last step stay.
    ///
    /// # Errors
    /// The backend's, if it refuses its own parameters.
    pub fn settle(self, backend: &mut dyn Backend) -> Result<(usize, Means), TrainError> {
        let last = self.last.expect("a plan has at least one epoch");
        match self.best {
            Some((epoch, means, parameters)) if epoch != last.0 => {
                backend.set_parameters(&parameters)?;
                Ok((epoch, means))
            }
            _ => Ok(last),
        }
    }
}
