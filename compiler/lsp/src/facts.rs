//! What the compiler knows of a layer that is written at a place.

use elbo_compiler::Compilation;
use elbo_compiler::analysis::{Ledger, WeightTensor, multiply_accumulates, weight_tensors};
use elbo_compiler::diagnostic::SourceId;
use elbo_compiler::ir::{Layer, Mark, Network};
use elbo_compiler::origin::LayerOrigin;
use elbo_grammar::Span;

/// One layer of a network that was lowered.
pub(crate) struct Fact<'c> {
    /// The model it is in.
    pub model: &'c str,
    pub layer: &'c Layer,
    pub origin: &'c LayerOrigin,
}

/// The networks of a compilation: those of models that need no arguments, and of runs for the others.
pub(crate) fn networks(compilation: &Compilation) -> Vec<(&str, &Network, &[LayerOrigin])> {
    let mut networks: Vec<(&str, &Network, &[LayerOrigin])> = Vec::new();
    for model in &compilation.models {
        networks.push((&model.name, &model.network, &model.layers));
    }
    for run in &compilation.runs {
        if !networks.iter().any(|(name, ..)| *name == run.model) {
            networks.push((&run.model, &run.run.network, &run.layers));
        }
    }
    networks
}

/// Every layer that comes from what is written at `span`: those of `owner` if it is a model that has any, else those of
/// all models.
pub(crate) fn at<'c>(compilation: &'c Compilation, source: SourceId, span: Span, owner: Option<&str>) -> Vec<Fact<'c>> {
    let mut facts = Vec::new();
    for (model, network, origins) in networks(compilation) {
        for (layer, origin) in network.layers.iter().zip(origins) {
            let (place, written) = origin.place;
            if place == source && span.start <= written.start && written.end <= span.end {
                facts.push(Fact { model, layer, origin });
            }
        }
    }
    if facts.iter().any(|fact| Some(fact.model) == owner) {
        facts.retain(|fact| Some(fact.model) == owner);
    }
    facts
}

/// How many weights and biases a layer has.
pub(crate) fn parameters(layer: &Layer) -> usize {
    weight_tensors(layer).iter().map(WeightTensor::elements).fold(0, usize::saturating_add)
}

/// Multiply-accumulates of a layer, an example and pass.
pub(crate) fn multiplications(layer: &Layer) -> usize {
    multiply_accumulates(layer)
}

/// The KL of a layer as training starts, in nats; `None` if it has none or its means come from a file.
pub(crate) fn divergence(ledger: &Ledger, layer: &Layer) -> Option<f64> {
    let entries: Vec<_> = ledger.entries.iter().filter(|entry| entry.layer == layer.name).collect();
    if entries.is_empty() {
        return None;
    }
    entries.iter().map(|entry| entry.kl.map(|kl| kl.mean)).sum()
}

/// The word of a mark.
pub(crate) const fn word(mark: &Mark) -> &'static str {
    match mark {
        Mark::Point { .. } => "point",
        Mark::Bayes { .. } => "bayes",
        Mark::Dropout { .. } => "dropout",
    }
}
