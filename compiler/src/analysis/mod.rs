//! What can be said of a network before anything runs.

mod counts;

pub use counts::{LayerCounts, TensorKind, WeightTensor, count, multiply_accumulates, weight_tensors};
