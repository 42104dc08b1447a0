//! From class scores to probabilities.

use super::UncertaintyError;
use elbo_compiler::analysis::softplus;
use elbo_compiler::ir::ProbabilityLink;

/// Below this the difference between softplus(z) and eᶻ, a relative eᶻ/2, is lost in an `f64`. Where all scores of a
/// row are below it, their exponentials are shifted before they are added up, which gives other last bits than
/// softplus: so this stands apart from [`elbo_compiler::analysis::SOFTPLUS_IS_EXPONENTIAL`].
const SOFTPLUS_IS_EXPONENTIAL: f64 = -37.0;

/// Turns rows of `classes` scores into rows of probabilities: softmax eᶻ/Σeᶻ, or the normalised
/// softplus ln(1 + eᶻ)/Σ ln(1 + eᶻ) (Shridhar, Laumann & Liwicki 2019). Computed in `f64` and
/// without overflow or 0/0 for any finite scores.
///
/// # Errors
/// [`UncertaintyError::Size`] if the scores do not fill whole rows, [`UncertaintyError::NotFinite`]
/// if a score is NaN or infinite.
pub fn probabilities(link: ProbabilityLink, classes: usize, scores: &[f32]) -> Result<Vec<f64>, UncertaintyError> {
    probabilities_at(link, classes, scores, 1.0, |_, _| {})
}

/// The same of the scores divided by `temperature`, which is positive; `seen` is told of each row, by its number, what it
/// was normalised by.
pub(super) fn probabilities_at(
    link: ProbabilityLink,
    classes: usize,
    scores: &[f32],
    temperature: f64,
    mut seen: impl FnMut(usize, &Normalizer),
) -> Result<Vec<f64>, UncertaintyError> {
    let rows = scores.len().checked_div(classes).unwrap_or(0);
    if rows * classes != scores.len() {
        return Err(UncertaintyError::Size { found: scores.len(), expected: rows * classes, rows, classes });
    }
    check_scores(classes, scores)?;
    let mut values: Vec<f64> = scores.iter().map(|&score| f64::from(score) / temperature).collect();
    for (number, row) in values.chunks_exact_mut(classes.max(1)).enumerate() {
        seen(number, &normalize(link, row));
    }
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

/// What a row of scores was normalised by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Normalizer {
    exponential: bool,
    /// The largest score; what every score is shifted by where it is taken to the exponential.
    largest: f64,
    /// ln of the sum of the numbers that are divided by it.
    log_sum: f64,
}

impl Normalizer {
    /// ln p of the class with this score (already divided by a temperature): ln softmax or ln of the normalised softplus,
    /// finite where p itself underflows.
    pub fn log_probability(&self, score: f64) -> f64 {
        if self.exponential {
            score - self.largest - self.log_sum
        } else if score < SOFTPLUS_IS_EXPONENTIAL {
            score - self.log_sum
        } else {
            softplus(score).ln() - self.log_sum
        }
    }
}

/// Makes a row of finite scores the probabilities they stand for.
pub(super) fn normalize(link: ProbabilityLink, row: &mut [f64]) -> Normalizer {
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
    Normalizer { exponential, largest, log_sum: sum.ln() }
}

/// ln p(label) of one row of finite class scores, in nats, in `f64` from beginning to end so that nothing rounds it to
/// −∞; `None` if there is no such class.
pub(crate) fn log_probability(link: ProbabilityLink, scores: &[f32], label: usize) -> Option<f64> {
    let score = f64::from(*scores.get(label)?);
    let largest = scores.iter().copied().map(f64::from).fold(f64::NEG_INFINITY, f64::max);
    let exponential = link == ProbabilityLink::Softmax || largest < SOFTPLUS_IS_EXPONENTIAL;
    Some(if exponential {
        let sum: f64 = scores.iter().map(|&score| (f64::from(score) - largest).exp()).sum();
        score - largest - sum.ln()
    } else {
        let sum: f64 = scores.iter().map(|&score| softplus(f64::from(score))).sum();
        // Far below zero ln softplus(z) is z.
        let own = if score < SOFTPLUS_IS_EXPONENTIAL { score } else { softplus(score).ln() };
        own - sum.ln()
    })
}
