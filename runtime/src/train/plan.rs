//! How long a training is.

use super::monitor::name_on_validation;
use super::{Event, Schedule, TrainError, TrainingData};
use crate::data::Part;
use elbo_compiler::analysis::{drawn_by_position, effective_temperature, has_posterior, warm_epoch};
use elbo_compiler::ir::{Run, Select, Training};

/// How long the training is.
pub(super) struct Plan {
    /// Examples of the training split.
    pub examples: usize,
    /// The same in 32 bits.
    pub positions: u32,
    /// Steps of a whole epoch.
    pub batches: usize,
    /// Epochs that will be begun.
    pub epochs: usize,
    /// Steps that will be taken.
    pub steps: u64,
    /// Steps of all epochs the spec asks for.
    pub whole_steps: u64,
}

impl Plan {
    /// Of a training on these data.
    pub fn new(training: &Training, data: &dyn TrainingData) -> Result<Self, TrainError> {
        let counts = [
            ("epochs", Some(training.epochs)),
            ("batch", Some(training.batch)),
            ("samples", Some(training.samples)),
            ("validation_samples", Some(training.validation_samples)),
            ("max_steps", training.max_steps),
        ];
        if let Some((key, _)) = counts.into_iter().find(|(_, count)| *count == Some(0)) {
            return Err(TrainError::Zero { key });
        }
        let examples = data.examples(Part::Training);
        if examples == 0 {
            return Err(TrainError::EmptySplit { split: Part::Training });
        }
        if data.examples(Part::Validation) == 0 {
            check_monitors(training)?;
        }
        let positions = number_of("the number of training examples", examples)?;
        number_of("`epochs`", training.epochs)?;
        let batches = examples.div_ceil(training.batch);
        // Both factors are below 2³², so the product fits.
        let whole_steps = batches as u64 * training.epochs as u64;
        let steps = training.max_steps.map_or(whole_steps, |most| whole_steps.min(most as u64));
        // No more than `training.epochs`, which is a usize.
        let epochs = steps.div_ceil(batches as u64) as usize;
        Ok(Self { examples, positions, batches, epochs, steps, whole_steps })
    }

    /// The epoch as the number noise is keyed by.
    pub fn number(&self, epoch: usize) -> u32 {
        u32::try_from(epoch).expect("the plan has fewer than 2³² epochs")
    }

    /// Tells how long it is, and how many steps were taken before it was resumed.
    pub fn started(&self, run: &Run, kl: f64, resumed_at: u64) -> Event {
        let objective = &run.training.objective;
        Event::Started {
            epochs: self.epochs,
            steps_per_epoch: self.batches,
            steps: self.steps,
            resumed_at,
            examples: self.examples,
            kl,
            effective_temperature: has_posterior(&run.network)
                .then(|| effective_temperature(objective, warm_epoch(objective), self.batches, self.examples))
                .flatten(),
            surrogate: drawn_by_position(&run.network, None).next().is_some(),
        }
    }
}

fn number_of(what: &'static str, found: usize) -> Result<u32, TrainError> {
    u32::try_from(found).map_err(|_| TrainError::TooMany { what, found, maximum: u32::MAX as usize })
}

/// Refuses what watches the validation split.
fn check_monitors(training: &Training) -> Result<(), TrainError> {
    let select = if let Select::Best { monitor } = training.select { Some(monitor) } else { None };
    let watchers = [
        ("the learning rate", Schedule::new(&training.learning_rate, 0.0, 0).monitor()),
        ("`early_stopping`", training.early_stopping.map(|stopping| stopping.monitor)),
        ("`select`", select),
    ];
    for (watcher, monitor) in watchers {
        if let Some(monitor) = monitor.and_then(name_on_validation) {
            return Err(TrainError::NeverMeasured { watcher, monitor });
        }
    }
    Ok(())
}
