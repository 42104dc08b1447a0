//! Draws over a whole split.

use super::{TrainError, TrainingData};
use crate::backend::{Batch, DrawsContext};
use crate::data::Part;
use crate::inference::Posterior;
use crate::uncertainty::UncertaintyError;
use elbo_compiler::analysis::count;
use elbo_compiler::ir::{Network, Run};
use elbo_compiler::limits::MOST_DRAWN_NUMBERS;
use elbo_contract::PREDICTION_BATCH;
use std::ops::Range;

/// Multiply-accumulates after which a long validation asks whether to stop: less than a second of work of one
/// processor.
const WORK_BETWEEN_QUESTIONS: u64 = 1 << 31;

/// Where one evaluation's draws come from.
pub(crate) struct Draws<'a> {
    pub posterior: &'a dyn Posterior,
    pub data: &'a dyn TrainingData,
    pub split: Part,
    pub pass: u32,
    /// T; 1 where nothing is random.
    pub samples: u32,
    /// Numbers that the network gives of an example: class scores, or means and log-variances.
    pub outputs: usize,
    /// Asked between draws whether to stop, and how many draws of an example are made between two such questions.
    pause: Option<(&'a dyn Fn() -> bool, u32)>,
}

impl<'a> Draws<'a> {
    /// As many draws of `split` as the posterior makes where `samples` are asked for.
    pub fn new(
        network: &Network,
        posterior: &'a dyn Posterior,
        (data, split): (&'a dyn TrainingData, Part),
        samples: usize,
        pass: u32,
    ) -> Result<Self, TrainError> {
        let outputs = network.outputs();
        let samples = posterior.draws(samples);
        let too_many = |_| TrainError::TooMany { what: "`samples`", found: samples, maximum: u32::MAX as usize };
        let samples = u32::try_from(samples).map_err(too_many)?;
        Ok(Self { posterior, data, split, pass, samples, outputs, pause: None })
    }

    /// The same, which `is_stopping` may end between two draws of a batch; [`Draws::each`] then gives
    /// [`std::io::ErrorKind::Interrupted`].
    pub fn interrupted_by(mut self, network: &Network, is_stopping: &'a dyn Fn() -> bool) -> Self {
        let of_a_draw = (count(network).multiply_accumulates as u64).saturating_mul(PREDICTION_BATCH).max(1);
        let draws = u32::try_from(WORK_BETWEEN_QUESTIONS / of_a_draw).unwrap_or(u32::MAX).max(1);
        self.pause = Some((is_stopping, draws));
        self
    }

    /// The split in ranges whose size depends on nothing but the number of groups and outputs.
    pub fn ranges(&self, groups: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let numbers = self.outputs.saturating_mul(groups.max(1)).max(1);
        let size = (MOST_DRAWN_NUMBERS / numbers).clamp(1, PREDICTION_BATCH as usize);
        let examples = self.data.examples(self.split);
        (0..examples).step_by(size).map(move |first| first..examples.min(first + size))
    }

    /// Gives `take` the outputs of all draws, as many draws at once as depends on nothing but sizes.
    pub fn each(
        &self,
        batch: &Batch,
        first: usize,
        mut take: impl FnMut(&[f32]) -> Result<(), UncertaintyError>,
    ) -> Result<(), TrainError> {
        let numbers = batch.len().saturating_mul(self.outputs).max(1);
        let most = u32::try_from(MOST_DRAWN_NUMBERS / numbers).unwrap_or(u32::MAX).max(1);
        // No draw depends on those that are made with it.
        let most = self.pause.map_or(most, |(_, draws)| most.min(draws));
        let mut first_sample = 0;
        while first_sample < self.samples {
            if first_sample > 0 && self.pause.is_some_and(|(is_stopping, _)| is_stopping()) {
                return Err(TrainError::Record(std::io::ErrorKind::Interrupted.into()));
            }
            let samples = most.min(self.samples - first_sample);
            let context = DrawsContext { first_sample, samples, first_example: first as u64, pass: self.pass };
            let scores = self.posterior.predict_draws(batch, &context)?;
            take(&scores).map_err(|error| match error {
                UncertaintyError::NotFinite { input, class } => {
                    self.unscorable(UncertaintyError::NotFinite { input: first + input, class })
                }
                other => self.unscorable(other),
            })?;
            first_sample += samples;
        }
        Ok(())
    }

    pub fn unscorable(&self, source: UncertaintyError) -> TrainError {
        TrainError::Score { split: self.split, source }
    }
}

/// Whether all draws of an input with real targets can be kept at once, as its quantiles need them.
///
/// # Errors
/// [`TrainError::TooMany`] if not.
pub(super) fn check_draws(run: &Run) -> Result<(), TrainError> {
    if !run.network.output.kind().facts().keeps_draws {
        return Ok(());
    }
    let maximum = (MOST_DRAWN_NUMBERS / run.network.outputs().max(1)).max(1);
    let most = run.report.samples.max(run.training.validation_samples);
    if most > maximum {
        return Err(TrainError::TooMany { what: "`samples`", found: most, maximum });
    }
    Ok(())
}
