//! Which parameters start from files.

use elbo_compiler::analysis::{TensorKind, WeightTensor, weight_tensors};
use elbo_compiler::ir::{Initialization, Layer, Mark, PosteriorMean};

/// A parameter that starts from a file: its public name in the network, the file as the spec names it, and what it is.
pub type StartingTensor<'l> = (String, &'l str, WeightTensor);

/// The parameters of a layer that start from a file: `<layer>.weight` and `<layer>.bias`, or the means
/// `<layer>.weight.mu` and `<layer>.bias.mu` of a variational layer.
pub fn starting_tensors(layer: &Layer) -> Vec<StartingTensor<'_>> {
    let (file, suffix) = match &layer.mark {
        Some(
            Mark::Point { initialization: Initialization::Weights { file } }
            | Mark::Dropout { initialization: Initialization::Weights { file }, .. },
        ) => (file, ""),
        Some(Mark::Bayes { posterior, .. }) => match &posterior.mean {
            PosteriorMean::Weights { file } => (file, ".mu"),
            _ => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    let named = |tensor: WeightTensor| {
        let kind = match tensor.kind {
            TensorKind::Weight => "weight",
            TensorKind::Bias => "bias",
        };
        (format!("{}.{kind}{suffix}", layer.name), file.as_str(), tensor)
    };
    weight_tensors(layer).into_iter().map(named).collect()
}
