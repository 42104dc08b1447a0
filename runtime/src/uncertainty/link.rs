//! From class scores to probabilities.

use super::UncertaintyError;
use elbo_compiler::ir::ProbabilityLink;

/// Below this the difference between softplus(z) and eᶻ, a relative eᶻ/2, is lost in an `f64`.
const SOFTPLUS_IS_EXPONENTIAL: f64 = -37.0;

/// Turns rows of `classes` scores into rows of probabilities: softmax eᶻ/Σeᶻ, or the normalised
/// softplus ln(1 + eᶻ)/Σ ln(1 + eᶻ) (Shridhar, Laumann & Liwicki 2019). Computed in `f64` and
/// without overflow or 0/0 for any finite scores.
///
/// # Errors
/// [`UncertaintyError::Size`] if the scores do not fill whole rows, [`UncertaintyError::NotFinite`]
/// if a score is NaN or infinite.
pub fn probabilities(link: ProbabilityLink, classes: usize, scores: &[f32]) -> Result<Vec<f64>, UncertaintyError> {
    probabilities_at(link, classes, scores, 1.0)
}

/// The same of the scores divided by `temperature`, which is positive.
pub(super) fn probabilities_at(
    link: ProbabilityLink,
    classes: usize,
    scores: &[f32],
    temperature: f64,
) -> Result<Vec<f64>, UncertaintyError> {
    let rows = scores.len().checked_div(classes).unwrap_or(0);
    if rows * classes != scores.len() {
        return Err(UncertaintyError::Size { found: scores.len(), expected: rows * classes, rows, classes });
    }
    check_scores(classes, scores)?;
    let mut values: Vec<f64> = scores.iter().map(|&score| f64::from(score) / temperature).collect();
    values.chunks_exact_mut(classes.max(1)).for_each(|row| normalize(link, row));
    Ok(values)
}

/// Whether every score is a finite number.
///
/// # Errors
/// [`UncertaintyError::NotFinite`] for the first that is not.
pub(crate) fn check_scores(classes: usize, scores: &[f32]) -> Result<(), UncertaintyError> {
    match scores.iter().position(|score| !score.is_finite()) {
        Some(position) => Err(UncertaintyError::NotFinite { input: position / classes, class: position % classes }),
        None => Ok(()),
    }
}

/// Makes a row of finite scores the probabilities they stand for.
pub(super) fn normalize(link: ProbabilityLink, row: &mut [f64]) {
    let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // Where every score is far below zero softplus is the exponential, and the shifted
    // exponential cannot underflow in all places at once.
    let exponential = link == ProbabilityLink::Softmax || largest < SOFTPLUS_IS_EXPONENTIAL;
    for value in row.iter_mut() {
        *value = if exponential { (*value - largest).exp() } else { softplus(*value) };
    }
    let sum: f64 = row.iter().sum();
    for value in row.iter_mut() {
        *value /= sum;
    }
}

/// ln(1 + eᶻ) without overflow.
fn softplus(z: f64) -> f64 {
    z.max(0.0) + (-z.abs()).exp().ln_1p()
}
