//! `train`: the training regime.

use super::choice::{CLIP_VALUES, CLIPS, NONE, SELECTION_VALUES, SELECTIONS, STOP_VALUES, STOPS};
use super::entries::{Entries, Keys, Place};
use super::objective::{OBJECTIVE_VALUES, OBJECTIVES};
use crate::check::Checker;
use crate::check::arguments::Parameter;
use crate::check::marks::ESTIMATORS;
use crate::check::values::Values;
use crate::ir::{EarlyStopping, Estimator, Inference, LearningRate, Monitor, Select, Training};
use crate::optimizers::{OPTIMIZER_VALUES, OPTIMIZERS};
use crate::posteriors::variational::ESTIMATOR_VALUES;
use crate::schedules::{SCHEDULE_VALUES, SCHEDULES, Watched};
use crate::symbols::Declared;
use elbo_grammar::ast::Settings;

pub(super) const KEYS: Keys = Keys {
    all: &[
        Parameter::new("objective", "What is minimised, in nats a training example.").values(OBJECTIVE_VALUES),
        Parameter::new("optimizer", "How parameters follow the gradient.").values(OPTIMIZER_VALUES),
        Parameter::count("epochs", "Passes over the training split."),
        Parameter::count("batch", "Examples a step; the last batch of an epoch may be smaller."),
        Parameter::draws("samples", "Draws of the network in each step.").default("1"),
        Parameter::new("estimator", "How `bayes` layers are sampled that do not say so themselves.")
            .default("local_reparameterization")
            .values(ESTIMATOR_VALUES),
        Parameter::whole("seed", "Key of every random number of the run, from 0 to 2⁶³ − 1.", 0, i64::MAX).default("0"),
        Parameter::new("learning_rate", "How the learning rate changes over the epochs.")
            .default("constant()")
            .values(SCHEDULE_VALUES),
        Parameter::count("max_steps", "Ends training after so many steps."),
        Parameter::draws("validation_samples", "Draws of the network when the validation split is scored.")
            .default("1"),
        Parameter::new("clip", "How gradients are kept small.").default("none").values(CLIP_VALUES),
        Parameter::new("early_stopping", "When training ends before its last epoch.")
            .default("none")
            .values(STOP_VALUES),
        Parameter::new("select", "Which weights are scored and published.").default("last").values(SELECTION_VALUES),
        Parameter::new("checkpoint", "How often progress is saved: `1epoch`, `500steps`, `5min`, or `none`.")
            .default("5min")
            .values(&[NONE]),
    ],
    required: &["objective", "optimizer", "epochs", "batch"],
};

/// What stands where an optimizer is wanted and none is, and what an unknown name is said not to be.
const OPTIMIZER: (&str, &str) = ("an optimizer, such as `adam(lr=1e-3)`,", "optimizer");
/// The same for schedules.
const SCHEDULE: (&str, &str) = ("a schedule, such as `cosine()`,", "schedule");

/// A checked training regime with the places that messages about it point at.
#[derive(Debug, Clone)]
pub(crate) struct CheckedTraining {
    pub training: Training,
    /// The estimator of `bayes` layers that name none.
    pub estimator: Estimator,
    /// Where that estimator is written.
    pub estimator_place: Option<Place>,
    pub objective: Place,
    /// The parts of the objective that messages point at, each the whole where it is not written.
    pub kl: Place,
    pub anneal: Place,
    pub temperature: Place,
    pub class_weights: Place,
    pub optimizer: Place,
    pub batch: Place,
    pub samples: Option<Place>,
    pub validation_samples: Option<Place>,
    /// What watches a figure at the end of each epoch, in the order of the language reference.
    pub watchers: Vec<Watcher>,
}

/// Something that watches a figure at the end of each epoch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Watcher {
    /// What it is called in messages.
    pub name: &'static str,
    pub monitor: Monitor,
    /// Epochs without improvement that it lets pass, if it counts them.
    pub patience: Option<usize>,
    /// Where it says what it watches, or where it stands.
    pub place: Place,
    /// Where its patience is written, or where it stands.
    pub patience_place: Place,
}

impl<'a> Checker<'a> {
    /// Checks a training regime by itself.
    pub fn training(&self, settings: Declared<'a, Settings>) -> Option<CheckedTraining> {
        let entries = self.entries(settings, KEYS)?;
        self.training_of(&entries)
    }

    /// Checks a training regime's entries.
    pub fn training_of(&self, entries: &Entries<'a>) -> Option<CheckedTraining> {
        let objective_entry = entries.get("objective")?;
        let keys = entries.read(self, KEYS);
        let objective = keys.choice("objective", &OBJECTIVES);
        let optimizer = keys.declared("optimizer", OPTIMIZER, &OPTIMIZERS);
        let (epochs, batch) = (keys.size("epochs"), keys.size("batch"));
        let (samples, validation_samples) = (keys.size("samples"), keys.size("validation_samples"));
        let max_steps = keys.optional("max_steps", Values::size);
        let seed = keys.whole("seed");
        let estimator = keys.word("estimator", &ESTIMATORS);
        let learning_rate = keys.declared("learning_rate", SCHEDULE, &SCHEDULES);
        let clip = keys.choice("clip", &CLIPS);
        let early_stopping = keys.choice("early_stopping", &STOPS);
        let select = keys.choice("select", &SELECTIONS);
        let checkpoint = keys.read("checkpoint", |value, environment| self.checkpoint(value, environment));
        let (objective, likelihood) = objective?;
        let (learning_rate, early_stopping, select) = (learning_rate?, early_stopping?, select?);
        let part = |parameter: &str| objective_entry.part(parameter);
        Some(CheckedTraining {
            watchers: watchers(entries, &learning_rate, early_stopping, select),
            estimator_place: entries.place("estimator"),
            objective: objective_entry.place(),
            kl: part("kl"),
            anneal: part("anneal"),
            temperature: part("temperature"),
            class_weights: part("class_weights"),
            optimizer: entries.place("optimizer")?,
            batch: entries.place("batch")?,
            samples: entries.place("samples"),
            validation_samples: entries.place("validation_samples"),
            training: Training {
                objective,
                optimizer: optimizer?,
                learning_rate,
                epochs: epochs?,
                batch: batch?,
                samples: samples?,
                validation_samples: validation_samples?,
                max_steps: max_steps?,
                likelihood,
                clip: clip?,
                early_stopping,
                select,
                inference: Inference::Variational,
                checkpoint: checkpoint?,
                seed: seed? as u64,
            },
            estimator: estimator?,
        })
    }
}

/// What watches a figure, where it is written.
fn watchers(
    entries: &Entries<'_>,
    learning_rate: &LearningRate,
    early_stopping: Option<EarlyStopping>,
    select: Select,
) -> Vec<Watcher> {
    let watcher = |name, key, monitor, patience| {
        entries.get(key).map(|value| Watcher {
            name,
            monitor,
            patience,
            place: value.part("monitor"),
            patience_place: value.part("patience"),
        })
    };
    let schedule = learning_rate
        .watch()
        .and_then(|Watched { by, monitor, patience }| watcher(by, "learning_rate", monitor, Some(patience)));
    let stop = early_stopping.and_then(|EarlyStopping { monitor, patience }| {
        watcher("early_stopping", "early_stopping", monitor, Some(patience))
    });
    let choice = match select {
        Select::Best { monitor } => watcher("select", "select", monitor, None),
        Select::Last => None,
    };
    [schedule, stop, choice].into_iter().flatten().collect()
}
