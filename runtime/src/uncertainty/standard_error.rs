//! How far a figure may be from what more inputs, or more draws, would give.

use serde::{Deserialize, Serialize};

/// A standard error for each figure of an evaluation; `None` where it is not defined.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandardErrors {
    /// Of the accuracy.
    pub accuracy: Option<f64>,
    /// Of the mean −ln p̄(y).
    pub negative_log_likelihood: Option<f64>,
    /// Of the Brier score.
    pub brier: Option<f64>,
    /// Of the expected calibration error; over draws only.
    pub expected_calibration_error: Option<f64>,
    /// Of the mean aleatoric trace.
    pub aleatoric: Option<f64>,
    /// Of the mean epistemic trace in the 1/T form.
    pub epistemic: Option<f64>,
    /// Of the mean epistemic trace in the T/(T − 1) form.
    pub epistemic_unbiased: Option<f64>,
    /// Of the mean entropy of p̄.
    pub entropy: Option<f64>,
    /// Of the mean entropy of the draws.
    pub expected_entropy: Option<f64>,
    /// Of the mutual information as estimated from T draws.
    pub mutual_information: Option<f64>,
    /// Of the mutual information times T/(T − 1).
    pub mutual_information_corrected: Option<f64>,
}

/// s/√n of `values`, s² their variance with n − 1; `None` for fewer than two.
pub fn standard_error_of_mean(values: impl ExactSizeIterator<Item = f64> + Clone) -> Option<f64> {
    let count = values.len() as f64;
    if values.len() < 2 {
        return None;
    }
    let mean = values.clone().sum::<f64>() / count;
    let squares: f64 = values.map(|value| (value - mean) * (value - mean)).sum();
    Some((squares / (count - 1.0) / count).sqrt())
}

/// The jackknife standard error √[(G − 1)/G · Σ_g (θ_g − θ̄)²] from the G values of a statistic with
/// one group of draws left out each (Efron & Tibshirani 1993, equation 11.5); `None` for fewer than two.
pub fn jackknife_standard_error(replicates: &[f64]) -> Option<f64> {
    let groups = replicates.len() as f64;
    if replicates.len() < 2 {
        return None;
    }
    let mean = replicates.iter().sum::<f64>() / groups;
    let squares: f64 = replicates.iter().map(|value| (value - mean) * (value - mean)).sum();
    Some(((groups - 1.0) / groups * squares).sqrt())
}
