//! The normal distribution.

/// The 97.5 % quantile of the standard normal distribution.
pub(crate) const NORMAL_97_5: f64 = 1.959_963_984_540_054;
