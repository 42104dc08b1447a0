//! The negative log-likelihood of classes.

use super::activation::softplus;
use super::gradient::with_gradient1;
use super::kernels::Kernels;
use candle_core::{DType, Device, Result, Tensor};
use elbo_compiler::ir::ProbabilityLink;

/// Below this softplus(z) = eᶻ to the last bit of an `f64`, and its logarithm is z.
const LINEAR_BELOW: f64 = -40.0;

/// Mean −ln p(y) over a batch of class scores `[examples, classes]`, a scalar.
///
/// Both links are a softmax: of z itself, or of ln softplus(z), since softplus(z)/Σ softplus(z) =
/// exp(ln softplus(z))/Σ exp(ln softplus(z)). The logarithm is taken so that it stays exact for very negative z.
pub(super) fn negative_log_likelihood(
    kernels: Kernels,
    link: ProbabilityLink,
    scores: &Tensor,
    labels: &[u32],
) -> Result<Tensor> {
    let scores = match link {
        ProbabilityLink::Softmax => scores.clone(),
        ProbabilityLink::Softplus => log_softplus(kernels, scores)?,
    };
    let (examples, classes) = scores.dims2()?;
    let chosen = one_hot(labels, classes, &scores)?;
    let values = scores.detach();
    let largest = values.max_keepdim(1)?;
    let exponentials = values.broadcast_sub(&largest)?.exp()?;
    let sums = exponentials.sum_keepdim(1)?;
    // Largest subtracted from both: large scores do not cost the digits of small losses.
    let right = (values.broadcast_sub(&largest)? * &chosen)?.sum_keepdim(1)?;
    let loss = (sums.log()? - right)?.sum_all()?.affine(1.0 / examples as f64, 0.0)?;
    with_gradient1("negative-log-likelihood", &scores, loss, move |_, _, g| {
        let difference = (exponentials.broadcast_div(&sums)? - &chosen)?;
        difference.broadcast_mul(&g.affine(1.0 / examples as f64, 0.0)?)
    })
}

fn one_hot(labels: &[u32], classes: usize, like: &Tensor) -> Result<Tensor> {
    let mut values = vec![0f32; labels.len() * classes];
    for (row, &label) in values.chunks_exact_mut(classes).zip(labels) {
        match row.get_mut(label as usize) {
            Some(value) => *value = 1.0,
            None => candle_core::bail!("the label {label} is not one of {classes} classes"),
        }
    }
    Tensor::from_vec(values, (labels.len(), classes), &Device::Cpu)?.to_dtype(like.dtype())?.to_device(like.device())
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
