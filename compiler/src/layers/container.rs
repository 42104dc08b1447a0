//! What a spec writes around branches, `NAME { branch { … } … }`: they all receive the same value, and a layer joins what
//! they give.

use crate::ir::Shape;
use crate::signature::Signature;

/// A word before branches, and the layer that joins them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Container<K> {
    /// The word, and what it means. Its joining layers are called after it, `residual#1`.
    pub signature: Signature,
    /// The layer that joins branches: it receives the last one, and these before it, by name.
    pub join: fn(Vec<String>) -> K,
    /// The shape that it gives for those of its branches, in order; `None` where they do not go together.
    pub shape: fn(&[Shape]) -> Option<Shape>,
    /// What must hold for the shapes to go together, as a sentence without its subject: `adds its branches, so …`.
    pub rule: &'static str,
}

/// The one container that holds layers beside its `shortcut`: what it receives is a branch of its own where it has none.
pub(crate) const RESIDUAL: &str = "residual";

/// The one shape of all branches.
pub(super) fn equal(shapes: &[Shape]) -> Option<Shape> {
    let (first, rest) = shapes.split_first()?;
    rest.iter().all(|shape| shape == first).then_some(*first)
}
