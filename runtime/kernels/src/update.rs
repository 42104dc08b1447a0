//! One optimizer step over stretches of parameters, together with the gradient of the KL divergence, the new variances
//! and the new divergence: one pass over memory.

use crate::divergence::{divergence, divergence_gradient};
use crate::functions::{exp_m1, softplus};
use crate::prior::Prior;
use crate::vector::Vector;

/// An optimizer with the numbers of the step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Method {
    /// Adam (Kingma & Ba 2015, algorithm 1).
    Adam {
        /// Decay of the first and second moment.
        betas: [f32; 2],
        /// The learning rate over 1 − β₁ᵗ.
        rate: f32,
        /// 1/√(1 − β₂ᵗ)
        root: f32,
        /// Added to the root of the second moment.
        epsilon: f32,
    },
    /// v ← momentum·v + g, w ← w − rate·v.
    Sgd {
        /// The learning rate.
        rate: f32,
        /// Momentum; with 0 nothing is remembered.
        momentum: f32,
        /// Whether to look ahead (g + momentum·v).
        nesterov: bool,
    },
}

/// What else acts on weights of one value each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decay {
    /// Gradients are multiplied by it first.
    pub scale: f32,
    /// This times the weight is added to the gradient.
    pub pull: f32,
    /// The weight is multiplied by it before the step.
    pub shrink: f32,
}

/// A stretch of parameters of one value each.
#[derive(Debug)]
pub struct Points<'p> {
    /// w
    pub weights: &'p mut [f32],
    /// The gradient.
    pub gradient: &'p [f32],
    /// Moments, as many as the method has.
    pub moments: [&'p mut [f32]; 2],
}

/// What the second gradient of a Gaussian is along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Along {
    /// σ²
    Variance,
    /// σ
    Deviation,
    /// ρ itself; both gradients already hold the divergence's.
    Parameter,
}

/// A stretch of Gaussian parameters, σ = softplus(ρ).
#[derive(Debug)]
pub struct Gaussians<'g> {
    /// μ
    pub means: &'g mut [f32],
    /// ρ
    pub rhos: &'g mut [f32],
    /// σ², renewed.
    pub variances: &'g mut [f32],
    /// The gradient along μ.
    pub mean_gradient: &'g mut [f32],
    /// The gradient along what [`Along`] says.
    pub second_gradient: &'g mut [f32],
    /// Moments of μ and of ρ, as many as the method has.
    pub moments: [&'g mut [f32]; 4],
}

/// How Gaussians move.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Motion {
    /// The optimizer.
    pub method: Method,
    /// Gradients are multiplied by it.
    pub scale: f32,
    /// What the second gradient is along.
    pub along: Along,
    /// The prior.
    pub prior: Prior,
    /// The weight of the divergence in the objective.
    pub divergence_weight: f32,
}

impl Method {
    fn moments(self) -> usize {
        match self {
            Self::Adam { .. } => 2,
            Self::Sgd { momentum, .. } => usize::from(momentum != 0.0),
        }
    }
}

pub(crate) fn same_length(length: usize, slices: &[&[f32]]) {
    assert!(slices.iter().all(|slice| slice.len() == length), "parameters and gradients differ in length");
}

impl Points<'_> {
    pub(crate) fn check(&self, method: Method) {
        same_length(self.weights.len(), &[self.gradient]);
        self.moments[..method.moments()].iter().for_each(|moment| same_length(self.weights.len(), &[moment]));
    }
}

impl Gaussians<'_> {
    /// `moving`: whether gradients and moments are needed, too.
    pub(crate) fn check(&self, method: Option<Method>) {
        let length = self.means.len();
        same_length(length, &[self.rhos, self.variances]);
        if let Some(method) = method {
            same_length(length, &[self.mean_gradient, self.second_gradient]);
            for of in [0, 2] {
                self.moments[of..of + method.moments()].iter().for_each(|moment| same_length(length, &[moment]));
            }
        }
    }
}

/// Numbers at `at`, whole vectors or the last few.
#[inline(always)]
pub(crate) unsafe fn get<V: Vector, const WHOLE: bool>(numbers: *const f32, count: usize) -> V {
    // SAFETY: the caller has `count` numbers there, a vector's worth if `WHOLE`.
    unsafe { if WHOLE { V::load(numbers) } else { V::load_part(numbers, count) } }
}

#[inline(always)]
pub(crate) unsafe fn put<V: Vector, const WHOLE: bool>(value: V, numbers: *mut f32, count: usize) {
    // SAFETY: as in `get`.
    unsafe { if WHOLE { value.store(numbers) } else { value.store_part(numbers, count) } }
}

/// The weight after the step.
#[inline(always)]
unsafe fn moved<V: Vector, const WHOLE: bool>(
    method: Method,
    weight: V,
    gradient: V,
    [first, second]: [*mut f32; 2],
    count: usize,
) -> V {
    // SAFETY: the caller has checked the moments' lengths.
    unsafe {
        match method {
            Method::Adam { betas, rate, root, epsilon } => {
                let blend = |moment: *mut f32, beta: f32, new: V| {
                    let old = get::<V, WHOLE>(moment, count).mul(V::splat(beta));
                    let blended = new.multiply_add(V::splat(1.0 - beta), old);
                    put::<V, WHOLE>(blended, moment, count);
                    blended
                };
                let mean = blend(first, betas[0], gradient);
                let square = blend(second, betas[1], gradient.mul(gradient));
                let divisor = square.sqrt().multiply_add(V::splat(root), V::splat(epsilon));
                weight.sub(mean.mul(V::splat(rate)).div(divisor))
            }
            Method::Sgd { rate, momentum, nesterov } => {
                let mut direction = gradient;
                if momentum != 0.0 {
                    let velocity = get::<V, WHOLE>(first, count).multiply_add(V::splat(momentum), gradient);
                    put::<V, WHOLE>(velocity, first, count);
                    direction = if nesterov { velocity.multiply_add(V::splat(momentum), gradient) } else { velocity };
                }
                direction.multiply_add(V::splat(-rate), weight)
            }
        }
    }
}

/// Moves points.
///
/// # Safety
/// [`Points::check`] has passed, and the processor has the vector's features.
#[inline(always)]
pub(crate) unsafe fn move_points<V: Vector>(points: &mut Points<'_>, method: Method, decay: Decay) {
    let length = points.weights.len();
    let weights = points.weights.as_mut_ptr();
    let gradient = points.gradient.as_ptr();
    let moments = points.moments.each_mut().map(|moment| moment.as_mut_ptr());
    // SAFETY: the caller's promise.
    unsafe {
        let mut at = 0;
        while at < length {
            let count = (length - at).min(V::LANES);
            if count == V::LANES {
                point::<V, true>(weights, gradient, moments, method, decay, at, count);
            } else {
                point::<V, false>(weights, gradient, moments, method, decay, at, count);
            }
            at += count;
        }
    }
}

#[inline(always)]
unsafe fn point<V: Vector, const WHOLE: bool>(
    weights: *mut f32,
    gradient: *const f32,
    moments: [*mut f32; 2],
    method: Method,
    decay: Decay,
    at: usize,
    count: usize,
) {
    // SAFETY: the caller stays within all stretches; an absent moment's address is never used.
    unsafe {
        let weight = get::<V, WHOLE>(weights.add(at), count);
        let gradient = get::<V, WHOLE>(gradient.add(at), count).mul(V::splat(decay.scale));
        let gradient = weight.multiply_add(V::splat(decay.pull), gradient);
        let moments = moments.map(|moment| moment.wrapping_add(at));
        let weight = weight.mul(V::splat(decay.shrink));
        put::<V, WHOLE>(moved::<V, WHOLE>(method, weight, gradient, moments, count), weights.add(at), count);
    }
}

/// The gradients along μ and ρ, the divergence's included.
#[inline(always)]
unsafe fn whole_gradients<V: Vector>(motion: &Motion, mean: V, rho: V, [along_mean, second]: [V; 2]) -> [V; 2] {
    // SAFETY: as the caller's.
    unsafe {
        if motion.along == Along::Parameter {
            return [along_mean, second];
        }
        let deviation = softplus(rho);
        let mut along_deviation = second;
        if motion.along == Along::Variance {
            along_deviation = second.mul(deviation.add(deviation));
        }
        let mut along_mean = along_mean;
        if motion.divergence_weight != 0.0 {
            let weight = V::splat(motion.divergence_weight);
            let [of_mean, of_deviation] = divergence_gradient(motion.prior, mean, deviation);
            along_mean = of_mean.multiply_add(weight, along_mean);
            along_deviation = of_deviation.multiply_add(weight, along_deviation);
        }
        // dσ/dρ is the sigmoid of ρ, 1 − e^−σ.
        let slope = V::zero().sub(exp_m1(V::zero().sub(deviation)));
        [along_mean, along_deviation.mul(slope)]
    }
}

/// Moves Gaussians; returns the divergence of the new ones.
///
/// # Safety
/// [`Gaussians::check`] has passed, and the processor has the vector's features.
#[inline(always)]
pub(crate) unsafe fn move_gaussians<V: Vector>(gaussians: &mut Gaussians<'_>, motion: &Motion) -> f64 {
    // SAFETY: the caller's promise.
    unsafe { each::<V::Wide>(gaussians, motion, Pass::Move) }
}

/// Replaces the gradients by those along μ and ρ, the divergence's included; returns the sum of their squares.
///
/// # Safety
/// As [`move_gaussians`].
#[inline(always)]
pub(crate) unsafe fn complete_gradients<V: Vector>(gaussians: &mut Gaussians<'_>, motion: &Motion) -> f64 {
    // SAFETY: the caller's promise.
    unsafe { each::<V::Wide>(gaussians, motion, Pass::Complete) }
}

/// Renews the variances; returns the divergence.
///
/// # Safety
/// As [`move_gaussians`], but gradients and moments may be empty.
#[inline(always)]
pub(crate) unsafe fn refresh<V: Vector>(gaussians: &mut Gaussians<'_>, motion: &Motion) -> f64 {
    // SAFETY: the caller's promise.
    unsafe { each::<V::Wide>(gaussians, motion, Pass::Refresh) }
}

#[derive(Clone, Copy, PartialEq)]
enum Pass {
    Move,
    Complete,
    Refresh,
}

/// Vectors that are summed up in single precision before the sum goes on in double precision.
const SHORT: usize = 32;

#[inline(always)]
unsafe fn each<V: Vector>(gaussians: &mut Gaussians<'_>, motion: &Motion, pass: Pass) -> f64 {
    let length = gaussians.means.len();
    let (mut total, mut at) = (0.0, 0);
    // SAFETY: the caller's promise.
    unsafe {
        while at < length {
            let end = length.min(at + SHORT * V::LANES);
            let mut sum = V::zero();
            while at + V::LANES <= end {
                sum = sum.add(gaussian::<V, true>(gaussians, motion, pass, at, V::LANES));
                at += V::LANES;
            }
            if at < end {
                let part = gaussian::<V, false>(gaussians, motion, pass, at, end - at);
                let mut kept = [0.0f32; crate::vector::PANEL];
                part.store(kept.as_mut_ptr());
                total += kept[..end - at].iter().map(|&number| f64::from(number)).sum::<f64>();
                at = end;
            }
            total += sum.sum();
        }
    }
    total
}

#[inline(always)]
unsafe fn gaussian<V: Vector, const WHOLE: bool>(
    gaussians: &mut Gaussians<'_>,
    motion: &Motion,
    pass: Pass,
    at: usize,
    count: usize,
) -> V {
    // SAFETY: the caller stays within all stretches; absent moments are never used.
    unsafe {
        let [mean_at, rho_at] = [gaussians.means.as_mut_ptr().add(at), gaussians.rhos.as_mut_ptr().add(at)];
        let (mut mean, mut rho) = (get::<V, WHOLE>(mean_at, count), get::<V, WHOLE>(rho_at, count));
        if pass != Pass::Refresh {
            let mean_gradient = gaussians.mean_gradient.as_mut_ptr().add(at);
            let second_gradient = gaussians.second_gradient.as_mut_ptr().add(at);
            let given = [get::<V, WHOLE>(mean_gradient, count), get::<V, WHOLE>(second_gradient, count)];
            let [along_mean, along_rho] = whole_gradients(motion, mean, rho, given);
            if pass == Pass::Complete {
                put::<V, WHOLE>(along_mean, mean_gradient, count);
                put::<V, WHOLE>(along_rho, second_gradient, count);
                let squares = along_mean.multiply_add(along_mean, along_rho.mul(along_rho));
                return squares;
            }
            let [a, b, c, d] = gaussians.moments.each_mut().map(|moment| moment.as_mut_ptr().wrapping_add(at));
            let scale = V::splat(motion.scale);
            mean = moved::<V, WHOLE>(motion.method, mean, along_mean.mul(scale), [a, b], count);
            rho = moved::<V, WHOLE>(motion.method, rho, along_rho.mul(scale), [c, d], count);
            put::<V, WHOLE>(mean, mean_at, count);
            put::<V, WHOLE>(rho, rho_at, count);
        }
        let deviation = softplus(rho);
        put::<V, WHOLE>(deviation.mul(deviation), gaussians.variances.as_mut_ptr().add(at), count);
        divergence(motion.prior, mean, deviation)
    }
}
