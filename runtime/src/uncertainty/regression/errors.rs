//! Standard errors of the figures of real targets.

use serde::{Deserialize, Serialize};

/// A standard error for each figure; `None` where it is not defined.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegressionErrors {
    /// Of the root mean squared error; over inputs by the delta method, s(squares)/(2·RMSE·√N).
    pub root_mean_squared_error: Option<f64>,
    /// Of the mean absolute error.
    pub mean_absolute_error: Option<f64>,
    /// Of the mean continuous ranked probability score.
    pub continuous_ranked_probability_score: Option<f64>,
    /// Of the mean −ln p(y).
    pub negative_log_likelihood: Option<f64>,
    /// Of the mean `E[σ²]`; `None` where that is the same for every input, or every draw.
    pub aleatoric: Option<f64>,
    /// Of the mean `Var[μ]` in the 1/T form.
    pub epistemic: Option<f64>,
    /// Of the mean `Var[μ]` in the T/(T − 1) form.
    pub epistemic_unbiased: Option<f64>,
}
