//! Which random numbers a kernel draws.

/// The address of random numbers beside the step, which [`crate::Varying`] has, and the index, which is the example's
/// place in its split and the place of a number in the canonical order `[channels][positions]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noise {
    /// The key of the stream, of `elbo_random::Stream::table`.
    pub key: [u32; 2],
    /// The sample of the first rows, counted from [`crate::Varying::sample`].
    pub sample: u32,
    /// Rows of one sample; those of the next follow.
    pub examples: u64,
}

/// Operations of a normal number, about: a quarter of ten rounds and of two logarithms, roots, sines and cosines.
pub(crate) const NORMAL: f64 = 60.0;
