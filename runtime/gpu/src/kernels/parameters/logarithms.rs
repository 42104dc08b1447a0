//! Functions that kernels over parameters and outputs have in common.

/// Logarithms and an error function, after [`crate::kernels::activation::FUNCTIONS`].
pub(in crate::kernels) const LOGARITHMS: &str = include_str!("../../wgsl/logarithms.wgsl");
