//! How a network takes images of another distribution.

use super::scores::{Detection, OtherHistograms};
use serde::{Deserialize, Serialize};

/// A set of another distribution, scored by the same draws as the test split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutOfDistribution {
    /// What it is called.
    pub name: String,
    /// Where its images come from.
    pub kind: OtherKind,
    /// How they are damaged; corruptions only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corruption: Option<String>,
    /// How much, from 1 to 5; corruptions only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<u8>,
    /// Inputs scored.
    pub examples: usize,
    /// T.
    pub samples: usize,
    /// Mean H(p̄), in nats.
    pub mean_entropy: f64,
    /// Mean trace of the epistemic covariance (1/T form); `None` for T = 1.
    pub mean_epistemic: Option<f64>,
    /// Mean mutual information, in nats; `None` for T = 1.
    pub mean_mutual_information: Option<f64>,
    /// Mean probability of the most probable class.
    pub mean_max_probability: f64,
    /// Share of inputs whose most probable class is the label; corruptions only, whose labels still hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f64>,
    /// How well each score tells the set from the test split.
    pub detection: Vec<Detection>,
    /// How the scores are distributed, over the bins of the test split's histograms.
    pub histograms: OtherHistograms,
}

/// Where images of another distribution come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OtherKind {
    /// The test split of another data set.
    Source,
    /// Uniformly random pixels.
    Noise,
    /// The test images with their pixels in another order.
    Shuffled,
    /// The test images, damaged.
    Corruption,
}
