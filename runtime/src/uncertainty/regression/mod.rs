//! Predictive uncertainty and scores of real targets.
//!
//! T draws of a network give T means and log-variances of each target. The predictive distribution of an input is the mixture
//! of the T products of the distributions of its draws, equally weighted. Its variance is `E[σ²]` + `Var[μ]` (the law of total variance):
//! that within the draws, called aleatoric, and that between them, called epistemic. Scores are those of the mixture itself, not of the
//! normal distribution with the same moments, which would give extreme targets too little probability where draws disagree.

mod errors;
mod evaluation;
mod input;
mod intervals;
mod prediction;
mod predictions;
mod replicates;
mod target;
#[cfg(test)]
mod tests;
mod transform;

pub use crate::backend::outputs::{GaussianMixture, Marginal};
pub use errors::RegressionErrors;
pub use evaluation::{CURVE_POINTS, CurvePoint, RegressionEvaluation, RegressionExtreme, RegressionExtremes};
pub use input::{CentralInterval, LEVELS, ValueDraws, ValueScores};
pub use intervals::RegressionIntervals;
pub use prediction::ValuePrediction;
pub use predictions::RegressionPredictions;
pub use replicates::ValueReplicates;
pub use target::{IntervalCoverage, TargetIntervals, TargetScores};
pub use transform::ProbabilityIntegralTransform;
