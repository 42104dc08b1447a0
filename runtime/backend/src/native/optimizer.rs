//! Adam, AdamW and stochastic gradient descent as PyTorch computes them, in one pass over parameters, gradients and
//! moments.
//!
//! Weight decay leaves variational parameters alone: their KL term is what holds them. It leaves the learned log-variance
//! of the noise alone, too, as `l2` does.

use super::gradients::Gradients;
use super::network::Network;
use super::packing::Packing;
use super::parameters::replace;
use super::tensor::{Numbers, Role};
use crate::OptimizerState;
use crate::{BackendError, NamedTensor, Parameters};
use elbo_compiler::ir::{Clip, Optimizer as Algorithm, Prior};
use elbo_kernels::{
    Along, Buffer, Decay, Extent, Gaussians, Grid, Kernels, Method, Motion, Points, Prior as KernelPrior, for_each_tile,
};
use std::sync::atomic::{AtomicU64, Ordering};

/// Numbers of a task.
const PIECE: usize = 1 << 12;

/// An optimizer over the parameters of a network.
#[derive(Debug)]
pub(super) struct Optimizer {
    algorithm: Algorithm,
    /// Moments of each tensor: two of its values, or of μ and of ρ.
    moments: Vec<[Buffer; 4]>,
    steps: u64,
    /// Sums of pieces, kept from step to step.
    sums: Vec<AtomicU64>,
}

/// What a step is to do beside following the gradient.
#[derive(Debug, Clone, Copy)]
pub(super) struct StepPlan {
    /// The learning rate in force.
    pub(super) learning_rate: f64,
    /// Strength of the penalty on weights of one value.
    pub(super) l2: f64,
    /// The weight of the divergence.
    pub(super) divergence_weight: f64,
    /// The largest norm let through.
    pub(super) clip: Option<Clip>,
}

/// The prior as kernels know it.
fn kernel_prior(prior: &Prior) -> KernelPrior {
    match *prior {
        Prior::Normal { mean, std } => KernelPrior::Normal { mean: mean as f32, std: std as f32 },
        Prior::Laplace { mean, scale } => KernelPrior::Laplace { mean: mean as f32, scale: scale as f32 },
        Prior::ScaleMixture { .. } => KernelPrior::Other,
    }
}

/// The names of an algorithm's moments.
fn names(algorithm: &Algorithm) -> &'static [&'static str] {
    match algorithm {
        Algorithm::Adam { .. } | Algorithm::AdamW { .. } => &["first_moment", "second_moment"],
        Algorithm::Sgd { momentum, .. } if *momentum != 0.0 => &["momentum"],
        Algorithm::Sgd { .. } => &[],
    }
}

impl Optimizer {
    /// With moments 0.
    pub(super) fn new(algorithm: &Algorithm, network: &Network) -> Self {
        let count = names(algorithm).len();
        let longest = network.tensors.iter().map(|tensor| tensor.packing.length()).max().unwrap_or(0);
        let moments = network.tensors.iter().map(|tensor| {
            let parts = if tensor.is_trained() { tensor.parts().len() } else { 0 };
            std::array::from_fn(|at| {
                let wanted = at / 2 < parts && at % 2 < count;
                Buffer::zeros(if wanted { tensor.packing.length() } else { 0 })
            })
        });
        let sums = (0..longest.div_ceil(PIECE)).map(|_| AtomicU64::new(0)).collect();
        Self { algorithm: algorithm.clone(), moments: moments.collect(), steps: 0, sums }
    }

    /// The kernel's method, and the decay of weights: in the gradient, and as a factor.
    fn method(&self, rate: f64) -> (Method, f64, f64) {
        match self.algorithm {
            Algorithm::Adam { betas, epsilon, weight_decay, .. }
            | Algorithm::AdamW { betas, epsilon, weight_decay, .. } => {
                let rest = |beta: f64| 1.0 - beta.powf(self.steps as f64);
                let method = Method::Adam {
                    betas: betas.map(|beta| beta as f32),
                    rate: (rate / rest(betas[0])) as f32,
                    root: (1.0 / rest(betas[1]).sqrt()) as f32,
                    epsilon: epsilon as f32,
                };
                match self.algorithm {
                    Algorithm::AdamW { .. } => (method, 0.0, 1.0 - rate * weight_decay),
                    _ => (method, weight_decay, 1.0),
                }
            }
            Algorithm::Sgd { momentum, nesterov, weight_decay, .. } => {
                (Method::Sgd { rate: rate as f32, momentum: momentum as f32, nesterov }, weight_decay, 1.0)
            }
        }
    }

    /// One step; gradients are used up. Returns the divergence of the new Gaussians that has a closed form.
    pub(super) fn step(
        &mut self,
        kernels: Kernels,
        network: &mut Network,
        gradients: &mut Gradients,
        plan: &StepPlan,
    ) -> f64 {
        self.steps += 1;
        let (method, decay, shrink) = self.method(plan.learning_rate);
        let mut scale = 1.0;
        let complete = plan.clip.is_some();
        if let Some(Clip::Norm { maximum }) = plan.clip {
            let norm = complete_all(kernels, network, gradients, plan, &self.sums).sqrt();
            scale = (maximum / (norm + 1e-6)).min(1.0);
        }
        let mut divergence = 0.0;
        for (at, tensor) in network.tensors.iter_mut().enumerate() {
            if !tensor.is_trained() {
                continue;
            }
            let [first, second] = &mut gradients.tensors[at];
            let moments = self.moments[at].each_mut().map(|moment| &mut moment[..]);
            let packing = &tensor.packing;
            match &mut tensor.numbers {
                Numbers::Points { values, role } => {
                    let penalty = if *role == Role::Weight && !complete { plan.l2 } else { 0.0 };
                    let (decay, shrink) = if role.decays() { (decay, shrink) } else { (0.0, 1.0) };
                    let decay =
                        Decay { scale: scale as f32, pull: (scale * penalty + decay) as f32, shrink: shrink as f32 };
                    let [a, b, _, _] = moments;
                    pieces([&mut **values, &mut **first, a, b], &self.sums, |range, [values, first, a, b]| {
                        packing.stretches(range.clone(), |stretch| {
                            let at = stretch.start - range.start..stretch.end - range.start;
                            let mut points = Points {
                                weights: &mut values[at.clone()],
                                gradient: &first[at.clone()],
                                moments: [part(a, &at), part(b, &at)],
                            };
                            kernels.move_points(&mut points, method, decay);
                        });
                        0.0
                    });
                }
                Numbers::Gaussians(gaussians) => {
                    let motion = Motion {
                        method,
                        scale: scale as f32,
                        along: along(gaussians.drawn, complete),
                        prior: kernel_prior(&gaussians.prior),
                        divergence_weight: plan.divergence_weight as f32,
                    };
                    divergence += over_gaussians(packing, gaussians, [first, second], moments, &self.sums, |stretch| {
                        kernels.move_gaussians(stretch, &motion)
                    });
                }
            }
        }
        divergence
    }

    /// What it remembers.
    pub(super) fn state(&self, network: &Network) -> OptimizerState {
        let mut tensors = Parameters::new();
        for (tensor, moments) in network.tensors.iter().zip(&self.moments).filter(|(tensor, _)| tensor.is_trained()) {
            for (part, (suffix, _)) in tensor.parts().into_iter().enumerate() {
                for (at, name) in names(&self.algorithm).iter().enumerate() {
                    let values = tensor.packing.unpack(&moments[2 * part + at]);
                    let value = NamedTensor { shape: tensor.packing.shape(), values };
                    tensors.insert(format!("{}{suffix}.{name}", tensor.name), value);
                }
            }
        }
        OptimizerState { steps: self.steps, tensors }
    }

    /// Replaces what it remembers, or nothing.
    pub(super) fn set_state(&mut self, network: &Network, state: &OptimizerState) -> Result<(), BackendError> {
        let names = names(&self.algorithm);
        let mut slots = Vec::new();
        for (tensor, moments) in network.tensors.iter().zip(&mut self.moments) {
            if !tensor.is_trained() {
                continue;
            }
            let parts: Vec<&str> = tensor.parts().into_iter().map(|(suffix, _)| suffix).collect();
            for (at, moment) in moments.iter_mut().enumerate() {
                if let (Some(suffix), Some(name)) = (parts.get(at / 2), names.get(at % 2)) {
                    slots.push((format!("{}{suffix}.{name}", tensor.name), &tensor.packing, moment));
                }
            }
        }
        replace(slots, &state.tensors)?;
        self.steps = state.steps;
        Ok(())
    }
}

/// What the second gradient of a Gaussian is along.
fn along(drawn: bool, complete: bool) -> Along {
    match (complete, drawn) {
        (true, _) => Along::Parameter,
        (false, true) => Along::Deviation,
        (false, false) => Along::Variance,
    }
}

/// A part of a buffer, or nothing where there is none.
fn part<'p>(buffer: &'p mut [f32], at: &std::ops::Range<usize>) -> &'p mut [f32] {
    if buffer.is_empty() { buffer } else { &mut buffer[at.clone()] }
}

/// Calls `work` with the same piece of every buffer, in parallel; the sum of what it returns, in the pieces' order.
fn pieces<const COUNT: usize>(
    buffers: [&mut [f32]; COUNT],
    sums: &[AtomicU64],
    work: impl Fn(std::ops::Range<usize>, [&mut [f32]; COUNT]) -> f64 + Sync,
) -> f64 {
    let columns = buffers[0].len();
    let grid = Grid { positions: 1, capacity: 1, rows: 1, columns, block: [1, 1, PIECE] };
    let buffers = buffers.map(|buffer| (buffer, Extent::Positions(1)));
    for_each_tile(&grid, buffers, [], |region, mut tiles, []| {
        let parts = tiles.each_mut().map(|tile| if tile.is_absent() { &mut [][..] } else { tile.row_mut(0, 0) });
        let sum = work(region.columns.clone(), parts);
        sums[region.columns.start / PIECE].store(sum.to_bits(), Ordering::Relaxed);
    });
    (0..columns.div_ceil(PIECE)).map(|piece| f64::from_bits(sums[piece].load(Ordering::Relaxed))).sum()
}

/// Calls `work` for every stretch of existing Gaussians, with the gradients and moments there are; the sum of what it
/// returns.
fn over_gaussians(
    packing: &Packing,
    gaussians: &mut super::tensor::Gaussians,
    [first, second]: [&mut [f32]; 2],
    [a, b, c, d]: [&mut [f32]; 4],
    sums: &[AtomicU64],
    work: impl Fn(&mut Gaussians<'_>) -> f64 + Sync,
) -> f64 {
    let super::tensor::Gaussians { means, rhos, variances, .. } = gaussians;
    let buffers = [&mut **means, &mut **rhos, &mut **variances, first, second, a, b, c, d];
    pieces(buffers, sums, |range, [means, rhos, variances, first, second, a, b, c, d]| {
        let mut sum = 0.0;
        packing.stretches(range.clone(), |stretch| {
            let at = stretch.start - range.start..stretch.end - range.start;
            sum += work(&mut Gaussians {
                means: &mut means[at.clone()],
                rhos: &mut rhos[at.clone()],
                variances: &mut variances[at.clone()],
                mean_gradient: part(first, &at),
                second_gradient: part(second, &at),
                moments: [part(a, &at), part(b, &at), part(c, &at), part(d, &at)],
            });
        });
        sum
    })
}

/// Makes every gradient that of the whole objective; returns the sum of their squares.
fn complete_all(
    kernels: Kernels,
    network: &mut Network,
    gradients: &mut Gradients,
    plan: &StepPlan,
    sums: &[AtomicU64],
) -> f64 {
    let mut total = 0.0;
    for (at, tensor) in network.tensors.iter_mut().enumerate() {
        let [first, second] = &mut gradients.tensors[at];
        let packing = &tensor.packing;
        match &mut tensor.numbers {
            Numbers::Points { role: Role::Statistic, .. } => {}
            Numbers::Points { values, role } => {
                let penalty = if *role == Role::Weight { plan.l2 } else { 0.0 };
                total += pieces([&mut **values, &mut **first], sums, |range, [values, first]| {
                    if penalty != 0.0 {
                        kernels.add_multiple_to(penalty as f32, values, first);
                    }
                    let mut sum = 0.0;
                    packing.stretches(range.clone(), |stretch| {
                        sum += kernels.squared_norm(&first[stretch.start - range.start..stretch.end - range.start]);
                    });
                    sum
                });
            }
            Numbers::Gaussians(gaussians) => {
                let motion = Motion {
                    method: Method::Sgd { rate: 0.0, momentum: 0.0, nesterov: false },
                    scale: 1.0,
                    along: along(gaussians.drawn, false),
                    prior: kernel_prior(&gaussians.prior),
                    divergence_weight: plan.divergence_weight as f32,
                };
                total += over_gaussians(packing, gaussians, [first, second], Default::default(), sums, |stretch| {
                    kernels.complete_gradients(stretch, &motion)
                });
            }
        }
    }
    total
}

/// Makes every gradient that of the whole objective, for tests.
#[cfg(test)]
pub(super) fn complete(kernels: Kernels, network: &mut Network, gradients: &mut Gradients, plan: &StepPlan) {
    let longest = network.tensors.iter().map(|tensor| tensor.packing.length()).max().unwrap_or(0);
    let sums: Vec<AtomicU64> = (0..longest.div_ceil(PIECE)).map(|_| AtomicU64::new(0)).collect();
    complete_all(kernels, network, gradients, plan, &sums);
}

/// Renews every σ²; returns the divergence that has a closed form.
pub(super) fn refresh(kernels: Kernels, network: &mut Network) -> f64 {
    let longest = network.tensors.iter().map(|tensor| tensor.packing.length()).max().unwrap_or(0);
    let sums: Vec<AtomicU64> = (0..longest.div_ceil(PIECE)).map(|_| AtomicU64::new(0)).collect();
    let mut total = 0.0;
    for tensor in &mut network.tensors {
        let packing = &tensor.packing;
        let Numbers::Gaussians(gaussians) = &mut tensor.numbers else { continue };
        let motion = Motion {
            method: Method::Sgd { rate: 0.0, momentum: 0.0, nesterov: false },
            scale: 1.0,
            along: Along::Variance,
            prior: kernel_prior(&gaussians.prior),
            divergence_weight: 0.0,
        };
        total += over_gaussians(packing, gaussians, Default::default(), Default::default(), &sums, |stretch| {
            kernels.refresh(stretch, &motion)
        });
    }
    total
}
