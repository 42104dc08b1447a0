//! Optimizer steps over stretches that the second cache holds.

use super::{Case, positive, some};
use elbo_kernels::{Along, Decay, Gaussians, Kernels, Method, Motion, Perturbation, Points, Prior};

const LENGTH: usize = 8192;
const ADAM: Method = Method::Adam { betas: [0.9, 0.999], rate: 1e-6, root: 1.0, epsilon: 1e-8 };

pub fn points_adam(kernels: Kernels) -> Case {
    let (mut weights, gradient) = (some(LENGTH), some(LENGTH));
    let [mut first, mut second] = [some(LENGTH), positive(LENGTH)];
    let run = move || {
        let mut points = Points { weights: &mut weights, gradient: &gradient, moments: [&mut first, &mut second] };
        kernels.move_points(&mut points, ADAM, Decay { scale: 1.0, pull: 1e-4, shrink: 1.0 });
    };
    Case { numbers: LENGTH, operations: 0, bytes: 7 * 4 * LENGTH, run: Box::new(run) }
}

fn gaussians(kernels: Kernels, prior: Prior) -> Case {
    let [mut means, mut rhos, mut variances] = [0; 3].map(|_| some(LENGTH));
    rhos.iter_mut().for_each(|rho| *rho -= 3.0);
    let [mut mean_gradient, mut second_gradient] = [0; 2].map(|_| some(LENGTH));
    let mut moments = [some(LENGTH), positive(LENGTH), some(LENGTH), positive(LENGTH)];
    let motion = Motion { method: ADAM, scale: 1.0, along: Along::Variance, prior, divergence_weight: 1e-3 };
    let run = move || {
        let mut gaussians = Gaussians {
            means: &mut means,
            rhos: &mut rhos,
            variances: &mut variances,
            mean_gradient: &mut mean_gradient,
            second_gradient: &mut second_gradient,
            moments: moments.each_mut().map(|moment| &mut moment[..]),
        };
        std::hint::black_box(kernels.move_gaussians(&mut gaussians, &motion));
    };
    // Read: two parameters, two gradients, four moments; written: those but the gradients, and the variance.
    Case { numbers: LENGTH, operations: 0, bytes: 15 * 4 * LENGTH, run: Box::new(run) }
}

pub fn gaussians_normal(kernels: Kernels) -> Case {
    gaussians(kernels, Prior::Normal { mean: 0.0, std: 1.0 })
}

pub fn gaussians_laplace(kernels: Kernels) -> Case {
    gaussians(kernels, Prior::Laplace { mean: 0.0, scale: 1.0 })
}

pub fn perturb(kernels: Kernels) -> Case {
    let [means, rhos, noise] = [0; 3].map(|_| some(LENGTH));
    let mut weights = vec![0.0; LENGTH];
    let run = move || {
        let (means, rhos, noise) = (&means[..], &rhos[..], &noise[..]);
        kernels.perturb(&mut Perturbation { means, rhos, noise, centred: true, weights: &mut weights });
    };
    Case { numbers: LENGTH, operations: 0, bytes: 16 * LENGTH, run: Box::new(run) }
}

pub fn is_finite(kernels: Kernels) -> Case {
    let numbers = some(LENGTH);
    let run = move || assert!(kernels.is_finite(std::hint::black_box(&numbers)));
    Case { numbers: LENGTH, operations: 0, bytes: 4 * LENGTH, run: Box::new(run) }
}
