//! What the compiler knows of a layer that is written at a place.

use elbo_compiler::Compilation;
use elbo_compiler::analysis::{Ledger, WeightTensor, multiply_accumulates, weight_tensors};
use elbo_compiler::diagnostic::SourceId;
use elbo_compiler::ir::{Layer, Mark, Network};
use elbo_compiler::origin::LayerOrigin;
use elbo_grammar::Span;
use std::collections::HashSet;

/// One layer of a network that was lowered.
#[derive(Clone, Copy)]
pub(crate) struct Fact<'c> {
    /// The model it is in.
    pub model: &'c str,
    pub layer: &'c Layer,
    pub origin: &'c LayerOrigin,
}

/// The networks of a compilation: those of models that need no arguments, and of runs for the others.
pub(crate) fn networks(compilation: &Compilation) -> Vec<(&str, &Network, &[LayerOrigin])> {
    let models = compilation.models.iter().map(|model| (model.name.as_str(), &model.network, model.layers.as_slice()));
    let runs = compilation.runs.iter().map(|run| (run.model.as_str(), &run.run.network, run.layers.as_slice()));
    let mut seen: HashSet<&str> = HashSet::new();
    models.chain(runs).filter(|(name, ..)| seen.insert(name)).collect()
}

/// Every layer of a compilation by where it was written.
pub(crate) struct Facts<'c> {
    /// In the order of networks and layers.
    facts: Vec<Fact<'c>>,
    /// Source, start and end of each, with its place among them, in this order.
    places: Vec<(SourceId, usize, usize, usize)>,
}

impl<'c> Facts<'c> {
    /// What there is to know of a compilation.
    pub fn of(compilation: &'c Compilation) -> Self {
        let mut facts = Vec::new();
        for (model, network, origins) in networks(compilation) {
            let layers = network.layers.iter().zip(origins);
            facts.extend(layers.map(|(layer, origin)| Fact { model, layer, origin }));
        }
        let place = |(index, fact): (usize, &Fact<'c>)| {
            let (source, written) = fact.origin.place;
            (source, written.start, written.end, index)
        };
        let mut places: Vec<_> = facts.iter().enumerate().map(place).collect();
        places.sort_unstable();
        Self { facts, places }
    }

    /// Every layer that comes from what is written at `span`: those of `owner` if it is a model that has any, else
    /// those of all models.
    pub fn at(&self, source: SourceId, span: Span, owner: Option<&str>) -> Vec<Fact<'c>> {
        let from = self.places.partition_point(|place| (place.0, place.1) < (source, span.start));
        let here = self.places[from..].iter().take_while(|place| place.0 == source && place.1 <= span.end);
        let mut found: Vec<usize> = here.filter(|place| place.2 <= span.end).map(|place| place.3).collect();
        found.sort_unstable();
        let mut facts: Vec<Fact<'c>> = found.into_iter().map(|index| self.facts[index]).collect();
        if facts.iter().any(|fact| Some(fact.model) == owner) {
            facts.retain(|fact| Some(fact.model) == owner);
        }
        facts
    }
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
