//! Optimizer steps of Gaussians: every method, every meaning of the second gradient, every prior.

use super::divergence::{PRIORS, gradient};
use super::points::{FEW, LENGTHS, METHODS, random_moments, step};
use super::{Numbers, close, on_every_table, reference, sizes};
use crate::{Along, Gaussians, Kernels, Method, Motion};

const ALONG: [Along; 3] = [Along::Variance, Along::Deviation, Along::Parameter];

/// The numbers of a stretch of Gaussians.
#[derive(Clone)]
struct Stretch {
    means: Vec<f32>,
    rhos: Vec<f32>,
    variances: Vec<f32>,
    gradients: [Vec<f32>; 2],
    moments: [Vec<f32>; 4],
}

impl Stretch {
    fn new(stream: &mut Numbers, method: Method, length: usize) -> Self {
        let [a, b] = random_moments(stream, method, length);
        let [c, d] = random_moments(stream, method, length);
        Self {
            means: stream.many(length, -1.0, 1.0),
            rhos: stream.many(length, -4.0, 1.0),
            variances: vec![-1.0; length],
            gradients: [stream.many(length, -1.0, 1.0), stream.many(length, -1.0, 1.0)],
            moments: [a, b, c, d],
        }
    }

    fn gaussians(&mut self) -> Gaussians<'_> {
        let [mean_gradient, second_gradient] = &mut self.gradients;
        Gaussians {
            means: &mut self.means,
            rhos: &mut self.rhos,
            variances: &mut self.variances,
            mean_gradient,
            second_gradient,
            moments: self.moments.each_mut().map(|moment| &mut moment[..]),
        }
    }

    fn moment(&self, which: usize, at: usize) -> f64 {
        self.moments[which].get(at).copied().map_or(0.0, f64::from)
    }

    /// The gradients along μ and ρ of the whole objective.
    fn whole_gradients(&self, motion: &Motion, at: usize) -> [f64; 2] {
        let [along_mean, second] = self.gradients.each_ref().map(|numbers| f64::from(numbers[at]));
        if motion.along == Along::Parameter {
            return [along_mean, second];
        }
        let (mean, rho) = (f64::from(self.means[at]), f64::from(self.rhos[at]));
        let deviation = reference::softplus(rho);
        let along_deviation = if motion.along == Along::Variance { 2.0 * deviation * second } else { second };
        let weight = f64::from(motion.divergence_weight);
        let of_divergence = gradient(motion.prior, mean, deviation).map(|along| weight * along);
        [along_mean + of_divergence[0], (along_deviation + of_divergence[1]) * reference::sigmoid(rho)]
    }
}

/// Calls `test` with every motion and stretches of several lengths.
fn for_each_motion(seed: u64, mut test: impl FnMut(&Motion, &Stretch)) {
    let mut stream = Numbers(seed);
    for method in METHODS {
        for along in ALONG {
            for prior in PRIORS {
                // One of each is enough for memory, which is what Miri looks at.
                if super::MIRI && (along != Along::Variance || prior == crate::Prior::Other) {
                    continue;
                }
                for (scale, divergence_weight) in [(1.0, 0.01), (0.5, 0.0)] {
                    let motion = Motion { method, scale, along, prior, divergence_weight };
                    for &length in sizes(&LENGTHS, &FEW) {
                        test(&motion, &Stretch::new(&mut stream, method, length));
                    }
                }
            }
        }
    }
}

/// The sum of the divergences of a stretch, to 2e-6 of the sum of their sizes and a little for each.
fn check_divergence(kernels: Kernels, motion: &Motion, stretch: &Stretch, got: f64) {
    let (mut sum, mut size) = (0.0, 0.0);
    for (&mean, &rho) in stretch.means.iter().zip(&stretch.rhos) {
        let deviation = reference::softplus(f64::from(rho));
        let each = reference::divergence(motion.prior, f64::from(mean), deviation);
        sum += each;
        size += each.abs() + 1.0;
    }
    assert!((got - sum).abs() <= 2e-6 * size, "{kernels:?} {motion:?}: {got} where {sum} is right");
}

fn check_variances(kernels: Kernels, stretch: &Stretch) {
    for (&variance, &rho) in stretch.variances.iter().zip(&stretch.rhos) {
        let wanted = reference::softplus(f64::from(rho)).powi(2);
        close(variance, wanted, 1e-6 * wanted, || format!("{kernels:?}: the variance of ρ = {rho}"));
    }
}

/// Parameters and moments to 5e-6 of what enters.
#[test]
fn gaussians_move_as_the_formulas_say() {
    for_each_motion(61, |motion, before| {
        on_every_table(|kernels| {
            let mut after = before.clone();
            let divergence = kernels.move_gaussians(&mut after.gaussians(), motion);
            let mut all = Vec::new();
            for at in 0..before.means.len() {
                let gradients = before.whole_gradients(motion, at);
                let parameters = [(&before.means, &after.means), (&before.rhos, &after.rhos)];
                for (which, (old, new)) in parameters.into_iter().enumerate() {
                    let along = f64::from(motion.scale) * gradients[which];
                    let moments = [before.moment(2 * which, at), before.moment(2 * which + 1, at)];
                    let (moments, change) = step(motion.method, along, moments);
                    let tolerance = 5e-6 * (1.0 + along.abs() + along * along);
                    let what = || format!("{kernels:?} {motion:?}, parameter {which}, {at} of {}", old.len());
                    close(new[at], f64::from(old[at]) - change, tolerance, what);
                    all.push((new[at], 1.0));
                    for (moment, wanted) in after.moments[2 * which..].iter().zip(moments) {
                        if let Some(&moment) = moment.get(at) {
                            close(moment, wanted, tolerance, what);
                            all.push((moment, 1.0 + wanted.abs()));
                        }
                    }
                }
            }
            check_divergence(kernels, motion, &after, divergence);
            check_variances(kernels, &after);
            assert_eq!(before.gradients, after.gradients);
            all
        });
    });
}

#[test]
fn gradients_are_completed_as_the_formulas_say() {
    for_each_motion(62, |motion, before| {
        on_every_table(|kernels| {
            let mut after = before.clone();
            let norm = kernels.complete_gradients(&mut after.gaussians(), motion);
            let (mut all, mut sum) = (Vec::new(), 0.0);
            for at in 0..before.means.len() {
                for (got, wanted) in after.gradients.iter().zip(before.whole_gradients(motion, at)) {
                    close(got[at], wanted, 3e-6 * (1.0 + wanted.abs()), || format!("{kernels:?} {motion:?}, {at}"));
                    all.push((got[at], 1.0 + wanted.abs()));
                    sum += wanted * wanted;
                }
            }
            assert!((norm - sum).abs() <= 5e-6 * (1.0 + sum), "{kernels:?} {motion:?}: {norm} where {sum} is right");
            assert!(after.means == before.means && after.rhos == before.rhos && after.moments == before.moments);
            all
        });
    });
}

#[test]
fn variances_are_renewed_without_gradients_and_moments() {
    for_each_motion(63, |motion, before| {
        on_every_table(|kernels| {
            let mut after = before.clone();
            (after.gradients, after.moments) = Default::default();
            let divergence = kernels.refresh(&mut after.gaussians(), motion);
            check_divergence(kernels, motion, &after, divergence);
            check_variances(kernels, &after);
            assert!(after.means == before.means && after.rhos == before.rhos);
            after.variances.iter().map(|&variance| (variance, 1.0)).collect()
        });
    });
}

#[test]
fn what_is_not_a_number_reaches_the_divergence_and_the_norm() {
    let mut stream = Numbers(64);
    let method = METHODS[2];
    for prior in PRIORS.into_iter().filter(|prior| *prior != crate::Prior::Other) {
        let motion = Motion { method, scale: 1.0, along: Along::Variance, prior, divergence_weight: 0.1 };
        for &length in sizes(&[1, 9, 16, 37], &[9]) {
            let whole = Stretch::new(&mut stream, method, length);
            for at in 0..length {
                for kernels in crate::usable() {
                    let mut broken = whole.clone();
                    broken.gradients[0][at] = f32::NAN;
                    assert!(kernels.complete_gradients(&mut broken.clone().gaussians(), &motion).is_nan());
                    assert!(kernels.move_gaussians(&mut broken.gaussians(), &motion).is_nan(), "{kernels:?}");
                    let mut broken = whole.clone();
                    broken.rhos[at] = f32::NAN;
                    assert!(kernels.refresh(&mut broken.gaussians(), &motion).is_nan(), "{kernels:?}");
                }
            }
        }
    }
}
