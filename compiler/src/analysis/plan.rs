//! A training in numbers: how many steps, and what the KL weighs in them.

use super::{ExampleCounts, Place, effective_temperature, kl_weight, warm_epoch};
use crate::ir::{Objective, Run};

/// What a run's training comes to if its files hold the published set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrainingPlan {
    /// How the source's examples become the training split.
    pub examples: ExampleCounts,
    /// Steps an epoch, M.
    pub batches: usize,
    /// Steps in all.
    pub steps: usize,
    /// The KL term, where the objective has one.
    pub kl: Option<KlTerm>,
}

/// The weight of the KL divergence over a training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KlTerm {
    /// w in the very first step.
    pub first_weight: f64,
    /// w in the first and the last step of an epoch at full warm-up.
    pub full_weights: [f64; 2],
    /// The first epoch at full warm-up, counted from 1.
    pub full_epoch: usize,
    /// w·N averaged over the first epoch.
    pub first_temperature: f64,
    /// w·N averaged over an epoch at full warm-up: the temperature of the posterior that is approached.
    pub temperature: f64,
}

impl TrainingPlan {
    /// The plan of a run. `None` where its data cannot be as `subset` and `split` want it.
    pub fn of(run: &Run) -> Option<Self> {
        Self::with(run, ExampleCounts::published(&run.data)?)
    }

    /// The plan of a run whose data hold so many examples; `None` where they leave none to train on.
    pub fn with(run: &Run, examples: ExampleCounts) -> Option<Self> {
        let training = &run.training;
        let examples = Some(examples).filter(|counts| counts.training > 0)?;
        let batches = examples.training.div_ceil(training.batch.max(1));
        let whole = batches.saturating_mul(training.epochs);
        let steps = training.max_steps.map_or(whole, |most| whole.min(most));
        let kl = KlTerm::of(&training.objective, batches, examples.training);
        Some(Self { examples, batches, steps, kl })
    }
}

impl KlTerm {
    fn of(objective: &Objective, batches: usize, examples: usize) -> Option<Self> {
        let full_epoch = warm_epoch(objective);
        let weight = |epoch, batch| kl_weight(objective, Place { epoch, batch, batches, examples });
        Some(Self {
            first_weight: weight(1, 0),
            full_weights: [weight(full_epoch, 0), weight(full_epoch, batches - 1)],
            full_epoch,
            first_temperature: effective_temperature(objective, 1, batches, examples)?,
            temperature: effective_temperature(objective, full_epoch, batches, examples)?,
        })
    }
}
