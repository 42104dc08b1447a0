//! Whether confidence means accuracy: calibration errors and the reliability table.

use super::top_label::{TopLabel, ties};
use crate::uncertainty::UncertaintyError;
use elbo_compiler::limits::MOST_BINS;
use serde::{Deserialize, Serialize};

/// Whether a calibration table can have this many bins.
///
/// # Errors
/// [`UncertaintyError::Bins`] if it is 0 or above [`MOST_BINS`].
pub fn check_bins(bins: usize) -> Result<(), UncertaintyError> {
    if (1..=MOST_BINS).contains(&bins) { Ok(()) } else { Err(UncertaintyError::Bins { bins, maximum: MOST_BINS }) }
}

/// The inputs whose confidence lies in (lower, upper].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReliabilityBin {
    /// The bin's open end, (b)/bins.
    pub lower: f64,
    /// The bin's closed end, (b + 1)/bins.
    pub upper: f64,
    /// How many inputs fall in it.
    pub count: usize,
    /// Their mean confidence; `None` if there are none.
    pub confidence: Option<f64>,
    /// The share of them that is right; `None` if there are none.
    pub accuracy: Option<f64>,
}

/// The reliability table over `bins` bins of equal width on (0, 1]: bin b holds the confidences in
/// (b/bins, (b + 1)/bins] (Guo, Pleiss, Sun & Weinberger 2017, section 2).
///
/// # Errors
/// [`UncertaintyError::Bins`] if `bins` is 0 or too large.
pub fn reliability(inputs: &[TopLabel], bins: usize) -> Result<Vec<ReliabilityBin>, UncertaintyError> {
    check_bins(bins)?;
    let mut sums = vec![(0_usize, 0_usize, 0.0_f64); bins];
    for input in inputs {
        let (count, correct, confidence) = &mut sums[bin_of(input.confidence, bins)];
        *count += 1;
        *correct += usize::from(input.correct);
        *confidence += input.confidence;
    }
    let table = sums.into_iter().enumerate().map(|(bin, (count, correct, confidence))| {
        let mean = |sum: f64| (count > 0).then(|| sum / count as f64);
        ReliabilityBin {
            lower: edge(bin, bins),
            upper: edge(bin + 1, bins),
            count,
            confidence: mean(confidence),
            accuracy: mean(correct as f64),
        }
    });
    Ok(table.collect())
}

/// Expected calibration error, Σ_b (n_b/N)·|accuracy_b − confidence_b| over the equal-width bins of
/// [`reliability`] (Guo et al. 2017, equation 3). 0 without inputs.
///
/// # Errors
/// [`UncertaintyError::Bins`] if `bins` is 0 or too large.
pub fn expected_calibration_error(inputs: &[TopLabel], bins: usize) -> Result<f64, UncertaintyError> {
    let gaps = reliability(inputs, bins)?
        .into_iter()
        .filter_map(|bin| Some(bin.count as f64 / inputs.len() as f64 * (bin.accuracy? - bin.confidence?).abs()));
    Ok(gaps.sum())
}

/// Calibration error of the most probable class over bins of equal count (the adaptive scheme of
/// Nixon, Dusenberry, Zhang, Jerfel & Tran 2019): inputs sorted by confidence are cut into `bins`
/// runs whose lengths differ by one at most, longer ones first, and the gaps are weighted by n_b/N.
/// Equally confident inputs share their mean accuracy, so that a cut among them does not depend on
/// the order of the inputs. 0 without inputs.
///
/// # Errors
/// [`UncertaintyError::Bins`] if `bins` is 0 or too large.
pub fn adaptive_calibration_error(inputs: &[TopLabel], bins: usize) -> Result<f64, UncertaintyError> {
    check_bins(bins)?;
    let mut sorted = inputs.to_vec();
    sorted.sort_by(|left, right| left.confidence.total_cmp(&right.confidence));
    let accuracies: Vec<f64> = ties(&sorted)
        .flat_map(|(length, correct)| std::iter::repeat_n(correct as f64 / length as f64, length))
        .collect();
    let mut first = 0;
    let mut error = 0.0;
    for bin in 0..bins {
        let count = inputs.len() / bins + usize::from(bin < inputs.len() % bins);
        let members = first..first + count;
        let confidence: f64 = sorted[members.clone()].iter().map(|top| top.confidence).sum();
        let accuracy: f64 = accuracies[members].iter().sum();
        error += (accuracy - confidence).abs();
        first += count;
    }
    Ok(if inputs.is_empty() { 0.0 } else { error / inputs.len() as f64 })
}

/// How inputs are put into bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Bins of equal width, as of [`expected_calibration_error`].
    EqualWidth,
    /// Bins of equal count, as of [`adaptive_calibration_error`].
    EqualCount,
}

/// The bin of each input. Equally confident inputs share one: a cut among them is moved behind the last of them, so that it
/// is a partition by confidence alone.
pub(super) fn cells(inputs: &[TopLabel], scheme: Scheme, bins: usize) -> Vec<usize> {
    match scheme {
        Scheme::EqualWidth => inputs.iter().map(|input| bin_of(input.confidence, bins)).collect(),
        Scheme::EqualCount => {
            let mut order: Vec<usize> = (0..inputs.len()).collect();
            order.sort_by(|&left, &right| inputs[left].confidence.total_cmp(&inputs[right].confidence));
            let longer = inputs.len() % bins;
            let length = inputs.len() / bins;
            // The first bins are one longer.
            let bin_at = |place: usize| {
                if place < longer * (length + 1) {
                    place / (length + 1)
                } else {
                    longer + (place - longer * (length + 1)) / length
                }
            };
            let mut cells = vec![0; inputs.len()];
            let mut bin = 0;
            for (place, &index) in order.iter().enumerate() {
                if place == 0 || inputs[index].confidence != inputs[order[place - 1]].confidence {
                    bin = bin_at(place);
                }
                cells[index] = bin;
            }
            cells
        }
    }
}

fn edge(index: usize, bins: usize) -> f64 {
    index as f64 / bins as f64
}

/// The bin with lower < confidence ≤ upper. The product may round across an edge, so the edges decide.
pub(crate) fn bin_of(confidence: f64, bins: usize) -> usize {
    let mut bin = ((confidence * bins as f64).ceil() as usize).clamp(1, bins) - 1;
    while bin > 0 && confidence <= edge(bin, bins) {
        bin -= 1;
    }
    while bin + 1 < bins && confidence > edge(bin + 1, bins) {
        bin += 1;
    }
    bin
}
