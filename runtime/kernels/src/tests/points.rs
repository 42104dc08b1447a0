//! Optimizer steps of parameters of one value each, and weights drawn.

use super::{Numbers, close, on_every_table, reference, sizes};
use crate::{Decay, Method, Perturbation, Points};

pub(super) const METHODS: [Method; 5] = [
    Method::Adam { betas: [0.9, 0.999], rate: 0.01, root: 3.0, epsilon: 1e-8 },
    Method::Adam { betas: [0.5, 0.9], rate: 0.1, root: 1.0, epsilon: 1e-3 },
    Method::Sgd { rate: 0.1, momentum: 0.0, nesterov: false },
    Method::Sgd { rate: 0.1, momentum: 0.9, nesterov: false },
    Method::Sgd { rate: 0.1, momentum: 0.9, nesterov: true },
];

pub(super) const LENGTHS: [usize; 12] = [0, 1, 3, 4, 5, 8, 15, 16, 17, 100, 257, 600];
pub(super) const FEW: [usize; 2] = [0, 11];

pub(super) fn moments(method: Method) -> usize {
    match method {
        Method::Adam { .. } => 2,
        Method::Sgd { momentum, .. } => usize::from(momentum != 0.0),
    }
}

/// The moments after a step and what is taken from the weight.
pub(super) fn step(method: Method, gradient: f64, [first, second]: [f64; 2]) -> ([f64; 2], f64) {
    match method {
        Method::Adam { betas, rate, root, epsilon } => {
            let [slow, slower] = betas.map(f64::from);
            let first = slow * first + (1.0 - slow) * gradient;
            let second = slower * second + (1.0 - slower) * gradient * gradient;
            let divisor = second.sqrt() * f64::from(root) + f64::from(epsilon);
            ([first, second], f64::from(rate) * first / divisor)
        }
        Method::Sgd { rate, momentum, nesterov } => {
            let momentum = f64::from(momentum);
            let velocity = momentum * first + gradient;
            let direction = if nesterov { gradient + momentum * velocity } else { velocity };
            ([velocity, second], f64::from(rate) * direction)
        }
    }
}

/// Moments as many as the method has, the second not negative.
pub(super) fn random_moments(stream: &mut Numbers, method: Method, length: usize) -> [Vec<f32>; 2] {
    std::array::from_fn(|which| {
        let count = if which < moments(method) { length } else { 0 };
        stream.many(count, if which == 0 { -0.5 } else { 0.01 }, 0.5)
    })
}

/// Weights and moments to 2e-6.
#[test]
fn points_move_as_the_formulas_say() {
    let mut stream = Numbers(51);
    let plain = Decay { scale: 1.0, pull: 0.0, shrink: 1.0 };
    for method in METHODS {
        for decay in [plain, Decay { scale: 0.3, pull: 0.02, shrink: 0.99 }] {
            for &length in sizes(&LENGTHS, &FEW) {
                let weights = stream.many(length, -1.0, 1.0);
                let gradient = stream.many(length, -1.0, 1.0);
                let before = random_moments(&mut stream, method, length);
                on_every_table(|kernels| {
                    let (mut moved, mut after) = (weights.clone(), before.clone());
                    let moments = after.each_mut().map(|moment| &mut moment[..]);
                    let mut points = Points { weights: &mut moved, gradient: &gradient, moments };
                    kernels.move_points(&mut points, method, decay);
                    let mut all = Vec::new();
                    for at in 0..length {
                        let [scale, pull, shrink] = [decay.scale, decay.pull, decay.shrink].map(f64::from);
                        let weight = f64::from(weights[at]);
                        let along = scale * f64::from(gradient[at]) + pull * weight;
                        let old = before.each_ref().map(|moment| moment.get(at).copied().map_or(0.0, f64::from));
                        let (new, change) = step(method, along, old);
                        let what = || format!("{kernels:?} {method:?}, {at} of {length}");
                        close(moved[at], shrink * weight - change, 2e-6, what);
                        all.push((moved[at], 1.0));
                        for (moment, new) in after.iter().zip(new).filter(|(moment, _)| !moment.is_empty()) {
                            close(moment[at], new, 2e-6, what);
                            all.push((moment[at], 1.0));
                        }
                    }
                    all
                });
            }
        }
    }
}

#[test]
fn weights_are_drawn_as_the_formula_says() {
    let mut stream = Numbers(52);
    for centred in [true, false] {
        for &length in sizes(&LENGTHS, &FEW) {
            let (means, rhos) = (stream.many(length, -1.0, 1.0), stream.many(length, -8.0, 3.0));
            let noise = stream.many(length, -3.0, 3.0);
            on_every_table(|kernels| {
                let mut weights = vec![0.0; length];
                let (means, rhos, noise) = (&means[..], &rhos[..], &noise[..]);
                kernels.perturb(&mut Perturbation { means, rhos, noise, centred, weights: &mut weights });
                for at in 0..length {
                    let spread = reference::softplus(f64::from(rhos[at])) * f64::from(noise[at]);
                    let mean = if centred { f64::from(means[at]) } else { 0.0 };
                    close(weights[at], mean + spread, 1e-6 * (mean.abs() + spread.abs()), || {
                        format!("{kernels:?}, {at} of {length}")
                    });
                }
                weights.into_iter().map(|weight| (weight, 1.0)).collect()
            });
        }
    }
}
