//! Networks: from a model declaration with its arguments to layers with shapes and marks.
//!
//! A model is first expanded into a flat draft (blocks and repeats unrolled, a variant's edits
//! applied to its base), then lowered layer by layer while shapes flow through.

mod body;
mod draft;
mod edits;
mod expand;
mod flow;
mod layers;
mod lower;
mod shapes;

pub(crate) use expand::Unrolled;
pub(crate) use layers::{ACTIVATIONS, LAYERS, has_weights};
pub(crate) use lower::{INPUTS, Lowered, OUTPUTS};
