//! A network of the IR as tensors: its layers, their parameters, and a pass through them.

use super::drawn::{self, DrawnPrior};
use super::error::internal;
use super::kernels::Kernels;
use super::kl;
use super::module::{Call, Module, NewStatistics};
use super::noise::Randomness;
use super::objective::{Term, squared_norm};
use super::parameters::{Parameter, Role};
use super::variational::{Gaussian, LayerPosterior, Posterior, Weights};
use crate::BackendError;
use candle_core::Tensor;
use elbo_compiler::ir::{Prior, Shape};
use elbo_compiler::outputs::LearnedVector;

/// A layer.
#[derive(Debug)]
pub(super) struct Layer {
    /// Its path in the IR.
    pub(super) name: String,
    /// What it computes.
    pub(super) module: Box<dyn Module>,
    /// The places of the values it reads, the one it receives first: 0 is the network's input, i + 1 the output of
    /// layer i.
    pub(super) reads: Vec<usize>,
}

impl Layer {
    /// Its parameters and running statistics.
    pub(super) fn parameters(&self) -> Vec<&Parameter> {
        self.module.parameters()
    }

    /// Whether its weights are Gaussian.
    fn is_variational(&self) -> bool {
        matches!(self.module.weights(), Some(Weights::Bayes { .. }))
    }
}

/// A network.
#[derive(Debug)]
pub(super) struct Network {
    /// The shape of an input example.
    pub(super) input: Shape,
    /// In order of execution.
    pub(super) layers: Vec<Layer>,
    /// The shape of an output example.
    pub(super) output: Shape,
    /// How operations are computed.
    pub(super) kernels: Kernels,
    /// What the output learns beside the layers, if it does.
    pub(super) learned: Option<(Parameter, LearnedVector)>,
}

/// μ and σ of every variational layer, by the layers' positions.
pub(super) type Posteriors = Vec<Option<LayerPosterior>>;

/// One pass through a network.
pub(super) struct Pass<'a> {
    /// Its random numbers, and whether it trains.
    pub(super) randomness: Randomness<'a>,
    /// [`Network::posteriors`].
    pub(super) posteriors: &'a Posteriors,
    /// Whether parameters are leaves of a graph.
    pub(super) gradients: bool,
    /// Running statistics that earlier passes of the same step have left.
    pub(super) statistics: &'a NewStatistics,
}

/// Called with each layer's position and output.
pub(super) type Observer<'a> = dyn FnMut(usize, &Tensor) -> Result<(), BackendError> + 'a;

impl Network {
    /// Every parameter and running statistic, in order of execution.
    pub(super) fn parameters(&self) -> Vec<Parameter> {
        self.layers
            .iter()
            .flat_map(Layer::parameters)
            .chain(self.learned.iter().map(|(parameter, _)| parameter))
            .cloned()
            .collect()
    }

    /// μ and σ for one pass, or for several without gradients.
    pub(super) fn posteriors(&self, gradients: bool) -> Result<Posteriors, BackendError> {
        let posterior = |layer: &Layer| match layer.module.weights() {
            Some(weights) => weights.posterior(self.kernels, gradients).map_err(internal(&layer.name)),
            None => Ok(None),
        };
        self.layers.iter().map(posterior).collect()
    }

    /// An input `[examples, channels, height, width]`, `[examples, channels, length]` or `[examples, features]`
    /// through all layers, and the running statistics it leaves. The output is `[examples, height, width, channels]`
    /// (a sequence has one row) or `[examples, features]`.
    pub(super) fn forward(
        &self,
        input: &Tensor,
        pass: &Pass<'_>,
        observe: &mut Observer<'_>,
    ) -> Result<(Tensor, NewStatistics), BackendError> {
        let input = match self.input {
            Shape::Image { .. } => input.permute((0, 2, 3, 1)).and_then(|x| x.contiguous()),
            Shape::Sequence { .. } => input.transpose(1, 2).and_then(|x| x.contiguous()?.unsqueeze(1)),
            Shape::Vector { .. } => Ok(input.clone()),
        };
        // A value is let go after the last layer that reads it.
        let last_reads = self.last_reads();
        let mut values = Vec::with_capacity(self.layers.len() + 1);
        values.push(Some(input.map_err(internal("the input"))?));
        let mut statistics = pass.statistics.clone();
        for (position, layer) in self.layers.iter().enumerate() {
            let y = self.apply(position, &values, pass, &mut statistics).map_err(internal(&layer.name))?;
            observe(position, &y)?;
            values.push(Some(y));
            for &place in &layer.reads {
                if last_reads[place] == position {
                    values[place] = None;
                }
            }
        }
        let output = values.pop().flatten().ok_or_else(|| internal("the output")(missing_value(self.layers.len())))?;
        Ok((output, statistics))
    }

    /// For each value of a pass, the last layer that reads it; the output is read by nobody.
    fn last_reads(&self) -> Vec<usize> {
        let mut last = vec![usize::MAX; self.layers.len() + 1];
        for (position, layer) in self.layers.iter().enumerate() {
            for &place in &layer.reads {
                last[place] = position;
            }
        }
        last
    }

    fn apply(
        &self,
        position: usize,
        values: &[Option<Tensor>],
        pass: &Pass<'_>,
        statistics: &mut NewStatistics,
    ) -> candle_core::Result<Tensor> {
        let layer = &self.layers[position];
        let value = |place: usize| values.get(place).and_then(Option::as_ref).ok_or_else(|| missing_value(place));
        let inputs = layer.reads.iter().map(|&place| value(place)).collect::<candle_core::Result<Vec<_>>>()?;
        let mut call = Call {
            name: &layer.name,
            kernels: self.kernels,
            posterior: pass.posteriors.get(position).and_then(Option::as_ref),
            randomness: &pass.randomness,
            gradients: pass.gradients,
            statistics,
        };
        layer.module.apply(&inputs, &mut call)
    }

    /// The variational layers with their posteriors.
    fn variational<'n, 'p>(
        &'n self,
        posteriors: &'p Posteriors,
    ) -> impl Iterator<Item = (&'n str, &'n Prior, Vec<(&'n Gaussian, &'p Posterior)>)> {
        self.layers.iter().zip(posteriors).filter_map(|(layer, posterior)| {
            let (Some(Weights::Bayes { weight, bias, prior, .. }), Some(posterior)) =
                (layer.module.weights(), posterior)
            else {
                return None;
            };
            let bias = bias.as_deref().zip(posterior.bias.as_ref());
            Some((layer.name.as_str(), prior, std::iter::once((&**weight, &posterior.weight)).chain(bias).collect()))
        })
    }

    /// KL(q‖p) of each variational layer whose prior gives it a closed form, by name, in order of execution.
    pub(super) fn divergences(&self, posteriors: &Posteriors) -> Result<Vec<(&str, Term)>, BackendError> {
        let mut terms = Vec::new();
        for (layer, posterior) in self.layers.iter().zip(posteriors) {
            if let (Some(Weights::Bayes { prior, .. }), Some(posterior)) = (layer.module.weights(), posterior)
                && prior.has_closed_form()
            {
                let term = kl::layer(self.kernels, posterior, prior).map_err(internal(&layer.name))?;
                terms.push((layer.name.as_str(), term));
            }
        }
        Ok(terms)
    }

    /// ln q(w) − ln p(w) of each tensor whose prior has no closed form, at the weights that a pass with these random
    /// numbers draws, by the layer's name.
    pub(super) fn drawn_divergences(
        &self,
        posteriors: &Posteriors,
        randomness: &Randomness<'_>,
    ) -> Result<Vec<(&str, Term)>, BackendError> {
        let mut terms = Vec::new();
        for (layer, prior, tensors) in self.variational(posteriors) {
            let Some(prior) = DrawnPrior::of(prior) else { continue };
            for (gaussian, posterior) in tensors {
                let noise = gaussian.noise(randomness);
                let term = noise.and_then(|noise| drawn::divergence(self.kernels, posterior, &prior, noise));
                terms.push((layer, term.map_err(internal(layer))?));
            }
        }
        Ok(terms)
    }

    /// KL(q‖p) of all variational weights, in nats: closed forms, and expectations where there is none.
    pub(super) fn expected_divergence(&self, posteriors: &Posteriors) -> Result<f64, BackendError> {
        let mut sum = self.divergences(posteriors)?.iter().map(|(_, term)| term.value).sum();
        for (layer, prior, tensors) in self.variational(posteriors) {
            let Some(prior) = DrawnPrior::of(prior) else { continue };
            for (_, posterior) in tensors {
                sum += drawn::expected(posterior, &*prior.density).map_err(internal(layer))?;
            }
        }
        Ok(sum)
    }

    /// ‖w‖² of each tensor of weights with one value each.
    pub(super) fn squared_norms(&self) -> Result<Vec<Term>, BackendError> {
        let parameters = self.layers.iter().flat_map(Layer::parameters);
        let weights = parameters.filter(|parameter| parameter.role == Role::Weight);
        weights
            .map(|weight| squared_norm(self.kernels, &weight.value(true)).map_err(internal(weight.layer())))
            .collect()
    }

    /// Whether two draws of a prediction can differ.
    pub(super) fn is_stochastic(&self) -> bool {
        self.layers.iter().any(|layer| layer.is_variational() || layer.module.draws_at_prediction())
    }
}

/// A layer reads what was never computed, or has been let go.
fn missing_value(place: usize) -> candle_core::Error {
    candle_core::Error::Msg(format!("the value at place {place} of the pass is missing"))
}
