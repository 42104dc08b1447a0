//! What is random in a network.

use crate::ir::{Mark, Network, Operation};

fn has_bayes(network: &Network) -> bool {
    network.layers.iter().any(|layer| matches!(layer.mark, Some(Mark::Bayes { .. })))
}

/// Whether dropout masks are drawn at prediction.
pub(crate) fn masks_at_prediction(network: &Network) -> bool {
    network.layers.iter().any(|layer| {
        matches!(layer.operation, Operation::Dropout { at_prediction: true, probability, .. } if probability > 0.0)
    })
}

/// Whether two draws of a prediction can differ.
pub(crate) fn is_random_at_prediction(network: &Network) -> bool {
    has_bayes(network) || masks_at_prediction(network)
}

/// Whether two samples of a training step can differ.
pub(crate) fn is_random_in_training(network: &Network) -> bool {
    let masked =
        |operation: &Operation| matches!(operation, Operation::Dropout { probability, .. } if *probability > 0.0);
    has_bayes(network) || network.layers.iter().any(|layer| masked(&layer.operation))
}
