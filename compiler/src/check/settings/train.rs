//! `train`: the training regime.

use super::entries::{Entries, Keys};
use crate::check::Checker;
use crate::check::arguments::call;
use crate::check::marks::ESTIMATORS;
use crate::diagnostic::SourceId;
use crate::ir::{Estimator, LearningRate, Likelihood, Select, Training};
use crate::symbols::Declared;
use elbo_grammar::Span;
use elbo_grammar::ast::Settings;

pub(super) const KEYS: Keys = Keys {
    all: &[
        "objective",
        "optimizer",
        "epochs",
        "batch",
        "samples",
        "estimator",
        "seed",
        "learning_rate",
        "max_steps",
        "validation_samples",
    ],
    required: &["objective", "optimizer", "epochs", "batch"],
};

/// A checked training regime with the places that messages about it point at.
#[derive(Debug, Clone)]
pub(crate) struct CheckedTraining {
    pub training: Training,
    /// The estimator of `bayes` layers that name none.
    pub estimator: Estimator,
    pub objective: (SourceId, Span),
    pub optimizer: (SourceId, Span),
    pub learning_rate: Option<(SourceId, Span)>,
    /// The edit of the objective that sets its `l2` to 0.
    pub without_l2: (Span, String),
    /// The edit of the optimizer that sets its `weight_decay` to 0.
    pub without_weight_decay: (Span, String),
}

impl<'a> Checker<'a> {
    /// Checks a training regime by itself.
    pub fn training(&self, settings: Declared<'a, Settings>) -> Option<CheckedTraining> {
        let entries = self.entries(settings, KEYS)?;
        self.training_of(&entries)
    }

    /// Checks a training regime's entries.
    pub fn training_of(&self, entries: &Entries<'a>) -> Option<CheckedTraining> {
        let objective = self.objective(entries.get("objective")?);
        let optimizer = self.optimizer(entries.get("optimizer")?);
        let count = |key: &str, default: Option<usize>| match entries.get(key) {
            Some(value) => self.count(&value.expression, &value.environment, &format!("`{key}`")),
            None => default,
        };
        let epochs = count("epochs", None);
        let batch = count("batch", None);
        let samples = count("samples", Some(1));
        let validation_samples = count("validation_samples", Some(1));
        let max_steps = match entries.get("max_steps") {
            Some(_) => count("max_steps", None).map(Some),
            None => Some(None),
        };
        let seed = match entries.get("seed") {
            Some(value) => self.whole(&value.expression, &value.environment, "`seed`", 0..=i64::MAX),
            None => Some(0),
        };
        let estimator = match entries.get("estimator") {
            Some(value) => self.choice(&value.expression, &value.environment, "`estimator`", &ESTIMATORS),
            None => Some(Estimator::LocalReparameterization),
        };
        let learning_rate =
            entries.get("learning_rate").map_or(Some(LearningRate::Constant), |value| self.learning_rate(value));
        let place = |key: &str| entries.get(key).map(|value| (value.environment.source, value.expression.span));
        let zeroed = |key: &str, argument| Some(call(&entries.get(key)?.expression)?.with_argument(argument, "0"));
        Some(CheckedTraining {
            training: Training {
                objective: objective?,
                optimizer: optimizer?,
                learning_rate: learning_rate?,
                epochs: epochs?,
                batch: batch?,
                samples: samples?,
                validation_samples: validation_samples?,
                max_steps: max_steps?,
                likelihood: Likelihood { label_smoothing: 0.0, class_weights: None },
                clip: None,
                early_stopping: None,
                select: Select::Last,
                checkpoint: None,
                seed: seed? as u64,
            },
            estimator: estimator?,
            objective: place("objective")?,
            optimizer: place("optimizer")?,
            learning_rate: place("learning_rate"),
            without_l2: zeroed("objective", "l2")?,
            without_weight_decay: zeroed("optimizer", "weight_decay")?,
        })
    }
}
