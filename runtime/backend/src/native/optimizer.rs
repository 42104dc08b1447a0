//! A step of an optimizer, in one pass over parameters, gradients and moments where it has a kernel.
//!
//! Weight decay leaves variational parameters alone: their KL term is what holds them. It leaves the learned log-variance
//! of the noise alone, too, as `l2` does.

use super::gradients::Gradients;
use super::network::Network;
use super::packing::Packing;
use super::parameters::replace;
use super::pieces::{part, pieces, sums};
use super::tensor::{Numbers, Role};
use super::update::{Form, Loop, MOST_MOMENTS, update};
use crate::OptimizerState;
use crate::{BackendError, NamedTensor, Parameters};
use elbo_compiler::ir::{Clip, Optimizer as Algorithm, Prior};
use elbo_compiler::priors::DivergenceForm;
use elbo_kernels::{Along, Buffer, Decay, Gaussians, Kernels, Method, Motion, Points, Prior as KernelPrior};
use std::sync::atomic::AtomicU64;

/// An optimizer over the parameters of a network.
#[derive(Debug)]
pub(super) struct Optimizer {
    algorithm: Algorithm,
    /// Moments of each tensor: of its values, or of μ and of ρ.
    moments: Vec<[[Buffer; MOST_MOMENTS]; 2]>,
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
    /// Whether gradients are already those of the whole objective, along parameters: along μ and ρ, and with the
    /// penalty.
    pub(super) whole: bool,
}

/// The prior as kernels know it.
fn kernel_prior(prior: &Prior) -> KernelPrior {
    match prior.family().form() {
        DivergenceForm::Normal { mean, std } => KernelPrior::Normal { mean: mean as f32, std: std as f32 },
        DivergenceForm::Laplace { mean, scale } => KernelPrior::Laplace { mean: mean as f32, scale: scale as f32 },
        DivergenceForm::ScaleMixture { .. } | DivergenceForm::Drawn => KernelPrior::Other,
    }
}

impl Optimizer {
    /// With moments 0.
    pub(super) fn new(algorithm: &Algorithm, network: &Network) -> Self {
        let count = algorithm.moments().len();
        assert!(count <= MOST_MOMENTS, "no optimizer remembers so much");
        let moments = network.tensors.iter().map(|tensor| {
            let parts = if tensor.is_trained() { tensor.parts().len() } else { 0 };
            let length = |part: usize, at: usize| {
                if part < parts && at < count { tensor.packing.length() } else { 0 }
            };
            std::array::from_fn(|part| std::array::from_fn(|at| Buffer::zeros(length(part, at))))
        });
        Self { algorithm: algorithm.clone(), moments: moments.collect(), steps: 0, sums: sums_for(network) }
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
        let update = update(&self.algorithm, plan.learning_rate, self.steps);
        // A kernel completes gradients itself, unless they are wanted before anything moves.
        let complete = plan.whole || plan.clip.is_some() || matches!(update.form, Form::Loop(_));
        let mut scale = 1.0;
        if complete && (!plan.whole || plan.clip.is_some()) {
            let norm = complete_all(kernels, network, gradients, plan, &self.sums).sqrt();
            if let Some(Clip::Norm { maximum }) = plan.clip {
                scale = (maximum / (norm + 1e-6)).min(1.0);
            }
        }
        let mut divergence = 0.0;
        for (at, tensor) in network.tensors.iter_mut().enumerate() {
            if !tensor.is_trained() {
                continue;
            }
            let [first, second] = gradients.tensors[at].each_mut().map(|gradient| &mut gradient[..]);
            let [of_centre, of_spread] =
                self.moments[at].each_mut().map(|part| part.each_mut().map(|moment| &mut moment[..]));
            let packing = &tensor.packing;
            match &mut tensor.numbers {
                Numbers::Points { values, role } => {
                    let penalty = if *role == Role::Weight && !complete { plan.l2 } else { 0.0 };
                    let (pull, shrink) = if role.decays() { (update.pull, update.shrink) } else { (0.0, 1.0) };
                    let decay =
                        Decay { scale: scale as f32, pull: (scale * penalty + pull) as f32, shrink: shrink as f32 };
                    match &update.form {
                        Form::Kernel(method) => {
                            let [a, b, ..] = of_centre;
                            pieces([&mut **values, first, a, b], &self.sums, |range, [values, first, a, b]| {
                                packing.stretches(range.clone(), |stretch| {
                                    let at = stretch.start - range.start..stretch.end - range.start;
                                    let mut points = Points {
                                        weights: &mut values[at.clone()],
                                        gradient: &first[at.clone()],
                                        moments: [part(a, &at), part(b, &at)],
                                    };
                                    kernels.move_points(&mut points, *method, decay);
                                });
                                0.0
                            });
                        }
                        Form::Loop(by) => by_loop(by, packing, [values, first], of_centre, (decay, &self.sums)),
                    }
                }
                Numbers::Gaussians(gaussians) => {
                    let scale = scale as f32;
                    let (method, along) = match &update.form {
                        Form::Kernel(method) => (*method, along(gaussians.drawn, complete)),
                        Form::Loop(_) => (STILL, Along::Parameter),
                    };
                    let (prior, divergence_weight) = (kernel_prior(&gaussians.prior), plan.divergence_weight as f32);
                    let motion = Motion { method, scale, along, prior, divergence_weight };
                    divergence += match &update.form {
                        Form::Kernel(_) => {
                            let ([a, b, ..], [c, d, ..]) = (of_centre, of_spread);
                            let (given, moments) = ([first, second], [a, b, c, d]);
                            over_gaussians(packing, gaussians, given, moments, &self.sums, |stretch| {
                                kernels.move_gaussians(stretch, &motion)
                            })
                        }
                        Form::Loop(by) => {
                            let free = (Decay { scale, pull: 0.0, shrink: 1.0 }, &self.sums[..]);
                            by_loop(by, packing, [&mut gaussians.means, first], of_centre, free);
                            by_loop(by, packing, [&mut gaussians.rhos, second], of_spread, free);
                            let none = Default::default();
                            over_gaussians(packing, gaussians, none, Default::default(), &self.sums, |stretch| {
                                kernels.refresh(stretch, &motion)
                            })
                        }
                    };
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
                for (at, name) in self.algorithm.moments().iter().enumerate() {
                    let values = tensor.packing.unpack(&moments[part][at]);
                    let value = NamedTensor { shape: tensor.packing.shape(), values };
                    tensors.insert(format!("{}{suffix}.{name}", tensor.name), value);
                }
            }
        }
        OptimizerState { steps: self.steps, tensors }
    }

    /// Replaces what it remembers, or nothing.
    pub(super) fn set_state(&mut self, network: &Network, state: &OptimizerState) -> Result<(), BackendError> {
        let names = self.algorithm.moments();
        let mut slots = Vec::new();
        for (tensor, moments) in network.tensors.iter().zip(&mut self.moments).filter(|(tensor, _)| tensor.is_trained())
        {
            for ((suffix, _), moments) in tensor.parts().into_iter().zip(moments) {
                for (name, moment) in names.iter().zip(moments) {
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

/// A method for passes in which nothing moves.
const STILL: Method = Method::Sgd { rate: 0.0, momentum: 0.0, nesterov: false };

/// Moves the numbers of a tensor by a loop.
fn by_loop(
    by: &Loop,
    packing: &Packing,
    [values, gradient]: [&mut [f32]; 2],
    [a, b, c, d]: [&mut [f32]; MOST_MOMENTS],
    (decay, sums): (Decay, &[AtomicU64]),
) {
    pieces([values, gradient, a, b, c, d], sums, |range, [values, gradient, a, b, c, d]| {
        packing.stretches(range.clone(), |stretch| {
            let at = stretch.start - range.start..stretch.end - range.start;
            let (values, gradient) = (&mut values[at.clone()], &mut gradient[at.clone()]);
            for (value, gradient) in values.iter_mut().zip(gradient.iter_mut()) {
                *gradient = decay.scale * *gradient + decay.pull * *value;
                *value *= decay.shrink;
            }
            by(values, gradient, [part(a, &at), part(b, &at), part(c, &at), part(d, &at)]);
        });
        0.0
    });
}

/// Room for the sums of any tensor's pieces.
fn sums_for(network: &Network) -> Vec<AtomicU64> {
    sums(network.tensors.iter().map(|tensor| tensor.packing.length()).max().unwrap_or(0))
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

/// Makes every gradient that of the whole objective, which it may be; returns the sum of their squares.
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
                let penalty = if *role == Role::Weight && !plan.whole { plan.l2 } else { 0.0 };
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
                    method: STILL,
                    scale: 1.0,
                    along: along(gaussians.drawn, plan.whole),
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

/// Makes every gradient that of the whole objective.
pub(super) fn complete(kernels: Kernels, network: &mut Network, gradients: &mut Gradients, plan: &StepPlan) {
    complete_all(kernels, network, gradients, plan, &sums_for(network));
}

/// Renews every σ²; returns the divergence that has a closed form.
pub(super) fn refresh(kernels: Kernels, network: &mut Network) -> f64 {
    let sums = sums_for(network);
    let mut total = 0.0;
    for tensor in &mut network.tensors {
        let packing = &tensor.packing;
        let Numbers::Gaussians(gaussians) = &mut tensor.numbers else { continue };
        let motion = Motion {
            method: STILL,
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
