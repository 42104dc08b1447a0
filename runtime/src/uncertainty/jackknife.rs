//! The jackknife over draws: every figure again, with some of the draws left out.

use super::scores::TopLabel;
use super::{Predictive, PredictiveMoments, ScoreSums, UncertaintyError};
use elbo_compiler::ir::ProbabilityLink;
use rayon::prelude::*;

/// The most groups the draws are divided into. It bounds time and memory; up to this many draws each
/// is a group of its own.
const MAXIMUM_GROUPS: usize = 32;

/// How many groups T draws are divided into: T of them up to 32 draws, then as few of equal size
/// (the last may be smaller) as make it no more than 32. One draw has no groups.
pub fn groups_of_draws(samples: usize) -> usize {
    if samples < 2 { 0 } else { samples.div_ceil(samples.div_ceil(MAXIMUM_GROUPS)) }
}

/// The group of draw number `draw` of `samples`.
pub fn group_of_draw(draw: usize, samples: usize) -> usize {
    draw / draws_of_a_group(samples)
}

fn draws_of_a_group(samples: usize) -> usize {
    samples.div_ceil(MAXIMUM_GROUPS).max(1)
}

/// The moments of a few inputs, kept apart by groups of draws.
#[derive(Debug, Clone)]
pub struct DrawGroups {
    inputs: usize,
    classes: usize,
    samples: usize,
    drawn: usize,
    /// Draws of each group; the last may have fewer.
    draws_of_a_group: usize,
    groups: Vec<PredictiveMoments>,
}

impl DrawGroups {
    /// For `samples` draws of `inputs` inputs over `classes` classes.
    pub fn new(inputs: usize, classes: usize, samples: usize) -> Self {
        let groups = vec![PredictiveMoments::new(inputs, classes); groups_of_draws(samples).max(1)];
        Self { inputs, classes, samples, drawn: 0, draws_of_a_group: draws_of_a_group(samples), groups }
    }

    /// The same with all draws in one group, of which none can be left out.
    pub fn together(inputs: usize, classes: usize, samples: usize) -> Self {
        let groups = vec![PredictiveMoments::new(inputs, classes)];
        Self { inputs, classes, samples, drawn: 0, draws_of_a_group: samples.max(1), groups }
    }

    /// Adds the next draw, a distribution over classes for each input.
    ///
    /// # Errors
    /// [`UncertaintyError::Size`] if it is not N × C numbers.
    ///
    /// # Panics
    /// If more than `samples` draws are added.
    pub fn add(&mut self, draw: &[f64]) -> Result<(), UncertaintyError> {
        assert!(self.drawn < self.samples, "no more draws than were announced");
        self.groups[self.drawn / self.draws_of_a_group].add(draw)?;
        self.drawn += 1;
        Ok(())
    }

    /// Adds the next draws as inputs × classes scores each, on all threads; no bit depends on how many come at once.
    ///
    /// # Errors
    /// [`UncertaintyError::Size`] if the scores do not fill whole draws, [`UncertaintyError::NotFinite`] for the first
    /// score that is NaN or infinite.
    ///
    /// # Panics
    /// If more than `samples` draws are added.
    pub fn add_scores(&mut self, link: ProbabilityLink, scores: &[f32]) -> Result<(), UncertaintyError> {
        let Self { inputs, classes, .. } = *self;
        let size = inputs * classes;
        let draws = scores.len().checked_div(size).unwrap_or(0);
        if draws * size != scores.len() {
            let (found, expected, rows) = (scores.len(), draws * size, draws * inputs);
            return Err(UncertaintyError::Size { found, expected, rows, classes });
        }
        // Looked for here, in order: of several tasks that find one, any could be the first to say so.
        if let Some(position) = scores.iter().position(|score| !score.is_finite()) {
            let place = position % size;
            return Err(UncertaintyError::NotFinite { input: place / classes, class: place % classes });
        }
        let (first, end) = (self.drawn, self.drawn + draws);
        assert!(end <= self.samples, "no more draws than were announced");
        let each = self.draws_of_a_group;
        self.groups.par_iter_mut().enumerate().try_for_each(|(group, moments)| {
            let own = (group * each).clamp(first, end)..((group + 1) * each).clamp(first, end);
            moments.add_scores(link, &scores[(own.start - first) * size..(own.end - first) * size])
        })?;
        self.drawn = end;
        Ok(())
    }

    /// The predictive distribution from all draws, and from all but one group of them, for each group.
    ///
    /// # Errors
    /// [`UncertaintyError::Empty`] if no draw was added.
    pub fn finish(&self) -> Result<(Predictive, Vec<Predictive>), UncertaintyError> {
        let mut all = self.groups[0].clone();
        for group in &self.groups[1..] {
            all.merge(group);
        }
        let replicates = if self.groups.len() > 1 {
            self.groups.par_iter().map(|group| all.without(group).finish()).collect::<Result<_, _>>()?
        } else {
            Vec::new()
        };
        Ok((all.finish()?, replicates))
    }
}

/// The scores of all inputs so far, once for each group of draws left out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Replicates {
    replicates: Vec<Replicate>,
}

/// The scores with one group of draws left out.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Replicate {
    /// Draws that were not left out.
    pub samples: usize,
    /// Sums over the inputs.
    pub sums: ScoreSums,
    /// For scores that are no means over inputs.
    pub top_labels: Vec<TopLabel>,
}

impl Replicates {
    /// Adds some inputs, with their labels; `batch` is the second part of [`DrawGroups::finish`].
    ///
    /// # Errors
    /// [`UncertaintyError::Labels`] and [`UncertaintyError::LabelOutOfRange`] if the labels do not fit.
    pub fn add(&mut self, batch: &[Predictive], labels: &[u32]) -> Result<(), UncertaintyError> {
        if self.replicates.is_empty() {
            let new =
                |part: &Predictive| Replicate { samples: part.samples, sums: ScoreSums::default(), top_labels: vec![] };
            self.replicates = batch.iter().map(new).collect();
        }
        // The inputs of a replicate are added in their order, whoever adds them.
        self.replicates.par_iter_mut().zip(batch).try_for_each(|(replicate, part)| {
            for input in part.score(labels)? {
                replicate.sums.add(&input);
                replicate.top_labels.push(TopLabel::from(&input));
            }
            Ok(())
        })
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
