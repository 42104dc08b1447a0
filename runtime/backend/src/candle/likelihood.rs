//! The negative log-likelihood of classes, and of real targets.

use super::super::outputs::label_counts::LabelCounts;
use super::super::outputs::{Expected, Gradient, OnTensors, Sample};
use super::activation::softplus;
use super::gradient::{with_gradient1, with_gradient2};
use super::kernels::Kernels;
use candle_core::{DType, Device, Result, Tensor};
use candle_nn::ops::sigmoid;
use elbo_compiler::analysis::SOFTPLUS_IS_EXPONENTIAL;
use elbo_compiler::ir::ProbabilityLink;

/// The mean negative log-likelihood of a sample.
pub(super) struct Cost {
    /// As a scalar that can be differentiated.
    pub(super) loss: Tensor,
    /// In `f64`.
    pub(super) value: f64,
}

/// The cost of a sample's outputs `[examples, outputs]` and of what the output has learned; adds what it predicts to
/// `sums`.
pub(super) fn negative_log_likelihood_of(
    kernels: Kernels,
    outputs: &Tensor,
    learned: Option<&Tensor>,
    expected: &dyn Expected,
    sums: &mut [f64],
) -> Result<Cost> {
    let held = learned.map(|learned| on_host(&learned.detach())).transpose()?.unwrap_or_default();
    let (given, mut gradient) = (on_host(outputs)?, None);
    let sample = Sample { outputs: &given, learned: &held };
    let on_tensors = expected.on_tensors();
    if let OnTensors::None = on_tensors {
        gradient = Some(Gradient::zeros(sample, 1.0));
    }
    let value = expected.cost(sample, sums, gradient.as_mut());
    let loss = match (on_tensors, gradient) {
        (OnTensors::Softmax(link, counts), _) => negative_log_likelihood(kernels, link, outputs, counts)?,
        (OnTensors::Gaussian(targets, values), _) => {
            gaussian_negative_log_likelihood(targets, outputs, values, learned)?
        }
        (OnTensors::None, None) => unreachable!("its gradient has been asked for"),
        (OnTensors::None, Some(gradient)) => from_host(value, &gradient, outputs, learned)?,
    };
    Ok(Cost { loss, value })
}

/// A cost that the host has worked out, with its gradients along the outputs and what the output learns.
fn from_host(value: f64, gradient: &Gradient, outputs: &Tensor, learned: Option<&Tensor>) -> Result<Tensor> {
    let like = |values: &[f64], like: &Tensor| {
        Tensor::from_slice(values, like.shape(), &Device::Cpu)?.to_dtype(like.dtype())?.to_device(like.device())
    };
    let loss = Tensor::new(value, &Device::Cpu)?.to_dtype(outputs.dtype())?.to_device(outputs.device())?;
    let along = like(&gradient.outputs, outputs)?;
    let Some(learned) = learned else {
        return with_gradient1("likelihood-of-host", outputs, loss, move |_, _, g| along.broadcast_mul(g));
    };
    let along_learned = like(&gradient.learned, learned)?;
    with_gradient2("likelihood-of-host", [outputs, learned], loss, move |_, _, g| {
        Ok([Some(along.broadcast_mul(g)?), Some(along_learned.broadcast_mul(g)?)])
    })
}

/// Mean −ln p(y) over a batch of class scores `[examples, classes]`, weighed by the targets, a scalar.
///
/// Both links are a softmax: of z itself, or of ln softplus(z), since softplus(z)/Σ softplus(z) =
/// exp(ln softplus(z))/Σ exp(ln softplus(z)). The logarithm is taken so that it stays exact for very negative z.
pub(super) fn negative_log_likelihood(
    kernels: Kernels,
    link: ProbabilityLink,
    scores: &Tensor,
    targets: &LabelCounts,
) -> Result<Tensor> {
    let scores = match link {
        ProbabilityLink::Softmax => scores.clone(),
        ProbabilityLink::Softplus => log_softplus(kernels, scores)?,
    };
    let counts = counts_of(targets, &scores)?;
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

/// The mean over a batch of ½·Σ [ln 2π + s + (y − μ)²·e^(−s)] over targets, from outputs `[examples, outputs]`; a scalar
/// ([`elbo_compiler::ir::NoiseModel`] says where s comes from).
fn gaussian_negative_log_likelihood(
    targets: usize,
    outputs: &Tensor,
    values: &[f64],
    learned: Option<&Tensor>,
) -> Result<Tensor> {
    let examples = values.len() / targets;
    let y = Tensor::from_slice(values, (examples, targets), &Device::Cpu)?;
    let y = y.to_dtype(outputs.dtype())?.to_device(outputs.device())?;
    let log_variances = match learned {
        Some(learned) => learned.reshape((1, targets))?.broadcast_as((examples, targets))?,
        None => outputs.narrow(1, targets, targets)?,
    };
    let squares = (outputs.narrow(1, 0, targets)? - y)?.sqr()?;
    let costs = (&log_variances + (squares * log_variances.neg()?.exp()?)?)?;
    let constant = 0.5 * targets as f64 * (2.0 * std::f64::consts::PI).ln();
    costs.sum_all()?.affine(0.5 / examples.max(1) as f64, constant)
}

/// ln softplus(z); its derivative sigmoid(z)/softplus(z) tends to 1 for very negative z.
fn log_softplus(kernels: Kernels, scores: &Tensor) -> Result<Tensor> {
    let z = scores.detach().contiguous()?;
    let linear = z.lt(SOFTPLUS_IS_EXPONENTIAL)?;
    let above = z.maximum(SOFTPLUS_IS_EXPONENTIAL)?;
    let plus = softplus(kernels, &above)?;
    let y = linear.where_cond(&z, &plus.log()?)?;
    with_gradient1("log-softplus", scores, y, move |_, _, g| linear.where_cond(g, &(g * (sigmoid(&above)? / &plus)?)?))
}

/// The scores on the host, row by row.
fn on_host(scores: &Tensor) -> Result<Vec<f64>> {
    scores.to_device(&Device::Cpu)?.to_dtype(DType::F64)?.flatten_all()?.to_vec1()
}

/// The targets' counts as a tensor.
fn counts_of(targets: &LabelCounts, like: &Tensor) -> Result<Tensor> {
    let shape = (targets.counts.len() / targets.classes().max(1), targets.classes());
    Tensor::from_slice(&targets.counts, shape, &Device::Cpu)?.to_dtype(like.dtype())?.to_device(like.device())
}
