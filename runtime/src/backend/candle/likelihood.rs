//! The negative log-likelihood of classes.

use super::activation::softplus;
use super::gradient::with_gradient1;
use super::kernels::Kernels;
use candle_core::{DType, Device, Result, Tensor};
use elbo_compiler::ir::{Likelihood, ProbabilityLink};

/// Below this softplus(z) = eᶻ to the last bit of an `f64`, and its logarithm is z.
const LINEAR_BELOW: f64 = -40.0;

/// How much each −ln p(c) of each example counts, as PyTorch's `CrossEntropyLoss` has it.
///
/// With a weight w_c for each class and smoothing s, −ln p_i(c) counts w_c·((1 − s)·\[c = y_i\] + s/C), and the sum over
/// the batch is divided by Σ w_{y_i}.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Targets {
    classes: usize,
    /// Row by row.
    counts: Vec<f64>,
    /// What the sum is divided by.
    total: f64,
}

impl Targets {
    /// Of a batch.
    ///
    /// # Errors
    /// If a label is not one of the classes, or these have another number of weights.
    pub(super) fn new(likelihood: &Likelihood, labels: &[u32], classes: usize) -> Result<Self> {
        let Likelihood { label_smoothing, class_weights } = likelihood;
        if let Some(weights) = class_weights.as_ref().filter(|weights| weights.len() != classes) {
            candle_core::bail!("there are {} class weights for {classes} classes", weights.len());
        }
        let weight = |class: usize| class_weights.as_ref().map_or(1.0, |weights| weights[class]);
        let mut counts = vec![0.0; labels.len() * classes];
        let mut total = 0.0;
        for (row, &label) in counts.chunks_exact_mut(classes.max(1)).zip(labels) {
            let label = label as usize;
            if label >= classes {
                candle_core::bail!("the label {label} is not one of {classes} classes");
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

    fn tensor(&self, like: &Tensor) -> Result<Tensor> {
        let shape = (self.counts.len() / self.classes.max(1), self.classes);
        Tensor::from_slice(&self.counts, shape, &Device::Cpu)?.to_dtype(like.dtype())?.to_device(like.device())
    }
}

/// Mean −ln p(y) over a batch of class scores `[examples, classes]`, weighed by the targets, a scalar.
///
/// Both links are a softmax: of z itself, or of ln softplus(z), since softplus(z)/Σ softplus(z) =
/// exp(ln softplus(z))/Σ exp(ln softplus(z)). The logarithm is taken so that it stays exact for very negative z.
pub(super) fn negative_log_likelihood(
    kernels: Kernels,
    link: ProbabilityLink,
    scores: &Tensor,
    targets: &Targets,
) -> Result<Tensor> {
    let scores = match link {
        ProbabilityLink::Softmax => scores.clone(),
        ProbabilityLink::Softplus => log_softplus(kernels, scores)?,
    };
    let counts = targets.tensor(&scores)?;
    let share = 1.0 / targets.total;
    let values = scores.detach();
    let largest = values.max_keepdim(1)?;
    let exponentials = values.broadcast_sub(&largest)?.exp()?;
    let sums = exponentials.sum_keepdim(1)?;
    // Largest subtracted from both: large scores do not cost the digits of small losses.
    let right = (values.broadcast_sub(&largest)? * &counts)?.sum_keepdim(1)?;
    let count = counts.sum_keepdim(1)?;
    let loss = ((sums.log()? * &count)? - right)?.sum_all()?.affine(share, 0.0)?;
    with_gradient1("negative-log-likelihood", &scores, loss, move |_, _, g| {
        let difference = (exponentials.broadcast_div(&sums)?.broadcast_mul(&count)? - &counts)?;
        difference.broadcast_mul(&g.affine(share, 0.0)?)
    })
}

/// ln softplus(z); its derivative sigmoid(z)/softplus(z) tends to 1 for very negative z.
fn log_softplus(kernels: Kernels, scores: &Tensor) -> Result<Tensor> {
    let z = scores.detach().contiguous()?;
    let linear = z.lt(LINEAR_BELOW)?;
    let above = z.maximum(LINEAR_BELOW)?;
    let plus = softplus(kernels, &above)?;
    let y = linear.where_cond(&z, &plus.log()?)?;
    with_gradient1("log-softplus", scores, y, move |_, _, g| {
        let sigmoid = (above.neg()?.exp()? + 1.0)?.recip()?;
        linear.where_cond(g, &(g * (sigmoid / &plus)?)?)
    })
}

/// The scores on the host, row by row.
pub(super) fn on_host(scores: &Tensor) -> Result<Vec<f64>> {
    scores.to_device(&Device::Cpu)?.to_dtype(DType::F64)?.flatten_all()?.to_vec1()
}

/// ln p of every class of one example.
pub(super) fn log_probabilities(link: ProbabilityLink, scores: &[f64]) -> Vec<f64> {
    let log_softplus = |z: f64| if z < LINEAR_BELOW { z } else { super::real::softplus(z).ln() };
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
