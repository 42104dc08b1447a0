//! Weights drawn from their Gaussians.

use crate::functions::softplus;
use crate::update::{get, put, same_length};
use crate::vector::Vector;

/// A stretch of weights drawn as μ + σ·ε, or only σ·ε.
#[derive(Debug)]
pub struct Perturbation<'w> {
    /// μ
    pub means: &'w [f32],
    /// ρ
    pub rhos: &'w [f32],
    /// ε
    pub noise: &'w [f32],
    /// Whether μ is added.
    pub centred: bool,
    /// The result.
    pub weights: &'w mut [f32],
}

impl Perturbation<'_> {
    pub(crate) fn check(&self) {
        same_length(self.weights.len(), &[self.means, self.rhos, self.noise]);
    }
}

/// # Safety
/// [`Perturbation::check`] has passed, and the processor has the vector's features.
#[inline(always)]
pub(crate) unsafe fn perturb<V: Vector>(stretch: &mut Perturbation<'_>) {
    let length = stretch.weights.len();
    let mut at = 0;
    // SAFETY: the caller's promise; so below.
    unsafe {
        while at + V::Wide::LANES <= length {
            part::<V::Wide, true>(stretch, at, V::Wide::LANES);
            at += V::Wide::LANES;
        }
        if at < length {
            part::<V::Wide, false>(stretch, at, length - at);
        }
    }
}

#[inline(always)]
unsafe fn part<V: Vector, const WHOLE: bool>(stretch: &mut Perturbation<'_>, at: usize, count: usize) {
    // SAFETY: the caller stays within all stretches.
    unsafe {
        let deviation = softplus(get::<V, WHOLE>(stretch.rhos.as_ptr().add(at), count));
        let mut weight = deviation.mul(get::<V, WHOLE>(stretch.noise.as_ptr().add(at), count));
        if stretch.centred {
            weight = weight.add(get::<V, WHOLE>(stretch.means.as_ptr().add(at), count));
        }
        put::<V, WHOLE>(weight, stretch.weights.as_mut_ptr().add(at), count);
    }
}
