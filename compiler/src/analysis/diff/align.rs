//! Which layer of one network corresponds to which of another.

use crate::ir::{Layer, Network, Operation, text};
use crate::layers::kind::Family;
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::collections::BTreeMap;

/// A layer without the masks of `dropout` marks, which are part of their marks.
#[derive(Debug)]
pub(super) struct Skeleton<'n> {
    /// The layer.
    pub(super) layer: &'n Layer,
    /// The layer whose output it receives, where that is not the one before it.
    from: Option<&'n str>,
    /// The layers whose outputs it joins to that.
    others: Vec<&'n str>,
}

impl Skeleton<'_> {
    pub(super) fn name(&self) -> &str {
        &self.layer.name
    }

    /// Whether the spec gives it a name; else it is called after its kind and number.
    pub(super) fn is_named(&self) -> bool {
        !self.layer.name.contains('#')
    }

    /// What it does, the layers it refers to called as `renamed` says.
    pub(super) fn operation(&self, renamed: impl Fn(&str) -> String) -> String {
        let mut operation = text::operation(&self.layer.operation, self.layer.input);
        if !self.others.is_empty() {
            // The arguments of an operation that joins layers are those layers.
            let name = operation.split('(').next().unwrap_or_default();
            let others: Vec<String> = self.others.iter().map(|other| renamed(other)).collect();
            operation = format!("{name}({})", others.join(", "));
        }
        self.from.map_or_else(|| operation.clone(), |from| format!("{operation} of {}", renamed(from)))
    }

    /// What must agree for two layers to be the same one: the name, or for a nameless layer its family.
    fn key(&self) -> &str {
        if self.is_named() { self.name() } else { family(&self.layer.operation) }
    }
}

/// What kind of thing a layer is: a softplus in place of a relu is a change, not another layer.
fn family(operation: &Operation) -> &'static str {
    operation.kind().family().key()
}

/// The layers of a network with those masks left out.
pub(super) fn skeleton(network: &Network) -> Vec<Skeleton<'_>> {
    let mut result: Vec<Skeleton<'_>> = Vec::with_capacity(network.layers.len());
    // What a left-out layer hands on: the name of the layer whose output it masks.
    let mut sources: BTreeMap<&str, &str> = BTreeMap::new();
    let mut before = crate::ir::INPUT;
    let mut inherited: Option<&str> = None;
    for layer in &network.layers {
        let from = layer.from.as_deref().map(|from| sources.get(from).copied().unwrap_or(from)).or(inherited.take());
        if layer.operation.kind().family() == Family::Dropout {
            let source = from.unwrap_or_else(|| sources.get(before).copied().unwrap_or(before));
            sources.insert(&layer.name, source);
            inherited = from;
        } else {
            let others = layer.operation.others().iter().map(String::as_str);
            let others = others.map(|other| sources.get(other).copied().unwrap_or(other)).collect();
            result.push(Skeleton { layer, from, others });
        }
        before = &layer.name;
    }
    result
}

/// Two layers that correspond, or one that has no partner; by place in its network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pair {
    Both(usize, usize),
    Left(usize),
    Right(usize),
}

/// Aligns the layers along a longest common subsequence of their keys; in the gaps, layers of one family
/// correspond in order, so that a renamed layer is one change.
pub(super) fn align(left: &[Skeleton<'_>], right: &[Skeleton<'_>]) -> Vec<Pair> {
    let keys = |layers: &[Skeleton<'_>]| layers.iter().map(|layer| layer.key().to_owned()).collect::<Vec<String>>();
    let mut pairs = Vec::with_capacity(left.len().max(right.len()));
    for operation in capture_diff_slices(Algorithm::Myers, &keys(left), &keys(right)) {
        match operation {
            DiffOp::Equal { old_index, new_index, len } => {
                pairs.extend((0..len).map(|step| Pair::Both(old_index + step, new_index + step)));
            }
            DiffOp::Delete { old_index, old_len, .. } => {
                pairs.extend((old_index..old_index + old_len).map(Pair::Left));
            }
            DiffOp::Insert { new_index, new_len, .. } => {
                pairs.extend((new_index..new_index + new_len).map(Pair::Right));
            }
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                let mut next = new_index;
                for (l, old) in left.iter().enumerate().skip(old_index).take(old_len) {
                    let kind = family(&old.layer.operation);
                    let partner = (next..new_index + new_len).find(|r| family(&right[*r].layer.operation) == kind);
                    match partner {
                        Some(r) => {
                            pairs.extend((next..r).map(Pair::Right));
                            pairs.push(Pair::Both(l, r));
                            next = r + 1;
                        }
                        None => pairs.push(Pair::Left(l)),
                    }
                }
                pairs.extend((next..new_index + new_len).map(Pair::Right));
            }
        }
    }
    pairs
}
