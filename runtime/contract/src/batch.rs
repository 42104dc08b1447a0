//! Examples on their way into a network.

use super::targets::Targets;
use elbo_compiler::ir::Shape;

/// Examples for one call. `inputs` holds `targets.len()` examples of `shape`, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// The shape of one example.
    pub shape: Shape,
    /// The examples' numbers.
    pub inputs: Vec<f32>,
    /// What is to be predicted of each example.
    pub targets: Targets,
}

impl Batch {
    /// How many examples there are.
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// Whether there is no example.
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }
}
