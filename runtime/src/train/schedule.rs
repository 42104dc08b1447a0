//! The learning rate of each step.

use super::monitor::Watch;
use super::state::Plateau;
use elbo_compiler::ir::{LearningRate, Monitor};
use std::f64::consts::PI;

/// The learning rate over a training: a closed form of step and epoch, or a state that the figure moves that is
/// watched at the end of each epoch.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    form: LearningRate,
    base: f64,
    steps: u64,
    /// What is watched, where anything is.
    watch: Option<Watch>,
    /// The factor that it has led to.
    factor: f64,
}

impl Schedule {
    /// For a training of `steps` steps in all, from the optimizer's base rate.
    pub fn new(form: &LearningRate, base: f64, steps: u64) -> Self {
        let watch = form.watch().map(|watched| Watch::new(watched.monitor));
        Self { form: form.clone(), base, steps, watch, factor: 1.0 }
    }

    /// The rate of step `step` (counted from 0) in `epoch` (counted from 1).
    ///
    /// * `step`: base·factor^⌊(epoch − 1)/every⌋, PyTorch's `StepLR`;
    /// * `cosine`: base·[f + (1 − f)·(1 + cos(π·step/steps))/2], PyTorch's `CosineAnnealingLR` with
    ///   `T_max` = all steps, moved once a step (Loshchilov & Hutter 2017, equation 5, without restarts);
    /// * `plateau`: base times the factor reached by [`Schedule::end_epoch`].
    pub fn learning_rate(&self, step: u64, epoch: usize) -> f64 {
        let factor = match self.form {
            LearningRate::Constant => 1.0,
            LearningRate::Step { every, factor } => {
                let changes = epoch.saturating_sub(1) / every.max(1);
                factor.powi(i32::try_from(changes).unwrap_or(i32::MAX))
            }
            LearningRate::Cosine { final_factor } => {
                let done = step as f64 / self.steps.max(1) as f64;
                final_factor + (1.0 - final_factor) * (1.0 + (PI * done.min(1.0)).cos()) / 2.0
            }
            LearningRate::Plateau { .. } => self.factor,
        };
        self.base * factor
    }

    /// What it remembers, where it watches a figure.
    pub(super) fn plateau(&self) -> Option<Plateau> {
        self.watch.as_ref().map(|watch| Plateau { watch: watch.clone(), factor: self.factor })
    }

    /// Goes on with what it remembered when it was saved.
    pub(super) fn resume(&mut self, saved: Option<&Plateau>) {
        if let (Some(watch), Some(saved)) = (&mut self.watch, saved) {
            watch.clone_from(&saved.watch);
            self.factor = saved.factor;
        }
    }

    /// What it watches.
    pub fn monitor(&self) -> Option<Monitor> {
        self.watch.as_ref().map(Watch::monitor)
    }

    /// Tells it what the monitored figure was at the end of an epoch. That of `plateau` falls once
    /// more than `patience` epochs in a row were not strictly better than the best so far; the count
    /// then starts again, and the best stays. PyTorch's `ReduceLROnPlateau` with `threshold=0`,
    /// `cooldown=0`, `eps=0`. Other schedules ignore the call.
    pub fn end_epoch(&mut self, figure: f64) {
        let (LearningRate::Plateau { factor, patience, minimum, .. }, Some(watch)) = (&self.form, &mut self.watch)
        else {
            return;
        };
        watch.improves(figure);
        if watch.exceeds(*patience) {
            self.factor = (self.factor * factor).max(*minimum);
            watch.forgive();
        }
    }
}
