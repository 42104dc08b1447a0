//! How the scores that tell known inputs from unknown ones are distributed.

use super::DetectionScore;
use crate::uncertainty::InputScores;
use serde::{Deserialize, Serialize};

/// Bins of every histogram.
const BINS: usize = 40;

/// The edges of the bins of each score, shared by the test split and all other sets so that they can be laid over each
/// other.
#[derive(Debug, Clone, PartialEq)]
pub struct Edges {
    max_probability: Vec<f64>,
    entropy: Vec<f64>,
    mutual_information: Vec<f64>,
    epistemic: Vec<f64>,
}

impl Edges {
    /// Equal bins: max probability from 1/C to 1, the others from 0 to the largest value of any of the sets (to the
    /// largest there can be, where all are 0).
    pub fn new(classes: usize, sets: &[&[InputScores]]) -> Self {
        let classes = classes.max(1) as f64;
        let largest = |score: DetectionScore| {
            let values = sets.iter().flat_map(|set| set.iter()).filter_map(|input| score.of(input));
            values.fold(0.0, f64::max)
        };
        let up_to = |score, bound: f64| {
            let end = match largest(score) {
                end if end > 0.0 => end,
                _ if bound > 0.0 => bound,
                // With one class nothing is uncertain.
                _ => 1.0,
            };
            equal(0.0, end)
        };
        let nats = classes.ln();
        Self {
            max_probability: equal(if classes > 1.0 { 1.0 / classes } else { 0.0 }, 1.0),
            entropy: up_to(DetectionScore::Entropy, nats),
            mutual_information: up_to(DetectionScore::MutualInformation, nats),
            epistemic: up_to(DetectionScore::Epistemic, 1.0 - 1.0 / classes),
        }
    }

    fn of(&self, score: DetectionScore) -> &[f64] {
        match score {
            DetectionScore::MaxProbability => &self.max_probability,
            DetectionScore::Entropy => &self.entropy,
            DetectionScore::MutualInformation => &self.mutual_information,
            DetectionScore::Epistemic => &self.epistemic,
        }
    }

    /// Counts of the inputs that `chosen` lets pass, a bin each; `None` if an input has no such score.
    fn counts(
        &self,
        score: DetectionScore,
        inputs: &[InputScores],
        chosen: impl Fn(&InputScores) -> bool,
    ) -> Option<Vec<usize>> {
        let edges = self.of(score);
        let (first, width) = (edges[0], edges[BINS] - edges[0]);
        let mut counts = vec![0; BINS];
        for input in inputs {
            let value = score.of(input)?;
            if chosen(input) {
                // What lies on an edge belongs above it, the last edge to the last bin.
                let share = (value - first) / width;
                counts[((share * BINS as f64).max(0.0) as usize).min(BINS - 1)] += 1;
            }
        }
        Some(counts)
    }
}

fn equal(from: f64, to: f64) -> Vec<f64> {
    (0..=BINS).map(|edge| if edge == BINS { to } else { from + (to - from) * edge as f64 / BINS as f64 }).collect()
}

/// Counts of right and wrong inputs by a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Histogram {
    /// Ends of the bins, one more than there are bins.
    pub edges: Vec<f64>,
    /// Inputs that were classified rightly.
    pub right: Vec<usize>,
    /// Inputs that were not.
    pub wrong: Vec<usize>,
}

/// A histogram for each score; `None` where the score is not defined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Histograms {
    /// Of the largest probability.
    pub max_probability: Option<Histogram>,
    /// Of H(p̄), in nats.
    pub entropy: Option<Histogram>,
    /// Of the mutual information, in nats.
    pub mutual_information: Option<Histogram>,
    /// Of the trace of the epistemic covariance.
    pub epistemic: Option<Histogram>,
}

impl Histograms {
    /// The histograms of scored inputs.
    pub fn new(inputs: &[InputScores], edges: &Edges) -> Self {
        let of = |score| {
            Some(Histogram {
                edges: edges.of(score).to_vec(),
                right: edges.counts(score, inputs, |input| input.correct)?,
                wrong: edges.counts(score, inputs, |input| !input.correct)?,
            })
        };
        Self {
            max_probability: of(DetectionScore::MaxProbability),
            entropy: of(DetectionScore::Entropy),
            mutual_information: of(DetectionScore::MutualInformation),
            epistemic: of(DetectionScore::Epistemic),
        }
    }
}

/// Counts of inputs without labels by a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherHistogram {
    /// Ends of the bins, those of the test split.
    pub edges: Vec<f64>,
    /// Inputs in each bin.
    pub counts: Vec<usize>,
}

/// The same for a set of another distribution, whose inputs are neither right nor wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherHistograms {
    /// Of the largest probability.
    pub max_probability: Option<OtherHistogram>,
    /// Of H(p̄), in nats.
    pub entropy: Option<OtherHistogram>,
    /// Of the mutual information, in nats.
    pub mutual_information: Option<OtherHistogram>,
    /// Of the trace of the epistemic covariance.
    pub epistemic: Option<OtherHistogram>,
}

impl OtherHistograms {
    /// The histograms of inputs that are scored without regard to labels.
    pub fn new(inputs: &[InputScores], edges: &Edges) -> Self {
        let of = |score| {
            let counts = edges.counts(score, inputs, |_| true)?;
            Some(OtherHistogram { edges: edges.of(score).to_vec(), counts })
        };
        Self {
            max_probability: of(DetectionScore::MaxProbability),
            entropy: of(DetectionScore::Entropy),
            mutual_information: of(DetectionScore::MutualInformation),
            epistemic: of(DetectionScore::Epistemic),
        }
    }
}
