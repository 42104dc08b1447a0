//! Scores of predicted probabilities against labels; each a pure function, defined where it stands.

mod calibration;
mod calibration_test;
mod classes;
mod detection;
mod histogram;
mod proper;
mod selective;
mod top_label;
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
pub use top_label::TopLabel;
pub use weakest_class::{LEVEL, WeakestClass, weakest_class};
