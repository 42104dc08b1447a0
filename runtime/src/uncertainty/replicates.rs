//! The scores with groups of draws left out, one after the other.

use super::{DrawGroups, DrawResamples, Predictive, ScoreSums, UncertaintyError};
use rayon::prelude::*;

/// The scores of all inputs so far, once for each group of draws left out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Replicates {
    replicates: Vec<Replicate>,
    /// For figures that are not smooth in the draws.
    resamples: DrawResamples,
}

/// The scores with one group of draws left out.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Replicate {
    /// Draws that were not left out.
    pub samples: usize,
    /// Sums over the inputs.
    pub sums: ScoreSums,
}

impl Replicates {
    /// Adds some inputs, with their labels; `batch` is the second part of [`DrawGroups::finish`].
    ///
    /// # Errors
    /// [`UncertaintyError::Labels`] and [`UncertaintyError::LabelOutOfRange`] if the labels do not fit.
    pub fn add(&mut self, batch: &[Predictive], labels: &[u32]) -> Result<(), UncertaintyError> {
        if self.replicates.is_empty() {
            let new = |part: &Predictive| Replicate { samples: part.samples, sums: ScoreSums::default() };
            self.replicates = batch.iter().map(new).collect();
        }
        // The inputs of a replicate are added in their order, whoever adds them.
        self.replicates.par_iter_mut().zip(batch).try_for_each(|(replicate, part)| {
            part.score(labels)?.iter().for_each(|input| replicate.sums.add(input));
            Ok(())
        })
    }

    /// Adds the draws of some inputs, with their labels, to those that the errors of accuracy and calibration come from.
    ///
    /// # Errors
    /// [`UncertaintyError::Labels`] and [`UncertaintyError::LabelOutOfRange`] if the labels do not fit.
    pub fn resample(&mut self, draws: &DrawGroups, labels: &[u32]) -> Result<(), UncertaintyError> {
        self.resamples.add(draws, labels)
    }

    /// The draws resampled.
    pub(super) fn resamples(&self) -> &DrawResamples {
        &self.resamples
    }

    /// `figure` of each replicate.
    pub(super) fn map(&self, figure: impl Fn(&Replicate) -> f64 + Sync) -> Vec<f64> {
        self.replicates.par_iter().map(&figure).collect()
    }

    /// Whether every replicate has draws enough for an epistemic part.
    pub(super) fn are_epistemic(&self) -> bool {
        self.replicates.iter().all(|replicate| replicate.samples > 1)
    }
}
