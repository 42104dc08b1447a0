//! The bootstrap over draws, for figures that are not smooth in them.
//!
//! Accuracy and calibration errors change by jumps as draws are left out, and the jackknife is inconsistent for such
//! figures (Efron & Tibshirani 1993, section 10.6). Here groups of draws are drawn again with replacement, from the sums of
//! probabilities that are kept anyway. Up to 32 draws each is a group of its own; of more draws whole groups are drawn, whose
//! means scatter as the mean of all draws does, so that memory and time do not grow with T.

use super::scores::{TopLabel, best_class};
use super::{DrawGroups, Resamples, UncertaintyError, check_labels};
use rayon::prelude::*;

/// How many resamples an error rests on; it is itself known to 1/√(2·100), some 7 %.
pub const DRAW_RESAMPLES: u32 = 100;

/// The predicted class of every input, once for each resample of the draws.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DrawResamples {
    /// Groups that are drawn from.
    groups: usize,
    /// Of each resample the confidence in each input, negative where the predicted class is wrong. 32 bits hold what an
    /// error of two digits needs.
    confidences: Vec<Vec<f32>>,
}

impl DrawResamples {
    /// Adds some inputs, with their labels.
    ///
    /// # Errors
    /// [`UncertaintyError::Labels`] and [`UncertaintyError::LabelOutOfRange`] if the labels do not fit.
    pub fn add(&mut self, draws: &DrawGroups, labels: &[u32]) -> Result<(), UncertaintyError> {
        check_labels(draws.inputs(), draws.classes(), labels)?;
        let groups = draws.groups();
        if groups.len() < 2 {
            return Ok(());
        }
        self.groups = groups.len();
        self.confidences.resize(DRAW_RESAMPLES as usize, Vec::new());
        let classes = draws.classes();
        self.confidences.par_iter_mut().enumerate().for_each(|(resample, confidences)| {
            let mut times = vec![0.0; groups.len()];
            let chosen = Resamples::of("draws").indices(resample as u32, groups.len());
            chosen.iter().for_each(|&group| times[group as usize] += 1.0);
            let drawn: Vec<(f64, &[f64])> =
                times.iter().zip(&groups).filter(|(times, _)| **times > 0.0).map(|(t, g)| (*t, g.sum())).collect();
            let samples: f64 = times.iter().zip(&groups).map(|(times, group)| times * group.samples() as f64).sum();
            let mut row = vec![0.0; classes];
            for (input, &label) in labels.iter().enumerate() {
                row.fill(0.0);
                for (times, sums) in &drawn {
                    let sums = &sums[input * classes..][..classes];
                    row.iter_mut().zip(sums).for_each(|(all, sum)| *all += times * sum);
                }
                let best = best_class(&row);
                let confidence = (row[best] / samples).min(1.0) as f32;
                confidences.push(if best == label as usize { confidence } else { -confidence });
            }
        });
        Ok(())
    }

    /// The standard error of `figure` over draws: its standard deviation over the resamples, times √(G/(G − 1)), because G
    /// groups drawn from themselves scatter less than new ones; `None` without two groups.
    pub(super) fn standard_error(&self, figure: impl Fn(&[TopLabel]) -> f64 + Sync) -> Option<f64> {
        if self.groups < 2 {
            return None;
        }
        let of = |confidences: &Vec<f32>| {
            let top = |&signed: &f32| TopLabel { confidence: f64::from(signed.abs()), correct: signed > 0.0 };
            figure(&confidences.iter().map(top).collect::<Vec<TopLabel>>())
        };
        let figures: Vec<f64> = self.confidences.par_iter().map(of).collect();
        let (count, groups) = (figures.len() as f64, self.groups as f64);
        let mean = figures.iter().sum::<f64>() / count;
        let squares: f64 = figures.iter().map(|figure| (figure - mean) * (figure - mean)).sum();
        Some((squares / (count - 1.0) * groups / (groups - 1.0)).sqrt())
    }
}
