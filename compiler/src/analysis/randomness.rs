//! What is random in a network.

use crate::ir::{Layer, Mark, Network};

fn has_bayes(network: &Network) -> bool {
    network.layers.iter().any(|layer| matches!(layer.mark, Some(Mark::Bayes { .. })))
}

/// Whether dropout masks are drawn at prediction.
pub(crate) fn masks_at_prediction(network: &Network) -> bool {
    network.layers.iter().any(|layer| layer.operation.kind().is_random_at_prediction())
}

/// Whether a layer, or the mark on it, draws a mask at prediction.
pub fn draws_mask_at_prediction(layer: &Layer) -> bool {
    let marked = match layer.mark {
        Some(Mark::Dropout { probability, at_prediction, .. }) => at_prediction && probability > 0.0,
        Some(Mark::Bayes { .. } | Mark::Point { .. }) | None => false,
    };
    marked || layer.operation.kind().is_random_at_prediction()
}

/// Whether two draws of a prediction can differ.
pub fn is_random_at_prediction(network: &Network) -> bool {
    has_bayes(network) || masks_at_prediction(network)
}

/// Whether two samples of a training step can differ.
pub(crate) fn is_random_in_training(network: &Network) -> bool {
    has_bayes(network) || network.layers.iter().any(|layer| layer.operation.kind().is_random_in_training())
}
