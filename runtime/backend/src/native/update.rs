//! What each optimizer does to numbers: the table of them all.
//!
//! An optimizer has a kernel that moves numbers in the pass over memory in which their gradients are completed, or a
//! loop over plain numbers, once gradients are complete.

use elbo_compiler::ir::Optimizer;
use elbo_compiler::optimizers::RmsProp;
use elbo_kernels::Method;

/// The most moments of a number.
pub(super) const MOST_MOMENTS: usize = 4;

/// What an optimizer does in one step.
pub(super) struct Update {
    /// How numbers move.
    pub(super) form: Form,
    /// This times the weight is added to its gradient: a decay that passes through the moments.
    pub(super) pull: f64,
    /// What weights are multiplied by before they move: a decay that bypasses the moments.
    pub(super) shrink: f64,
}

/// How numbers move.
pub(super) enum Form {
    /// By a kernel.
    Kernel(Method),
    /// By a loop.
    Loop(Loop),
}

/// Moves weights along their gradient, all of one length; moments are in the order of their names.
pub(super) type Loop = Box<dyn Fn(&mut [f32], &[f32], [&mut [f32]; MOST_MOMENTS]) + Sync>;

/// The update of step `step`, counted from 1, at this learning rate.
pub(super) fn update(optimizer: &Optimizer, rate: f64, step: u64) -> Update {
    match optimizer {
        Optimizer::Adam(adam) => Update {
            form: Form::Kernel(adaptive(adam.betas, adam.epsilon, rate, step)),
            pull: adam.weight_decay,
            shrink: 1.0,
        },
        Optimizer::AdamW(adam) => Update {
            form: Form::Kernel(adaptive(adam.betas, adam.epsilon, rate, step)),
            pull: 0.0,
            shrink: 1.0 - rate * adam.weight_decay,
        },
        Optimizer::Sgd(sgd) => Update {
            form: Form::Kernel(Method::Sgd {
                rate: rate as f32,
                momentum: sgd.momentum as f32,
                nesterov: sgd.nesterov,
            }),
            pull: sgd.weight_decay,
            shrink: 1.0,
        },
        Optimizer::RmsProp(rmsprop) => {
            Update { form: Form::Loop(over_root_mean_square(rmsprop, rate)), pull: rmsprop.weight_decay, shrink: 1.0 }
        }
    }
}

/// RMSprop's loop.
fn over_root_mean_square(of: &RmsProp, rate: f64) -> Loop {
    let rest = (1.0 - of.beta) as f32;
    let [beta, epsilon, momentum, rate] = [of.beta, of.epsilon, of.momentum, rate].map(|number| number as f32);
    let centered = of.centered;
    Box::new(move |weights, gradient, [squares, second, third, _]| {
        let (means, velocities) = if centered { (second, third) } else { (third, second) };
        for (at, (weight, &gradient)) in weights.iter_mut().zip(gradient).enumerate() {
            squares[at] = beta * squares[at] + rest * gradient * gradient;
            let mut spread = squares[at];
            if centered {
                means[at] = beta * means[at] + rest * gradient;
                // A variance, which rounding may take below 0.
                spread = (spread - means[at] * means[at]).max(0.0);
            }
            let mut step = gradient / (spread.sqrt() + epsilon);
            if momentum != 0.0 {
                velocities[at] = momentum * velocities[at] + step;
                step = velocities[at];
            }
            *weight -= rate * step;
        }
    })
}

/// Adam's kernel.
fn adaptive(betas: [f64; 2], epsilon: f64, rate: f64, step: u64) -> Method {
    let rest = |beta: f64| 1.0 - beta.powf(step as f64);
    Method::Adam {
        betas: betas.map(|beta| beta as f32),
        rate: (rate / rest(betas[0])) as f32,
        root: (1.0 / rest(betas[1]).sqrt()) as f32,
        epsilon: epsilon as f32,
    }
}
