//! Sums over draws, from which every figure of the predictive distribution follows.

use super::link::probabilities_at;
use super::log_sum::LogSum;
use super::predictive::{LabelLikelihoods, check_labels};
use super::{Predictive, UncertaintyError, entropy};
use elbo_compiler::ir::ProbabilityLink;
use rayon::prelude::*;

/// Inputs that one task takes through draws. Inputs share nothing, so this and the number of threads change no bit.
const INPUTS_OF_A_TASK: usize = 64;

/// Gathers the draws of a set of inputs one at a time, in memory of 2·N·C + N numbers however many
/// draws there are: Σp̂, Σp̂² and Σ H(p̂), with labels also ln Σ p̂(y).
#[derive(Debug, Clone, PartialEq)]
pub struct PredictiveMoments {
    classes: usize,
    samples: usize,
    sum: Vec<f64>,
    sum_of_squares: Vec<f64>,
    entropies: Vec<f64>,
    /// The class of each input; empty if nobody knows it.
    labels: Vec<u32>,
    /// ln Σ p̂_t(y) of each input that has a label. Sums of probabilities would lose what is below the smallest number.
    label_sums: Vec<LogSum>,
}

impl PredictiveMoments {
    /// Of no draw yet, for `inputs` inputs and `classes` classes.
    pub fn new(inputs: usize, classes: usize) -> Self {
        Self {
            classes,
            samples: 0,
            sum: vec![0.0; inputs * classes],
            sum_of_squares: vec![0.0; inputs * classes],
            entropies: vec![0.0; inputs],
            labels: Vec::new(),
            label_sums: Vec::new(),
        }
    }

    /// The same with the class of each input, so that its log-likelihood is gathered, too; before the first draw.
    ///
    /// # Errors
    /// [`UncertaintyError::Labels`] and [`UncertaintyError::LabelOutOfRange`] if the labels do not fit.
    pub fn labelled(mut self, labels: &[u32]) -> Result<Self, UncertaintyError> {
        check_labels(self.entropies.len(), self.classes, labels)?;
        self.labels = labels.to_vec();
        self.label_sums = vec![LogSum::EMPTY; labels.len()];
        Ok(self)
    }

    /// Draws gathered so far.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// Adds one draw: a distribution over classes for each input, row by row.
    ///
    /// # Errors
    /// [`UncertaintyError::Size`] if it is not N × C numbers.
    pub fn add(&mut self, draw: &[f64]) -> Result<(), UncertaintyError> {
        if draw.len() != self.sum.len() {
            return Err(UncertaintyError::Size {
                found: draw.len(),
                expected: self.sum.len(),
                rows: self.entropies.len(),
                classes: self.classes,
            });
        }
        add_draw((&mut self.sum, &mut self.sum_of_squares, &mut self.entropies), draw);
        let rows = draw.chunks_exact(self.classes.max(1)).zip(&self.labels);
        for ((row, &label), sum) in rows.zip(&mut self.label_sums) {
            sum.add(row[label as usize].ln());
        }
        self.samples += 1;
        Ok(())
    }

    /// Adds the probabilities of some draws, one after the other, of class scores each; on all threads.
    pub(super) fn add_scores(&mut self, link: ProbabilityLink, draws: &[f32]) -> Result<(), UncertaintyError> {
        let (classes, size) = (self.classes, self.sum.len().max(1));
        let width = INPUTS_OF_A_TASK * classes.max(1);
        let sums = self.sum.par_chunks_mut(width).zip(self.sum_of_squares.par_chunks_mut(width));
        let labels = &self.labels;
        // Tasks are of inputs, and there may be no labels: each task then has an empty part of them.
        let mut label_sums: Vec<&mut [LogSum]> = self.label_sums.chunks_mut(INPUTS_OF_A_TASK).collect();
        label_sums.resize_with(self.entropies.len().div_ceil(INPUTS_OF_A_TASK), Default::default);
        let parts = sums.zip(self.entropies.par_chunks_mut(INPUTS_OF_A_TASK)).zip(label_sums).enumerate();
        parts.try_for_each(|(number, (((sum, sum_of_squares), entropies), label_sums))| {
            let first = number * width;
            let labels = labels.get(number * INPUTS_OF_A_TASK..).unwrap_or_default();
            for draw in draws.chunks_exact(size) {
                let scores = &draw[first..first + sum.len()];
                let rows = probabilities_at(link, classes, scores, 1.0, |row, normalizer| {
                    if let (Some(sum), Some(&label)) = (label_sums.get_mut(row), labels.get(row)) {
                        let score = f64::from(scores[row * classes + label as usize]);
                        sum.add(normalizer.log_probability(score));
                    }
                })?;
                add_draw((&mut *sum, &mut *sum_of_squares, &mut *entropies), &rows);
            }
            Ok(())
        })?;
        self.samples += draws.len() / size;
        Ok(())
    }

    /// Adds the draws of `other`, which must be of the same inputs and classes.
    pub fn merge(&mut self, other: &Self) {
        let add = |all: &mut [f64], more: &[f64]| all.iter_mut().zip(more).for_each(|(sum, value)| *sum += value);
        add(&mut self.sum, &other.sum);
        add(&mut self.sum_of_squares, &other.sum_of_squares);
        add(&mut self.entropies, &other.entropies);
        self.label_sums.iter_mut().zip(&other.label_sums).for_each(|(all, more)| all.merge(more));
        self.samples += other.samples;
    }

    /// The moments of the draws that are in `self` but not in `part`; `part` must have been made of
    /// some of the same draws. Without log-likelihoods, which differences of sums would lose: they are gathered by [`Self::without_group`].
    fn without(&self, part: &Self) -> Self {
        let difference = |all: &[f64], some: &[f64]| all.iter().zip(some).map(|(a, b)| a - b).collect();
        Self {
            classes: self.classes,
            samples: self.samples - part.samples,
            sum: difference(&self.sum, &part.sum),
            sum_of_squares: difference(&self.sum_of_squares, &part.sum_of_squares),
            entropies: difference(&self.entropies, &part.entropies),
            labels: Vec::new(),
            label_sums: Vec::new(),
        }
    }

    /// The moments of all `groups` but number `left_out`, where `self` has those of all of them.
    pub(super) fn without_group(&self, groups: &[Self], left_out: usize) -> Self {
        let mut others = self.without(&groups[left_out]);
        others.labels.clone_from(&self.labels);
        others.label_sums = vec![LogSum::EMPTY; self.label_sums.len()];
        for (_, group) in groups.iter().enumerate().filter(|(number, _)| *number != left_out) {
            others.label_sums.iter_mut().zip(&group.label_sums).for_each(|(all, more)| all.merge(more));
        }
        others
    }

    /// Σp̂ of every input and class.
    pub(super) fn sum(&self) -> &[f64] {
        &self.sum
    }

    /// Sums over all inputs of the trace of the epistemic covariance and of the mutual information, both in the 1/T
    /// form, from the draws that are not in `left_out`; `None` for a single draw.
    pub(super) fn epistemic_sums(&self, left_out: Option<&Self>) -> Option<[f64; 2]> {
        let samples = self.samples - left_out.map_or(0, |part| part.samples);
        if samples < 2 {
            return None;
        }
        let share = 1.0 / samples as f64;
        let (mut trace, mut information) = (0.0, 0.0);
        let mut row = vec![0.0; self.classes];
        for input in 0..self.entropies.len() {
            let first = input * self.classes;
            for (class, mean) in row.iter_mut().enumerate() {
                let place = first + class;
                let [sum, square] = match left_out {
                    Some(part) => {
                        [self.sum[place] - part.sum[place], self.sum_of_squares[place] - part.sum_of_squares[place]]
                    }
                    None => [self.sum[place], self.sum_of_squares[place]],
                };
                *mean = (sum * share).clamp(0.0, 1.0);
                trace += (square * share - *mean * *mean).max(0.0);
            }
            let entropies = self.entropies[input] - left_out.map_or(0.0, |part| part.entropies[input]);
            information += entropy(&row) - (entropies * share).max(0.0);
        }
        Some([trace, information])
    }

    /// The predictive distribution of each input.
    ///
    /// With p̄ = Σp̂/T the epistemic variance of a class is Σp̂²/T − p̄² and the aleatoric one
    /// Σ(p̂ − p̂²)/T; both are kept from falling below 0 by rounding.
    ///
    /// # Errors
    /// [`UncertaintyError::Empty`] before the first draw.
    pub fn finish(&self) -> Result<Predictive, UncertaintyError> {
        if self.samples == 0 || self.classes == 0 {
            return Err(UncertaintyError::Empty);
        }
        let share = 1.0 / self.samples as f64;
        // Differences of sums (`without`) may leave −1e-17 where the truth is 0.
        let mean: Vec<f64> = self.sum.iter().map(|sum| (sum * share).clamp(0.0, 1.0)).collect();
        let aleatoric =
            self.sum.iter().zip(&self.sum_of_squares).map(|(sum, square)| ((sum - square) * share).max(0.0)).collect();
        let epistemic = (self.samples > 1).then(|| {
            mean.iter()
                .zip(&self.sum_of_squares)
                .map(|(mean, square)| (square * share - mean * mean).max(0.0))
                .collect()
        });
        let expected_entropy = self.entropies.iter().map(|sum| (sum * share).max(0.0)).collect();
        let logs = self.label_sums.iter().map(|sum| sum.log_mean(self.samples)).collect();
        let likelihoods = (!self.labels.is_empty()).then(|| LabelLikelihoods { labels: self.labels.clone(), logs });
        let (samples, classes) = (self.samples, self.classes);
        Ok(Predictive { samples, classes, mean, aleatoric, epistemic, expected_entropy, likelihoods })
    }
}

/// Adds rows of probabilities to the sums of as many inputs.
fn add_draw((sums, squares, entropies): (&mut [f64], &mut [f64], &mut [f64]), rows: &[f64]) {
    for ((sum, square), probability) in sums.iter_mut().zip(squares).zip(rows) {
        *sum += probability;
        *square += probability * probability;
    }
    let classes = rows.len() / entropies.len().max(1);
    for (total, row) in entropies.iter_mut().zip(rows.chunks_exact(classes.max(1))) {
        *total += entropy(row);
    }
}
