//! A network of the IR as tensors: its layers, their parameters, and a pass through them.

use super::super::BackendError;
use super::activation::activate;
use super::averaging::Averages;
use super::batchnorm::{BatchNorm, NewStatistics};
use super::dropout::Dropout;
use super::internal;
use super::kernels::Kernels;
use super::kl;
use super::noise::Randomness;
use super::objective::{Term, squared_norm};
use super::parameters::{Parameter, Role};
use super::pooling::max_pool;
use super::unfold::Patches;
use super::variational::{LayerPosterior, Weighted, Weights};
use candle_core::{Tensor, Var};
use elbo_compiler::ir::{Activation, Shape};

/// What a layer computes.
#[derive(Debug, Clone)]
pub(super) enum Module {
    /// A linear map or a convolution.
    Weighted(Box<Weighted>),
    /// Maxima over windows.
    MaxPool(Patches),
    /// Averages over windows, fixed or adaptive.
    Average(Averages),
    /// An element-wise function.
    Activation(Activation),
    /// Image to vector, channels outermost.
    Flatten,
    /// Normalisation by channel.
    BatchNorm(Box<BatchNorm>),
    /// A random mask.
    Dropout(Dropout),
}

/// A layer.
#[derive(Debug, Clone)]
pub(super) struct Layer {
    /// Its path in the IR.
    pub(super) name: String,
    /// What it computes.
    pub(super) module: Module,
}

impl Layer {
    /// Its parameters and running statistics.
    pub(super) fn parameters(&self) -> Vec<&Parameter> {
        match &self.module {
            Module::Weighted(layer) => layer.weights.parameters(),
            Module::BatchNorm(norm) => vec![&norm.weight, &norm.bias, &norm.running_mean, &norm.running_var],
            _ => Vec::new(),
        }
    }
}

/// A network.
#[derive(Debug, Clone)]
pub(super) struct Network {
    /// The shape of an input example.
    pub(super) input: Shape,
    /// In order of execution.
    pub(super) layers: Vec<Layer>,
    /// The shape of an output example.
    pub(super) output: Shape,
    /// How operations are computed.
    pub(super) kernels: Kernels,
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
        self.layers.iter().flat_map(Layer::parameters).cloned().collect()
    }

    /// μ and σ for one pass, or for several without gradients.
    pub(super) fn posteriors(&self, gradients: bool) -> Result<Posteriors, BackendError> {
        let posterior = |layer: &Layer| match &layer.module {
            Module::Weighted(weighted) => {
                weighted.weights.posterior(self.kernels, gradients).map_err(internal(&layer.name))
            }
            _ => Ok(None),
        };
        self.layers.iter().map(posterior).collect()
    }

    /// An input `[examples, channels, height, width]` or `[examples, features]` through all layers, and the
    /// running statistics it leaves. The output is `[examples, height, width, channels]` or
    /// `[examples, features]`.
    pub(super) fn forward(
        &self,
        input: &Tensor,
        pass: &Pass<'_>,
        observe: &mut Observer<'_>,
    ) -> Result<(Tensor, NewStatistics), BackendError> {
        let mut x = match self.input {
            Shape::Image { .. } => {
                input.permute((0, 2, 3, 1)).and_then(|x| x.contiguous()).map_err(internal("the input"))?
            }
            Shape::Sequence { .. } | Shape::Vector { .. } => input.clone(),
        };
        let mut statistics = pass.statistics.clone();
        for (position, layer) in self.layers.iter().enumerate() {
            x = self.apply(position, layer, &x, pass, &mut statistics).map_err(internal(&layer.name))?;
            observe(position, &x)?;
        }
        Ok((x, statistics))
    }

    fn apply(
        &self,
        position: usize,
        layer: &Layer,
        x: &Tensor,
        pass: &Pass<'_>,
        statistics: &mut NewStatistics,
    ) -> candle_core::Result<Tensor> {
        match &layer.module {
            Module::Weighted(weighted) => {
                let posterior = pass.posteriors.get(position).and_then(Option::as_ref);
                weighted.apply(self.kernels, &layer.name, x, posterior, &pass.randomness, pass.gradients)
            }
            Module::MaxPool(patches) => max_pool(self.kernels, patches, x),
            Module::Average(averages) => averages.apply(x),
            Module::Activation(function) => activate(self.kernels, *function, x),
            Module::Flatten => match x.rank() {
                4 => x.permute((0, 3, 1, 2))?.contiguous()?.flatten_from(1),
                _ => Ok(x.clone()),
            },
            Module::BatchNorm(norm) if pass.randomness.draw.trains() => {
                let latest = |variable: &Var| {
                    let newest = statistics.iter().rev().find(|(known, _)| known.id() == variable.id());
                    newest.map_or_else(|| variable.as_detached_tensor(), |(_, value)| value.clone())
                };
                let (y, new) = norm.train(self.kernels, x, latest)?;
                statistics.extend(new);
                Ok(y)
            }
            Module::BatchNorm(norm) => norm.predict(x),
            Module::Dropout(dropout) => dropout.apply(&layer.name, &pass.randomness, x),
        }
    }

    /// KL(q‖p) of each variational layer, by name, in order of execution.
    pub(super) fn divergences(&self, posteriors: &Posteriors) -> Result<Vec<(&str, Term)>, BackendError> {
        let mut terms = Vec::new();
        for (layer, posterior) in self.layers.iter().zip(posteriors) {
            if let (Module::Weighted(weighted), Some(posterior)) = (&layer.module, posterior)
                && let Weights::Bayes { prior, .. } = &weighted.weights
            {
                let term = kl::layer(self.kernels, posterior, prior).map_err(internal(&layer.name))?;
                terms.push((layer.name.as_str(), term));
            }
        }
        Ok(terms)
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
        self.layers.iter().any(|layer| match &layer.module {
            Module::Weighted(weighted) => matches!(weighted.weights, Weights::Bayes { .. }),
            Module::Dropout(dropout) => dropout.at_prediction && dropout.probability > 0.0,
            _ => false,
        })
    }
}
