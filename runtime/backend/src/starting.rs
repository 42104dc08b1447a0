//! Which parameters start from files.

use elbo_compiler::analysis::{Statistic, TensorKind, weight_tensors};
use elbo_compiler::ir::{Layer, Mark, StartingFile};

/// A parameter or running statistic that starts from a file.
#[derive(Debug, Clone, PartialEq)]
pub struct StartingTensor<'l> {
    /// Its public name in the network, such as `bn1.running_var` or `fc1.weight.mu`.
    pub name: String,
    /// The file, as the spec names it, and what it calls the layer.
    pub start: &'l StartingFile,
    /// What of the layer it is.
    pub part: StartingPart,
    /// Sizes in PyTorch's axis order.
    pub shape: Vec<usize>,
}

/// What of a layer starts from a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartingPart {
    /// Its weights, or the scales of a normalisation.
    Weight,
    /// Its biases, or the shifts of a normalisation.
    Bias,
    /// The means that a normalisation by batches takes at prediction.
    RunningMean,
    /// The variances that it takes then.
    RunningVariance,
}

impl StartingPart {
    /// How its name ends, as in PyTorch.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Weight => "weight",
            Self::Bias => "bias",
            Self::RunningMean => "running_mean",
            Self::RunningVariance => "running_var",
        }
    }

    /// Whether a `bayes` layer has a distribution of it.
    pub const fn is_weight(self) -> bool {
        match self {
            Self::Weight | Self::Bias => true,
            Self::RunningMean | Self::RunningVariance => false,
        }
    }
}

/// What of a layer starts from a file: `<layer>.weight` and `<layer>.bias`, of a variational layer the means
/// `<layer>.weight.mu` and `<layer>.bias.mu`; of a layer that keeps running statistics also `<layer>.running_mean` and
/// `<layer>.running_var`.
pub fn starting_tensors(layer: &Layer) -> Vec<StartingTensor<'_>> {
    let Some(start) = layer.starting_file() else { return Vec::new() };
    let suffix = if matches!(layer.mark, Some(Mark::Bayes { .. })) { ".mu" } else { "" };
    let tensor = |part: StartingPart, shape: Vec<usize>| {
        let suffix = if part.is_weight() { suffix } else { "" };
        StartingTensor { name: format!("{}.{}{suffix}", layer.name, part.name()), start, part, shape }
    };
    let weights = weight_tensors(layer).into_iter().map(|weights| {
        let part = match weights.kind {
            TensorKind::Weight => StartingPart::Weight,
            TensorKind::Bias => StartingPart::Bias,
        };
        tensor(part, weights.shape)
    });
    let statistics = layer.operation.statistics(layer.input).into_iter().map(|statistic| {
        let part = match statistic.kind {
            Statistic::Mean => StartingPart::RunningMean,
            Statistic::Variance => StartingPart::RunningVariance,
        };
        tensor(part, statistic.shape)
    });
    weights.chain(statistics).collect()
}
