//! Predictive uncertainty and scores of sampled predictions.
//!
//! T sampled class-score matrices become probabilities ([`probabilities`]), are gathered one draw at
//! a time ([`PredictiveMoments`]) into what is known of each input ([`Predictive`]), and are scored
//! against the labels ([`Evaluation`]). Probabilities are `f64` throughout; entropies and
//! likelihoods are in nats.

mod decomposition;
mod entropy;
mod error;
mod evaluation;
mod jackknife;
mod link;
mod moments;
mod predictive;
pub mod scores;
mod standard_error;

pub use decomposition::Decomposition;
pub use entropy::entropy;
pub use error::UncertaintyError;
pub use evaluation::{CalibrationFigure, DEFAULT_BINS, Evaluation, check_report};
pub use jackknife::{DrawGroups, Replicates, group_of_draw, groups_of_draws};
pub use link::probabilities;
pub use moments::PredictiveMoments;
pub use predictive::{InputScores, Predictive, ScoreSums};
pub use standard_error::{StandardErrors, jackknife_standard_error, standard_error_of_mean};

#[cfg(test)]
mod tests;
