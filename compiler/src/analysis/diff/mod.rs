//! What differs between two networks or runs, by meaning.

mod align;
mod difference;
mod settings;

use crate::ir::{Mark, Network, Run, text};
use align::{Pair, Skeleton};
use difference::Found;
pub use difference::{Aspect, Difference};
use std::collections::BTreeMap;

/// One side of a comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Side<'a> {
    /// A network alone.
    Network(&'a Network),
    /// A whole run.
    Run(&'a Run),
}

impl<'a> Side<'a> {
    fn network(self) -> &'a Network {
        match self {
            Self::Network(network) => network,
            Self::Run(run) => &run.network,
        }
    }
}

/// The result of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Every difference, by aspect, layers in order of execution.
    pub differences: Vec<Difference>,
    /// Whether only the networks were compared, because a side has nothing else.
    pub networks_only: bool,
}

impl Comparison {
    /// Adds differences that the sides themselves do not show, such as those of the files they read.
    pub fn add(&mut self, differences: Vec<Difference>) {
        self.differences.extend(differences);
        self.differences.sort_by_key(|difference| difference.aspect);
    }

    /// The aspects that differ, each once.
    pub fn aspects(&self) -> Vec<Aspect> {
        Aspect::ALL
            .into_iter()
            .filter(|aspect| self.differences.iter().any(|difference| difference.aspect == *aspect))
            .collect()
    }

    /// `identical`, `identical but for inference`, `identical but for inference and report` or
    /// `different in architecture, data`.
    pub fn verdict(&self) -> String {
        match self.aspects().as_slice() {
            [] => "identical".to_owned(),
            [Aspect::Inference] => "identical but for inference".to_owned(),
            [Aspect::Report] => "identical but for report".to_owned(),
            [Aspect::Inference, Aspect::Report] => "identical but for inference and report".to_owned(),
            aspects => {
                let names: Vec<&str> = aspects.iter().map(|aspect| aspect.name()).collect();
                format!("different in {}", names.join(", "))
            }
        }
    }
}

/// Compares two sides. Where one is a network alone, only the networks are.
pub fn compare(left: Side<'_>, right: Side<'_>) -> Comparison {
    let mut found = Found(Vec::new());
    compare_networks(left.network(), right.network(), &mut found);
    let networks_only = match (left, right) {
        (Side::Run(left), Side::Run(right)) => {
            settings::compare_settings(left, right, &mut found);
            false
        }
        _ => true,
    };
    let Found(mut differences) = found;
    // Stable: within an aspect the order stays.
    differences.sort_by_key(|difference| difference.aspect);
    Comparison { differences, networks_only }
}

/// Digits of a digest in a difference.
const DIGITS: usize = 12;

/// The differences between the contents of the files that two runs read: of data, and of weights that layers start from
/// (`weights/<layer>`). Each side has the SHA-256 of each of its files by name; names alone are no difference.
pub fn contents(left: &BTreeMap<String, String>, right: &BTreeMap<String, String>) -> Vec<Difference> {
    let (weights, files): (Vec<&String>, Vec<&String>) =
        left.keys().chain(right.keys()).partition(|name| name.starts_with(WEIGHTS));
    let shown =
        |name: &str, digests: &BTreeMap<String, String>| digests.get(name).map(|digest| digest[..DIGITS].to_owned());
    let mut differences = Vec::new();
    let mut layers = weights;
    layers.sort();
    layers.dedup();
    for name in layers.into_iter().filter(|name| left.get(*name) != right.get(*name)) {
        let (aspect, place) = (Aspect::Training, format!("content of {name}"));
        differences.push(Difference { aspect, place, left: shown(name, left), right: shown(name, right) });
    }
    // A file is known by what it holds: what only one side has is listed with its name there.
    let only = |own: &BTreeMap<String, String>, other: &BTreeMap<String, String>| {
        let theirs: Vec<&String> = other.values().collect();
        let only = own.iter().filter(|(name, digest)| files.contains(name) && !theirs.contains(digest));
        only.map(|(name, digest)| format!("{name} {}", &digest[..DIGITS])).collect::<Vec<String>>()
    };
    let (left, right) = (only(left, right), only(right, left));
    if !(left.is_empty() && right.is_empty()) {
        let side = |files: Vec<String>| (!files.is_empty()).then(|| files.join(", "));
        let (aspect, place) = (Aspect::Data, "content of files".to_owned());
        differences.push(Difference { aspect, place, left: side(left), right: side(right) });
    }
    differences
}

/// What the name of a file that a layer starts from begins with.
const WEIGHTS: &str = "weights/";

fn compare_networks(left: &Network, right: &Network, found: &mut Found) {
    found.compare(Aspect::Architecture, "input", left.input.to_string(), right.input.to_string());
    let (left_layers, right_layers) = (align::skeleton(left), align::skeleton(right));
    let pairs = align::align(&left_layers, &right_layers);
    // What the layers of the left are called on the right, so that references compare by meaning.
    let partners: BTreeMap<&str, &str> = pairs
        .iter()
        .filter_map(|pair| match *pair {
            Pair::Both(l, r) => Some((left_layers[l].name(), right_layers[r].name())),
            Pair::Left(_) | Pair::Right(_) => None,
        })
        .collect();
    let here = |name: &str| name.to_owned();
    let renamed = |name: &str| partners.get(name).map_or_else(|| name.to_owned(), |partner| (*partner).to_owned());
    for pair in &pairs {
        match *pair {
            Pair::Both(l, r) => {
                let (l, r) = (&left_layers[l], &right_layers[r]);
                let both_nameless = !l.is_named() && !r.is_named();
                let place = if l.name() == r.name() || both_nameless {
                    l.name().to_owned()
                } else {
                    // Parameters and noise are keyed by names.
                    found.add(Aspect::Architecture, "name", Some(here(l.name())), Some(here(r.name())));
                    format!("{} / {}", l.name(), r.name())
                };
                found.compare(Aspect::Architecture, &place, l.operation(renamed), r.operation(here));
                let shapes = |layer: &Skeleton<'_>| format!("{} → {}", layer.layer.input, layer.layer.output);
                found.compare(Aspect::Architecture, &format!("{place} shapes"), shapes(l), shapes(r));
                let mark = |layer: &Skeleton<'_>| layer.layer.mark.as_ref().map_or_else(|| "none".to_owned(), mark);
                found.compare(Aspect::Inference, &format!("{place} mark"), mark(l), mark(r));
                let start = |layer: &Skeleton<'_>| {
                    layer.layer.start.as_ref().map_or_else(|| "none".to_owned(), text::starting_file)
                };
                found.compare(Aspect::Inference, &format!("{place} start"), start(l), start(r));
            }
            Pair::Left(l) => {
                let layer = &left_layers[l];
                found.add(Aspect::Architecture, layer.name(), Some(layer.operation(here)), None);
            }
            Pair::Right(r) => {
                let layer = &right_layers[r];
                found.add(Aspect::Architecture, layer.name(), None, Some(layer.operation(here)));
            }
        }
    }
    let output = |network: &Network| network.output.family().in_full();
    found.compare(Aspect::Architecture, "output", output(left), output(right));
}

/// A mark with everything that is part of its meaning.
fn mark(mark: &Mark) -> String {
    match mark {
        Mark::Dropout { unit, at_prediction, .. } => {
            format!("{}, unit={}, at_prediction={at_prediction}", text::mark(mark), text::plain(unit))
        }
        Mark::Point { .. } | Mark::Bayes { .. } => text::mark(mark),
    }
}

#[cfg(test)]
mod tests;
