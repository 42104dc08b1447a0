//! How long a run takes.

use serde::Serialize;

/// Seconds of a run, and of what.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TimeForecast {
    /// Steps of training.
    pub training: f64,
    /// Scoring the validation split after each epoch.
    pub validation: f64,
    /// Scoring the test split at the end.
    pub scoring: f64,
    /// Scoring it again under draws of the weights, and the final ELBO.
    pub scoring_by_weights: f64,
    /// All together.
    pub total: f64,
    /// The share of the total by which it may be off on a machine that does nothing else.
    pub uncertainty: f64,
}
