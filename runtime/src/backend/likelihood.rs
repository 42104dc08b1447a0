//! The negative log-likelihood on the host, in double precision: of classes here, of real targets in `gaussian`.

use super::gaussian::Gaussian;
use super::targets::Targets;
use elbo_compiler::ir::{Likelihood, Output, ProbabilityLink, Run};

/// What observations cost, given a network's outputs.
#[derive(Debug, Clone)]
pub(super) enum Observation {
    /// Classes.
    Classes {
        /// How scores become probabilities.
        link: ProbabilityLink,
        /// How labels are weighed.
        likelihood: Likelihood,
        /// How many classes there are.
        classes: usize,
    },
    /// Real numbers.
    Values(Gaussian),
}

impl Observation {
    /// Of a run.
    ///
    /// # Errors
    /// If the outputs are not those of the kind of observation.
    pub(super) fn of(run: &Run) -> Result<Self, String> {
        let outputs = run.network.outputs();
        Ok(match run.network.output {
            Output::Categorical { link } => {
                Self::Classes { link, likelihood: run.training.likelihood.clone(), classes: outputs }
            }
            Output::Gaussian { noise } => Self::Values(Gaussian::new(noise, outputs)?),
        })
    }

    /// Probabilities of an example, or means.
    pub(super) fn predictions(&self) -> usize {
        match self {
            Self::Classes { classes, .. } => *classes,
            Self::Values(gaussian) => gaussian.targets,
        }
    }

    /// What a batch's targets are to this observation.
    ///
    /// # Errors
    /// If they are of another kind or number, or none of the classes.
    pub(super) fn expect<'t>(&self, targets: &'t Targets) -> Result<Expected<'t>, String> {
        match (self, targets) {
            (Self::Classes { likelihood, classes, .. }, Targets::Classes(labels)) => {
                Ok(Expected::Classes(LabelCounts::new(likelihood, labels, *classes)?, labels))
            }
            (Self::Values(gaussian), Targets::Values { targets, values }) if *targets == gaussian.targets => {
                Ok(Expected::Values(values))
            }
            (Self::Values(gaussian), Targets::Values { targets, .. }) => {
                Err(format!("the batch has {targets} targets per example, the network {}", gaussian.targets))
            }
            (Self::Classes { .. }, Targets::Values { .. }) => Err("classes are wanted, not real numbers".to_owned()),
            (Self::Values(_), Targets::Classes(_)) => Err("real numbers are wanted, not classes".to_owned()),
        }
    }
}

/// A batch's targets, checked.
#[derive(Debug, Clone)]
pub(super) enum Expected<'t> {
    /// How much each class of each example counts, and the labels.
    Classes(LabelCounts, &'t [u32]),
    /// Examples × targets.
    Values(&'t [f64]),
}

/// Below this softplus(z) = eᶻ to the last bit of an `f64`, and its logarithm is z.
pub(super) const LINEAR_BELOW: f64 = -40.0;

/// How much each −ln p(c) of each example counts, as PyTorch's `CrossEntropyLoss` has it.
///
/// With a weight w_c for each class and smoothing s, −ln p_i(c) counts w_c·((1 − s)·\[c = y_i\] + s/C), and the sum over
/// the batch is divided by Σ w_{y_i}.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LabelCounts {
    classes: usize,
    /// Row by row.
    pub(super) counts: Vec<f64>,
    /// What the sum is divided by.
    pub(super) total: f64,
}

impl LabelCounts {
    /// Of a batch.
    ///
    /// # Errors
    /// If a label is not one of the classes, or these have another number of weights.
    pub(super) fn new(likelihood: &Likelihood, labels: &[u32], classes: usize) -> Result<Self, String> {
        let Likelihood { label_smoothing, class_weights } = likelihood;
        if let Some(weights) = class_weights.as_ref().filter(|weights| weights.len() != classes) {
            return Err(format!("there are {} class weights for {classes} classes", weights.len()));
        }
        let weight = |class: usize| class_weights.as_ref().map_or(1.0, |weights| weights[class]);
        let mut counts = vec![0.0; labels.len() * classes];
        let mut total = 0.0;
        for (row, &label) in counts.chunks_exact_mut(classes.max(1)).zip(labels) {
            let label = label as usize;
            if label >= classes {
                return Err(format!("the label {label} is not one of {classes} classes"));
            }
            if *label_smoothing != 0.0 {
                for (class, count) in row.iter_mut().enumerate() {
                    *count = weight(class) * label_smoothing / classes as f64;
                }
            }
            row[label] += weight(label) * (1.0 - label_smoothing);
            total += weight(label);
        }
        Ok(Self { classes, counts, total })
    }

    /// How many classes there are.
    pub(super) fn classes(&self) -> usize {
        self.classes
    }

    /// The mean of what each example costs, from its logarithms of probabilities, `[examples, classes]`.
    pub(super) fn loss(&self, logarithms: &[f64]) -> f64 {
        // What does not count must not turn −∞ into a number.
        let costs = self.counts.iter().zip(logarithms).filter(|(count, _)| **count != 0.0);
        costs.fold(0.0, |sum, (count, logarithm)| sum - count * logarithm) / self.total
    }
}

/// ln(1 + eᶻ) without overflow.
fn softplus(z: f64) -> f64 {
    z.max(0.0) + (-z.abs()).exp().ln_1p()
}

/// ln p of every class of one example.
pub(super) fn log_probabilities(link: ProbabilityLink, scores: &[f64]) -> Vec<f64> {
    let log_softplus = |z: f64| if z < LINEAR_BELOW { z } else { softplus(z).ln() };
    let scores: Vec<f64> = match link {
        ProbabilityLink::Softmax => scores.to_vec(),
        ProbabilityLink::Softplus => scores.iter().map(|&z| log_softplus(z)).collect(),
    };
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum = scores.iter().map(|score| (score - largest).exp()).sum::<f64>().ln();
    scores.iter().map(|score| score - largest - sum).collect()
}

/// How many rows of probabilities (or sums of them) are largest at their label; the first of equals counts.
pub(super) fn count_correct(probabilities: &[f64], labels: &[u32]) -> usize {
    let classes = probabilities.len() / labels.len().max(1);
    let is_right = |(row, label): (&[f64], &u32)| {
        let best = row.iter().enumerate().fold(0, |best, (class, value)| if *value > row[best] { class } else { best });
        best == *label as usize
    };
    probabilities.chunks_exact(classes.max(1)).zip(labels).filter(|&(row, label)| is_right((row, label))).count()
}
