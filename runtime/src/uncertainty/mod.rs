//! Predictive uncertainty and scores of sampled predictions.
//!
//! T sampled class-score matrices become probabilities ([`probabilities`]), are gathered one draw at
//! a time ([`PredictiveMoments`]) into what is known of each input ([`Predictive`]), and are scored
//! against the labels ([`Evaluation`]); of real targets it is means and log-variances, see [`RegressionEvaluation`]. Probabilities are `f64` throughout; entropies and
//! likelihoods are in nats.

mod bootstrap;
mod decomposition;
mod entropy;
mod error;
mod evaluation;
mod extremes;
mod jackknife;
mod link;
mod minimum;
mod moments;
mod out_of_distribution;
mod predictions;
mod predictive;
mod regression;
mod sample_curve;
pub mod scores;
mod standard_error;
mod temperature;

pub use bootstrap::{Intervals, Resamples, percentile_interval, quantile};
pub use decomposition::Decomposition;
pub use entropy::entropy;
pub use error::UncertaintyError;
pub use evaluation::{CalibrationFigure, DEFAULT_BINS, Evaluation, check_report};
pub use extremes::{ClassProbability, ExtremeInput, Extremes};
pub use jackknife::{DrawGroups, PrefixSums, Replicates, group_of_draw, groups_of_draws, parts_of_draws};
pub(crate) use link::check_scores;
pub use link::probabilities;
pub use moments::PredictiveMoments;
pub use out_of_distribution::{OtherKind, OutOfDistribution};
pub use predictions::{PREDICTIONS, PredictedInput, Predictions, read_predictions};
pub(crate) use predictive::check_labels;
pub use predictive::{InputScores, Predictive, ScoreSums};
pub use regression::{
    CurvePoint, GaussianMixture, IntervalCoverage, LEVELS, RegressionErrors, RegressionEvaluation, RegressionExtreme,
    RegressionExtremes, RegressionIntervals, RegressionPredictions, TargetScores, ValueDraws, ValueReplicates,
    ValueScores,
};
pub use sample_curve::{EpistemicBySamples, SampleCurve};
pub use standard_error::{StandardErrors, jackknife_standard_error, standard_error_of_mean};
pub use temperature::{DrawnScores, FittedOn, FittedTemperature, ScaledPredictions, ScaledScores, TemperatureScaling};

#[cfg(test)]
mod tests;
