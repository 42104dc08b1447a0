//! Scores of predicted probabilities against labels; each a pure function, defined where it stands.

mod calibration;
mod calibration_test;
mod classes;
mod detection;
mod histogram;
mod proper;
mod selective;
mod weakest_class;

pub(crate) use calibration::bin_of;
pub use calibration::{
    ReliabilityBin, Scheme, adaptive_calibration_error, check_bins, expected_calibration_error, reliability,
};
pub use calibration_test::CalibrationTest;
pub use classes::{ClassScores, ClassSummary, class_summaries, confusion, per_class};
pub use detection::{Detection, DetectionScore, detection};
pub use histogram::{Edges, Histogram, Histograms, OtherHistogram, OtherHistograms};
pub use proper::{best_class, brier_of, negative_log_likelihood_of};
pub use selective::{RiskCoverage, RiskCoveragePoint, risk_coverage};
pub use weakest_class::{LEVEL, WeakestClass, weakest_class};

use super::InputScores;

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
fn ties(sorted: &[TopLabel]) -> impl Iterator<Item = (usize, usize)> + '_ {
    sorted
        .chunk_by(|left, right| left.confidence == right.confidence)
        .map(|run| (run.len(), run.iter().filter(|top| top.correct).count()))
}
