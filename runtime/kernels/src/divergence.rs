//! The KL divergence of Gaussians from a prior, and its gradient.

use crate::functions::{erf, ln};
use crate::prior::Prior;
use crate::vector::Vector;
use std::f32::consts::{FRAC_1_SQRT_2, LN_2};

/// ∂KL/∂μ and ∂KL/∂σ.
#[inline(always)]
pub(crate) unsafe fn divergence_gradient<V: Vector>(prior: Prior, mean: V, deviation: V) -> [V; 2] {
    // SAFETY: as the caller's.
    unsafe {
        let inverse = V::splat(1.0).div(deviation);
        match prior {
            Prior::Normal { mean: centre, std } => {
                let precision = V::splat(1.0 / (std * std));
                [mean.sub(V::splat(centre)).mul(precision), deviation.mul(precision).sub(inverse)]
            }
            Prior::Laplace { mean: centre, scale } => {
                let z = mean.sub(V::splat(centre)).mul(inverse);
                let (error, decay) = erf(z.mul(V::splat(FRAC_1_SQRT_2)));
                let over = V::splat(1.0 / scale);
                [error.mul(over), decay.mul(over).mul(V::splat(ROOT_TWO_OVER_PI)).sub(inverse)]
            }
            Prior::Other => [V::zero(); 2],
        }
    }
}

/// √(2/π)
const ROOT_TWO_OVER_PI: f32 = 0.797_884_6;
/// ½·ln(2π) + ½
const HALF_LN_TWO_PI_E: f32 = 1.418_938_5;

/// KL(q‖p) of each, with the forms of `elbo_compiler::priors::{gaussian_divergence, laplace_divergence}`.
#[inline(always)]
pub(crate) unsafe fn divergence<V: Vector>(prior: Prior, mean: V, deviation: V) -> V {
    // SAFETY: as the caller's.
    unsafe {
        let one = V::splat(1.0);
        match prior {
            Prior::Normal { mean: centre, std } => {
                let ratio = deviation.mul(V::splat(1.0 / std));
                let distance = mean.sub(V::splat(centre)).mul(V::splat(1.0 / std));
                let squares = distance.multiply_add(distance, ratio.sub(one).mul(ratio.add(one)));
                squares.multiply_add(V::splat(0.5), V::zero().sub(ln(ratio)))
            }
            Prior::Laplace { mean: centre, scale } => {
                let width = deviation.mul(V::splat(1.0 / scale));
                let distance = mean.sub(V::splat(centre)).mul(V::splat(1.0 / scale));
                let (error, decay) = erf(distance.div(width).mul(V::splat(FRAC_1_SQRT_2)));
                let folded = width.mul(decay).mul(V::splat(ROOT_TWO_OVER_PI));
                let absolute = distance.multiply_add(error, folded);
                absolute.sub(ln(width)).add(V::splat(LN_2 - HALF_LN_TWO_PI_E))
            }
            Prior::Other => V::zero(),
        }
    }
}
