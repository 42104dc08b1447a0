//! Layers with weights: one value each, or a Gaussian each with its estimators.

use super::activation::softplus;
use super::affine::{Source, add_to_moments, add_to_rows};
use super::elementwise::{Map3, map3};
use super::gradient::with_gradient2;
use super::kernels::Kernels;
use super::noise::Randomness;
use super::parameters::Parameter;
use super::real::Real;
use candle_core::{Result, Tensor};
use elbo_compiler::ir::{Estimator, Prior, Shape};

/// Added to the variance of an activation, so that its root has a gradient.
const VARIANCE_FLOOR: f64 = 1e-16;

/// A Gaussian for each number of a tensor.
#[derive(Debug, Clone)]
pub(super) struct Gaussian {
    /// The tensor's name, `conv1.weight`; its noise is keyed by it.
    pub(super) name: String,
    /// μ, `conv1.weight.mu`
    pub(super) mean: Parameter,
    /// ρ, `conv1.weight.rho`
    pub(super) rho: Parameter,
}

/// μ and σ of a tensor in one pass.
#[derive(Debug, Clone)]
pub(super) struct Posterior {
    /// μ
    pub(super) mean: Tensor,
    /// σ = softplus(ρ)
    pub(super) deviation: Tensor,
}

/// The posteriors of a layer in one pass, shared by the forward pass and the KL divergence.
#[derive(Debug, Clone)]
pub(super) struct LayerPosterior {
    /// Of the weights.
    pub(super) weight: Posterior,
    /// Of the bias.
    pub(super) bias: Option<Posterior>,
}

impl Gaussian {
    fn posterior(&self, kernels: Kernels, gradients: bool) -> Result<Posterior> {
        let deviation = softplus(kernels, &self.rho.value(gradients))?;
        Ok(Posterior { mean: self.mean.value(gradients), deviation })
    }

    /// ε of a pass: a standard normal number for each of the tensor's.
    pub(super) fn noise(&self, randomness: &Randomness<'_>) -> Result<Tensor> {
        let noise = randomness.weight_noise(&self.name, self.mean.arrangement.elements());
        self.mean.arrangement.inward(noise, randomness.dtype, randomness.device)
    }

    /// w = μ + σ ⊙ ε, one draw for the whole pass.
    fn draw(&self, posterior: &Posterior, randomness: &Randomness<'_>) -> Result<Tensor> {
        let noise = self.noise(randomness)?;
        let Posterior { mean, deviation } = posterior;
        let weights = (mean.detach() + (deviation.detach() * &noise)?)?;
        with_gradient2("draw", [mean, deviation], weights, move |_, _, g| Ok([Some(g.clone()), Some((g * &noise)?)]))
    }
}

/// The weights of a layer.
#[derive(Debug, Clone)]
pub(super) enum Weights {
    /// One value each.
    Point {
        /// Weights.
        weight: Parameter,
        /// Bias.
        bias: Option<Parameter>,
    },
    /// A Gaussian each.
    Bayes {
        /// Weights.
        weight: Box<Gaussian>,
        /// Bias.
        bias: Option<Box<Gaussian>>,
        /// p(w) of weights and bias.
        prior: Prior,
        /// How training draws.
        training: Estimator,
        /// How prediction draws.
        prediction: Estimator,
    },
}

impl Weights {
    /// μ and σ for one pass, where the weights are Gaussian.
    pub(super) fn posterior(&self, kernels: Kernels, gradients: bool) -> Result<Option<LayerPosterior>> {
        let Self::Bayes { weight, bias, .. } = self else { return Ok(None) };
        let bias = bias.as_ref().map(|bias| bias.posterior(kernels, gradients)).transpose()?;
        Ok(Some(LayerPosterior { weight: weight.posterior(kernels, gradients)?, bias }))
    }

    /// Every parameter.
    pub(super) fn parameters(&self) -> Vec<&Parameter> {
        match self {
            Self::Point { weight, bias } => std::iter::once(weight).chain(bias).collect(),
            Self::Bayes { weight, bias, .. } => {
                std::iter::once(weight).chain(bias).flat_map(|gaussian| [&gaussian.mean, &gaussian.rho]).collect()
            }
        }
    }
}

/// A linear map or a convolution.
#[derive(Debug, Clone)]
pub(super) struct Weighted {
    /// Where rows come from.
    pub(super) source: Source,
    /// What multiplies them.
    pub(super) weights: Weights,
    /// The shape of the result for one example.
    pub(super) output: Shape,
}

impl Weighted {
    /// The pre-activations of a batch. `posterior` is [`Weights::posterior`] of this pass.
    pub(super) fn apply(
        &self,
        kernels: Kernels,
        layer: &str,
        x: &Tensor,
        posterior: Option<&LayerPosterior>,
        randomness: &Randomness<'_>,
        gradients: bool,
    ) -> Result<Tensor> {
        let rows = match (&self.weights, posterior) {
            (Weights::Point { weight, bias }, _) => {
                let bias = bias.as_ref().map(|bias| bias.value(gradients));
                self.map(kernels, x, &weight.value(gradients), bias.as_ref())?
            }
            (Weights::Bayes { weight, bias, training, prediction, .. }, Some(posterior)) => {
                match if randomness.draw.trains() { training } else { prediction } {
                    Estimator::LocalReparameterization => {
                        return self.sample_activations(kernels, layer, x, posterior, randomness);
                    }
                    Estimator::Flipout => {
                        let gaussians = (&**weight, bias.as_deref());
                        return self.flip_out(kernels, layer, x, posterior, gaussians, randomness);
                    }
                    Estimator::Reparameterization => {
                        let weight = weight.draw(&posterior.weight, randomness)?;
                        let bias = match (bias, &posterior.bias) {
                            (Some(bias), Some(posterior)) => Some(bias.draw(posterior, randomness)?),
                            _ => None,
                        };
                        self.map(kernels, x, &weight, bias.as_ref())?
                    }
                }
            }
            (Weights::Bayes { .. }, None) => candle_core::bail!("the posterior of this pass is missing"),
        };
        self.source.activations(&rows)
    }

    /// Rows of results for weights and a bias of one value each.
    pub(super) fn map(&self, kernels: Kernels, x: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
        let rows = self.source.product(kernels, x, weight)?;
        bias.map_or(Ok(rows.clone()), |bias| add_to_rows(kernels, &rows, bias))
    }

    /// Local reparameterisation: a = m + √(v + 1e-16) ⊙ ε with an ε for every activation (Kingma, Salimans &
    /// Welling 2015, equation 6; for convolutions the positions are treated as independent).
    fn sample_activations(
        &self,
        kernels: Kernels,
        layer: &str,
        x: &Tensor,
        posterior: &LayerPosterior,
        randomness: &Randomness<'_>,
    ) -> Result<Tensor> {
        let LayerPosterior { weight, bias } = posterior;
        let mut moments = self.source.moments(kernels, x, &weight.mean, &weight.deviation)?;
        if let Some(bias) = bias {
            let bias = Tensor::stack(&[bias.mean.clone(), bias.deviation.sqr()?], 0)?;
            moments = add_to_moments(kernels, &moments, &bias)?;
        }
        let noise = randomness.activation_noise(layer, self.output, x.dim(0)?)?;
        let (_, rows, out) = moments.dims3()?;
        let noise = noise.reshape((rows, out))?;
        self.source.activations(&sample(kernels, &moments, noise)?)
    }
}

struct Sample;

impl Map3 for Sample {
    fn apply<R: Real>(&self, mean: R, variance: R, noise: R) -> R {
        mean + (variance + R::from_f64(VARIANCE_FLOOR)).sqrt() * noise
    }
}

struct VarianceGradient;

impl Map3 for VarianceGradient {
    fn apply<R: Real>(&self, variance: R, noise: R, gradient: R) -> R {
        gradient * noise / (R::from_f64(2.0) * (variance + R::from_f64(VARIANCE_FLOOR)).sqrt())
    }
}

/// From moments `[2, rows, out]` and noise `[rows, out]` the sampled activations.
fn sample(kernels: Kernels, moments: &Tensor, noise: Tensor) -> Result<Tensor> {
    let values = moments.detach();
    let (mean, variance) = (values.get(0)?, values.get(1)?);
    let y = match kernels {
        Kernels::Fused => map3(Sample, &mean, &variance, &noise)?,
        Kernels::Portable => (mean + ((variance + VARIANCE_FLOOR)?.sqrt()? * &noise)?)?,
    };
    super::gradient::with_gradient1("sample", moments, y, move |moments, _, g| {
        let variance = moments.get(1)?;
        let along_variance = match kernels {
            Kernels::Fused => map3(VarianceGradient, &variance, &noise, g)?,
            Kernels::Portable => (((g * &noise)? / (variance + VARIANCE_FLOOR)?.sqrt()?)? * 0.5)?,
        };
        Tensor::stack(&[g.clone(), along_variance], 0)
    })
}
