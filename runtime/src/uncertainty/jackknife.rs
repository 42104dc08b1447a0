//! The jackknife over draws: every figure again, with some of the draws left out.

use super::{Predictive, PredictiveMoments, UncertaintyError};
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
    /// The draw after the last of each part; a group is one part or several.
    ends: Vec<usize>,
    parts: Vec<PredictiveMoments>,
}

/// Sums over inputs from the first so many draws: the trace of the epistemic covariance and the mutual information,
/// both in the 1/T form.
#[derive(Debug, Clone, PartialEq)]
pub struct PrefixSums {
    /// How many draws.
    pub(super) samples: usize,
    /// The two sums.
    pub(super) all: [f64; 2],
    /// How many draws are left without each group of them, and the sums of those; `None` if one is left at most.
    pub(super) left_out: Option<Vec<(usize, [f64; 2])>>,
}

impl PrefixSums {
    /// Adds the sums over other inputs from the same draws.
    pub(super) fn add(&mut self, other: &Self) {
        let add = |all: &mut [f64; 2], more: &[f64; 2]| all.iter_mut().zip(more).for_each(|(sum, value)| *sum += value);
        add(&mut self.all, &other.all);
        let left_out = self.left_out.iter_mut().flatten().zip(other.left_out.iter().flatten());
        left_out.for_each(|(all, more)| add(&mut all.1, &more.1));
    }
}

/// Where the parts end that T draws are kept in: those of every group, of each of the first draws alone, and of every
/// power of two, so that the figures of the first draws are there, too.
fn ends_of_parts(samples: usize) -> Vec<usize> {
    let mut ends: Vec<usize> = (1..=samples.min(MAXIMUM_GROUPS)).collect();
    ends.extend((1..=groups_of_draws(samples)).map(|group| (group * draws_of_a_group(samples)).min(samples)));
    ends.extend(powers_of_two(samples));
    ends.push(samples);
    ends.sort_unstable();
    ends.dedup();
    ends
}

/// 2, 4, 8, … below `samples`.
fn powers_of_two(samples: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(2_usize), |power| power.checked_mul(2)).take_while(move |power| *power < samples)
}

/// How many parts the moments of T draws are kept in.
pub fn parts_of_draws(samples: usize) -> usize {
    ends_of_parts(samples).len()
}

impl DrawGroups {
    /// For `samples` draws of `inputs` inputs over `classes` classes.
    pub fn new(inputs: usize, classes: usize, samples: usize) -> Self {
        let ends = ends_of_parts(samples);
        let parts = vec![PredictiveMoments::new(inputs, classes); ends.len()];
        Self { inputs, classes, samples, drawn: 0, draws_of_a_group: draws_of_a_group(samples), ends, parts }
    }

    /// The same with the class of each input, so that its log-likelihood is gathered, too; before the first draw.
    ///
    /// # Errors
    /// [`UncertaintyError::Labels`] and [`UncertaintyError::LabelOutOfRange`] if the labels do not fit.
    pub fn labelled(mut self, labels: &[u32]) -> Result<Self, UncertaintyError> {
        let parts = std::mem::take(&mut self.parts).into_iter().map(|part| part.labelled(labels));
        self.parts = parts.collect::<Result<_, _>>()?;
        Ok(self)
    }

    /// The same with all draws in one group, of which none can be left out.
    pub fn together(inputs: usize, classes: usize, samples: usize) -> Self {
        let parts = vec![PredictiveMoments::new(inputs, classes)];
        Self { inputs, classes, samples, drawn: 0, draws_of_a_group: samples.max(1), ends: vec![samples], parts }
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
        let part = self.ends.partition_point(|&end| end <= self.drawn);
        self.parts[part].add(draw)?;
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
        let ends = &self.ends;
        self.parts.par_iter_mut().enumerate().try_for_each(|(part, moments)| {
            let start = if part == 0 { 0 } else { ends[part - 1] };
            let own = start.clamp(first, end)..ends[part].clamp(first, end);
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
        let all = self.merged(0, self.samples).expect("there is at least one part");
        let groups = self.groups();
        let replicates = if groups.len() > 1 {
            let without = |left_out: usize| all.without_group(&groups, left_out).finish();
            (0..groups.len()).into_par_iter().map(without).collect::<Result<_, _>>()?
        } else {
            Vec::new()
        };
        Ok((all.finish()?, replicates))
    }

    /// How many inputs.
    pub(super) fn inputs(&self) -> usize {
        self.inputs
    }

    /// How many classes.
    pub(super) fn classes(&self) -> usize {
        self.classes
    }

    /// The moments of each group of draws.
    pub(super) fn groups(&self) -> Vec<PredictiveMoments> {
        self.groups_until(self.samples, self.draws_of_a_group)
    }

    /// Sums from the first 2, 4, 8, … draws, fewer than all.
    pub fn prefixes(&self) -> Vec<PrefixSums> {
        let prefixes = powers_of_two(self.samples).filter(|samples| self.ends.contains(samples));
        let prefixes = prefixes.filter_map(|samples| {
            let all = self.merged(0, samples)?;
            // As many groups as a jackknife over so many draws has, or as all draws are divided into.
            let each = if samples <= MAXIMUM_GROUPS { 1 } else { self.draws_of_a_group };
            let groups = self.groups_until(samples, each);
            let without = |group| {
                let sums = all.epistemic_sums(group);
                sums.map(|sums| (samples - group.map_or(0, PredictiveMoments::samples), sums))
            };
            let left_out: Option<Vec<(usize, [f64; 2])>> =
                groups.par_iter().map(|group| without(Some(group))).collect();
            Some(PrefixSums { samples, all: without(None)?.1, left_out })
        });
        prefixes.collect()
    }

    /// The first `samples` draws in groups of `each`.
    fn groups_until(&self, samples: usize, each: usize) -> Vec<PredictiveMoments> {
        let firsts = (0..samples).step_by(each.max(1));
        firsts.filter_map(|first| self.merged(first, samples.min(first + each))).collect()
    }

    /// The moments of the draws from `first` up to, but without, `end`, between which whole parts lie.
    fn merged(&self, first: usize, end: usize) -> Option<PredictiveMoments> {
        let from = self.ends.partition_point(|&other| other <= first);
        let to = self.ends.partition_point(|&other| other <= end).max(from + 1);
        let mut parts = self.parts.get(from..to)?.iter();
        let mut all = parts.next()?.clone();
        parts.for_each(|part| all.merge(part));
        Some(all)
    }
}
