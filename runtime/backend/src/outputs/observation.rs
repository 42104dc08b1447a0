//! What a family says of the cost of observations.

use super::label_counts::LabelCounts;
use elbo_compiler::ir::ProbabilityLink;
use elbo_contract::{Closeness, Targets};
use std::fmt::Debug;

/// What observations cost.
pub(crate) trait Observation: Debug + Send + Sync {
    /// Numbers of an example that are summed over samples, such as probabilities or means.
    fn predictions(&self) -> usize;

    /// What a batch's targets are to this observation.
    ///
    /// # Errors
    /// If they are of another kind or number, or none of the classes.
    fn expect<'t>(&'t self, targets: &'t Targets) -> Result<Box<dyn Expected + 't>, String>;
}

/// A batch's targets, checked.
pub(crate) trait Expected {
    /// The mean cost over the batch in nats. Adds what it predicts to `sums`, `[examples, predictions]`, and where a
    /// gradient is wanted writes it.
    fn cost(&self, sample: Sample<'_>, sums: &mut [f64], gradient: Option<&mut Gradient>) -> f64;

    /// How close the mean prediction of `samples` comes, from the sums over them.
    fn closeness(&self, sums: &[f64], samples: usize) -> Closeness;

    /// The form that candle's tensors have of it.
    fn on_tensors(&self) -> OnTensors<'_> {
        OnTensors::None
    }
}

/// What a network gives of a batch in one sample.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample<'s> {
    /// `[examples, outputs]`, row by row.
    pub(crate) outputs: &'s [f64],
    /// The vector that is learned beside the layers; empty without one.
    pub(crate) learned: &'s [f64],
}

/// `share` times the derivatives of the mean cost over a batch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Gradient {
    /// The share of the sample in the objective.
    pub(crate) share: f64,
    /// Along the outputs, as they lie.
    pub(crate) outputs: Vec<f64>,
    /// Along the learned vector.
    pub(crate) learned: Vec<f64>,
}

impl Gradient {
    /// Zeros for this sample.
    pub(crate) fn zeros(sample: Sample<'_>, share: f64) -> Self {
        Self { share, outputs: vec![0.0; sample.outputs.len()], learned: vec![0.0; sample.learned.len()] }
    }
}

/// A form that candle's tensors have.
#[derive(Debug, Clone, Copy)]
pub(crate) enum OnTensors<'e> {
    /// A softmax of scores, or of ln softplus of them.
    Softmax(ProbabilityLink, &'e LabelCounts),
    /// Normal distributions of so many targets of an example; the targets, `[examples, targets]`.
    Gaussian(usize, &'e [f64]),
    /// None: the host's own cost and gradient.
    None,
}
