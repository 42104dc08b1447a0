//! Tensors that cross the boundary by name.

use std::collections::BTreeMap;

/// One tensor with its public name.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedTensor {
    /// Sizes, outermost first, in PyTorch's axis order.
    pub shape: Vec<usize>,
    /// Values, last axis fastest.
    pub values: Vec<f32>,
}

/// Tensors by name, such as `conv1.weight.mu`, in the order of their names.
pub type Parameters = BTreeMap<String, NamedTensor>;
