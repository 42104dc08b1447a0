//! What the tensors of a layer may be called in a file, and how such names are printed.

use crate::backend::{StartingPart, file_name};

/// What `DataParallel` of PyTorch puts before every name.
const WRAPPED: &str = "module.";

/// How the name of a counter ends that PyTorch keeps beside running statistics. Nothing here depends on it.
const BATCHES: &str = "num_batches_tracked";

/// How many names are listed.
const MOST_LISTED: usize = 6;

/// The longest name that is printed whole, in characters.
const LONGEST: usize = 100;

/// The names that a part of the layer may have in a file, in the order in which they are looked for: PyTorch's, then
/// that of older versions of this program for layers of a `repeat`; the mean of a Gaussian weight where there is no
/// plain one, so that a `point` layer can start from a `bayes` one and the other way round; each also as
/// `DataParallel` has it.
pub(super) fn candidates(layer: &str, part: StartingPart) -> Vec<String> {
    let mut layers = vec![file_name(layer)];
    if layers[0] != layer {
        layers.push(layer.to_owned());
    }
    let part_name = part.name();
    let mut names: Vec<String> = layers.iter().map(|layer| format!("{layer}.{part_name}")).collect();
    if part.is_weight() {
        names.extend(layers.iter().map(|layer| format!("{layer}.{part_name}.mu")));
    }
    let wrapped: Vec<String> = names.iter().map(|name| format!("{WRAPPED}{name}")).collect();
    names.extend(wrapped);
    names
}

/// Whether a tensor of this name needs no word where it is not taken.
pub(super) fn is_bookkeeping(name: &str) -> bool {
    name.rsplit('.').next() == Some(BATCHES)
}

/// The first of several names, and how many more there are.
pub(super) fn listing(names: &[&str]) -> String {
    let mut listed: Vec<String> = names.iter().take(MOST_LISTED).map(|name| quoted(name)).collect();
    match names.len().saturating_sub(MOST_LISTED) {
        0 => match listed.pop() {
            Some(last) if !listed.is_empty() => format!("{} and {last}", listed.join(", ")),
            Some(only) => only,
            None => "none".to_owned(),
        },
        more => format!("{} and {more} more", listed.join(", ")),
    }
}

/// A name from a file, without what a terminal would obey.
pub(super) fn quoted(name: &str) -> String {
    let shown: String = name.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if name.chars().nth(LONGEST).is_some() { format!("`{shown}…`") } else { format!("`{shown}`") }
}
