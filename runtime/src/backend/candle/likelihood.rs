//! The negative log-likelihood of classes.

use super::activation::softplus;
use super::gradient::with_gradient1;
use super::kernels::Kernels;
use candle_core::{DType, Device, Result, Tensor};
use elbo_compiler::ir::{Likelihood, ProbabilityLink};

/// Below this softplus(z) = eᶻ to the last bit of an `f64`, and its logarithm is z.
const LINEAR_BELOW: f64 = -40.0;

/// What each class of each example counts in the loss.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Targets {
    /// Row by row; without smoothing and weights 1 for the label and 0 elsewhere.
    pub(super) values: Vec<f64>,
    /// The sum of each row where it may differ from 1.
    row_sums: Option<Vec<f64>>,
}

/// The targets t of a batch, so that its loss is the mean over examples of −Σ_c t_c ln p_c. With smoothing s and
/// class weights w they are w_c·((1 − s)·\[c = y\] + s/C)·N/Σᵢ w_{yᵢ}, which is PyTorch's
/// `CrossEntropyLoss(weight=w, label_smoothing=s)`.
pub(super) fn targets(labels: &[u32], classes: usize, likelihood: &Likelihood) -> Result<Targets> {
    let Likelihood { label_smoothing, class_weights } = likelihood;
    if let Some(label) = labels.iter().find(|label| **label as usize >= classes) {
        candle_core::bail!("the label {label} is not one of {classes} classes");
    }
    if let Some(weights) = class_weights
        && weights.len() != classes
    {
        candle_core::bail!("{} class weights do not fit {classes} classes", weights.len());
    }
    let weight = |class: usize| class_weights.as_ref().map_or(1.0, |weights| weights[class]);
    let is_plain = *label_smoothing == 0.0 && class_weights.is_none();
    let total: f64 = labels.iter().map(|label| weight(*label as usize)).sum();
    let scale = if class_weights.is_none() { 1.0 } else { labels.len() as f64 / total };
    let smooth = label_smoothing / classes as f64;
    let mut values = vec![0.0; labels.len() * classes];
    for (row, &label) in values.chunks_exact_mut(classes).zip(labels) {
        if smooth != 0.0 {
            row.iter_mut().enumerate().for_each(|(class, value)| *value = scale * weight(class) * smooth);
        }
        row[label as usize] += scale * weight(label as usize) * (1.0 - label_smoothing);
    }
    let row_sums = (!is_plain).then(|| values.chunks_exact(classes).map(|row| row.iter().sum()).collect());
    Ok(Targets { values, row_sums })
}

/// The mean over a batch of class scores `[examples, classes]` of −Σ_c t_c ln p_c, a scalar; for plain targets
/// that is −ln p(y).
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
    let (examples, classes) = scores.dims2()?;
    // Made on the host, because not every device has `f64`.
    let like = |values: &[f64], width: usize| {
        Tensor::from_slice(values, (examples, width), &Device::Cpu)?
            .to_dtype(scores.dtype())?
            .to_device(scores.device())
    };
    let chosen = like(&targets.values, classes)?;
    let row_sums = targets.row_sums.as_ref().map(|sums| like(sums, 1)).transpose()?;
    let values = scores.detach();
    let largest = values.max_keepdim(1)?;
    let exponentials = values.broadcast_sub(&largest)?.exp()?;
    let sums = exponentials.sum_keepdim(1)?;
    // Largest subtracted from both: large scores do not cost the digits of small losses.
    let right = (values.broadcast_sub(&largest)? * &chosen)?.sum_keepdim(1)?;
    let logarithms = match &row_sums {
        None => sums.log()?,
        Some(row_sums) => (sums.log()? * row_sums)?,
    };
    let loss = (logarithms - right)?.sum_all()?.affine(1.0 / examples as f64, 0.0)?;
    with_gradient1("negative-log-likelihood", &scores, loss, move |_, _, g| {
        let probabilities = exponentials.broadcast_div(&sums)?;
        let difference = match &row_sums {
            None => (probabilities - &chosen)?,
            Some(row_sums) => (probabilities.broadcast_mul(row_sums)? - &chosen)?,
        };
        difference.broadcast_mul(&g.affine(1.0 / examples as f64, 0.0)?)
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
