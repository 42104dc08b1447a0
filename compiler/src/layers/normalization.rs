//! What normalisations have in common.

use super::equation::floating;
use super::tensors::{WeightTensor, weight_and_bias};
use crate::bounds::Bounds;
use crate::signature::Parameter;
use crate::starting::NORMALIZATION_STARTS;

pub(super) const EPS: Parameter =
    Parameter::number("eps", "Added to the variance before its root.", Bounds::Single).default("1e-5");
/// Read with the mark in force, as it may say where to start from.
pub(super) const INIT: Parameter = Parameter::new(
    "init",
    "How scale and shift start, and running statistics: from the file that the mark in force names, else 1 and 0.",
)
.values(NORMALIZATION_STARTS);

/// What is added to the variance, as a subscript.
pub(super) fn epsilon_in_latex(epsilon: f64) -> String {
    format!("\\varepsilon = {}", floating(epsilon))
}

/// A scale and a shift of these sizes.
pub(super) fn scale_and_shift(sizes: Vec<usize>) -> Vec<WeightTensor> {
    weight_and_bias(sizes.clone(), 1, Some(sizes))
}
