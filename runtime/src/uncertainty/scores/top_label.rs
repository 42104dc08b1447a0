//! The most probable class of an input.

use crate::uncertainty::InputScores;

/// The most probable class of an input, its probability, and whether it is right: what calibration
/// and selective prediction look at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TopLabel {
    /// The largest probability.
    pub confidence: f64,
    /// Whether its class is the label.
    pub correct: bool,
}

impl From<&InputScores> for TopLabel {
    fn from(input: &InputScores) -> Self {
        Self { confidence: input.confidence, correct: input.correct }
    }
}

/// Runs of equal confidence in `sorted`: (length, how many of them are right), in order. Scores that
/// depend on an order of inputs treat such a run as a whole, so that the order in which equally
/// confident inputs happen to be stored does not change them.
pub(super) fn ties(sorted: &[TopLabel]) -> impl Iterator<Item = (usize, usize)> + '_ {
    sorted
        .chunk_by(|left, right| left.confidence == right.confidence)
        .map(|run| (run.len(), run.iter().filter(|top| top.correct).count()))
}
