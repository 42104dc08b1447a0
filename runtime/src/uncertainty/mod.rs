//! Predictive uncertainty and scores of sampled predictions.
//!
//! T sampled class-score matrices become probabilities ([`probabilities`]), are gathered one draw at
//! a time ([`PredictiveMoments`]) into what is known of each input ([`Predictive`]), and are scored
//! against the labels ([`Evaluation`]); of real targets it is means and log-variances, see [`RegressionEvaluation`]. Probabilities are `f64` throughout; entropies and
//! likelihoods are in nats.

mod bootstrap;
mod decomposition;
pub(crate) mod distribution;
mod draw_bootstrap;
mod entropy;
mod error;
mod evaluation;
mod extremes;
mod input_sources;
mod interval;
mod jackknife;
mod link;
mod log_sum;
mod minimum;
pub(crate) mod mistakes;
mod moments;
mod normal;
mod out_of_distribution;
mod predictions;
mod predictive;
pub(crate) mod proportion;
mod regression;
mod replicates;
mod resamples;
mod sample_curve;
pub mod scores;
mod standard_error;
mod temperature;
mod weight_draws;

pub use bootstrap::Intervals;
pub use decomposition::Decomposition;
pub use draw_bootstrap::{DRAW_RESAMPLES, DrawResamples};
pub use entropy::entropy;
pub use error::UncertaintyError;
pub use evaluation::{CalibrationFigure, DEFAULT_BINS, Evaluation, check_report};
pub use extremes::{ClassProbability, ExtremeInput, Extremes};
pub use input_sources::{InputSources, SOURCE_COLUMNS};
pub use interval::wilson_interval;
pub use jackknife::{DrawGroups, PrefixSums, group_of_draw, groups_of_draws, parts_of_draws};
pub use link::probabilities;
pub(crate) use link::{check_scores, log_probability};
pub use moments::PredictiveMoments;
pub(crate) use normal::NORMAL_97_5;
pub use out_of_distribution::{OtherKind, OutOfDistribution};
pub use predictions::{NAME_COLUMNS, PREDICTIONS, PredictedInput, Predictions, read_predictions};
pub(crate) use predictive::check_labels;
pub use predictive::{InputScores, LabelLikelihoods, Predictive, ScoreSums};
pub use regression::{
    CURVE_POINTS, CentralInterval, CurvePoint, GaussianMixture, IntervalCoverage, LEVELS, Marginal,
    ProbabilityIntegralTransform, RegressionErrors, RegressionEvaluation, RegressionExtreme, RegressionExtremes,
    RegressionIntervals, RegressionPredictions, TargetIntervals, TargetScores, ValueDraws, ValuePrediction,
    ValueReplicates, ValueScores,
};
pub use replicates::Replicates;
pub use resamples::{Resamples, percentile_interval, quantile};
pub use sample_curve::{EpistemicBySamples, SampleCurve};
pub use standard_error::{StandardErrors, jackknife_standard_error, standard_error_of_mean};
pub use temperature::{
    CrossFitted, DrawnScores, FittedOn, FittedTemperature, ScaledPredictions, ScaledScores, TemperatureScaling,
};
pub use weight_draws::{BONFERRONI, ComparedMetric, FinalElbo, UnderWeightDraws};

#[cfg(test)]
mod tests;
