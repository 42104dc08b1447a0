//! Networks: from a model declaration with its arguments to layers with shapes and marks.
//!
//! A model is first expanded into a flat draft (blocks and repeats unrolled, a variant's edits
//! applied to its base), then lowered layer by layer while shapes flow through.

mod body;
mod branches;
mod draft;
mod edits;
mod expand;
mod flow;
mod layers;
mod lower;
mod output;
mod read;
mod shapes;
mod unrolled;

pub(crate) use layers::{has_parameters, has_weights};
pub(crate) use lower::{INPUTS, Lowered};
pub(crate) use unrolled::Unrolled;
