//! What the divergence of a weight is from.

/// What the divergence is from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Prior {
    /// N(mean, std²)
    Normal {
        /// Mean.
        mean: f32,
        /// Standard deviation.
        std: f32,
    },
    /// Density e^(−|w − mean|/scale)/(2·scale).
    Laplace {
        /// Mean.
        mean: f32,
        /// Scale.
        scale: f32,
    },
    /// The divergence is not this kernel's business.
    Other,
}
