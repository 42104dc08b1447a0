//! What each optimizer does to one tensor: the table of them all. In place on the CPU where it has such a form, by
//! candle's operations elsewhere.

use super::in_place::{Accelerate, Adapt, Ahead, Blend, Descend, Shrink};
use candle_core::{Error, Result, Tensor, Var};
use elbo_compiler::ir::Optimizer;

/// A step of one tensor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Step<'o> {
    /// Who takes it.
    pub(super) optimizer: &'o Optimizer,
    /// The learning rate in force.
    pub(super) learning_rate: f64,
    /// The step's number, from 1.
    pub(super) number: u64,
    /// Whether weight decay reaches the tensor.
    pub(super) decays: bool,
}

/// The step by candle's operations.
pub(super) fn portable(step: &Step<'_>, weight: &Var, moments: &[Var], gradient: &Tensor) -> Result<()> {
    update(step).portable(step, weight, moments, gradient)
}

/// The step in place, in host memory, where the optimizer has such a form.
pub(super) fn fused(step: &Step<'_>, weight: &Var, moments: &[Var], gradient: &Tensor) -> Result<()> {
    update(step).fused(step, weight, moments, &gradient.contiguous()?)
}

/// Every optimizer's update.
fn update(step: &Step<'_>) -> Box<dyn Update> {
    match step.optimizer {
        Optimizer::Adam(adam) => Box::new(Adaptive {
            betas: adam.betas,
            epsilon: adam.epsilon,
            coupled_decay: step.decay(adam.weight_decay),
            decoupled_decay: 0.0,
        }),
        Optimizer::AdamW(adam) => Box::new(Adaptive {
            betas: adam.betas,
            epsilon: adam.epsilon,
            coupled_decay: 0.0,
            decoupled_decay: step.decay(adam.weight_decay),
        }),
        Optimizer::Sgd(sgd) => {
            Box::new(Descent { momentum: sgd.momentum, nesterov: sgd.nesterov, decay: step.decay(sgd.weight_decay) })
        }
        Optimizer::RmsProp(rmsprop) => Box::new(OverRootMeanSquare {
            beta: rmsprop.beta,
            epsilon: rmsprop.epsilon,
            momentum: rmsprop.momentum,
            centered: rmsprop.centered,
            decay: step.decay(rmsprop.weight_decay),
        }),
    }
}

/// What an optimizer does to a tensor and its moments, which are in the order of their names.
trait Update {
    /// By candle's operations.
    fn portable(&self, step: &Step<'_>, weight: &Var, moments: &[Var], gradient: &Tensor) -> Result<()>;

    /// In place, in host memory; the gradient has no gaps.
    fn fused(&self, step: &Step<'_>, weight: &Var, moments: &[Var], gradient: &Tensor) -> Result<()> {
        self.portable(step, weight, moments, gradient)
    }
}

impl Step<'_> {
    /// A decay, or none where the tensor is exempt.
    fn decay(&self, amount: f64) -> f64 {
        if self.decays { amount } else { 0.0 }
    }

    /// Adam's learning rate over 1 − β₁ᵗ, and √(1 − β₂ᵗ).
    fn corrections(&self, betas: [f64; 2]) -> (f64, f64) {
        let rest = |beta: f64| 1.0 - beta.powf(self.number as f64);
        (self.learning_rate / rest(betas[0]), rest(betas[1]).sqrt())
    }
}

/// The gradient with a decay as a part of it.
fn decayed(gradient: &Tensor, value: &Tensor, decay: f64) -> Result<Tensor> {
    if decay == 0.0 { Ok(gradient.clone()) } else { gradient + (value * decay)? }
}

fn wrong_moments() -> Error {
    Error::Msg("the optimizer has the wrong number of moments".into())
}

/// Adam (Kingma & Ba 2015, algorithm 1) and AdamW (Loshchilov & Hutter 2019, algorithm 2), with the decay that passes
/// through the moments and the one that bypasses them.
struct Adaptive {
    betas: [f64; 2],
    epsilon: f64,
    coupled_decay: f64,
    decoupled_decay: f64,
}

impl Update for Adaptive {
    fn portable(&self, step: &Step<'_>, weight: &Var, moments: &[Var], gradient: &Tensor) -> Result<()> {
        let Self { betas, epsilon, coupled_decay, decoupled_decay } = *self;
        let [first, second] = moments else { return Err(wrong_moments()) };
        let value = weight.as_detached_tensor();
        let gradient = decayed(gradient, &value, coupled_decay)?;
        let new_first = ((first.as_detached_tensor() * betas[0])? + (&gradient * (1.0 - betas[0]))?)?;
        let new_second = ((second.as_detached_tensor() * betas[1])? + (gradient.sqr()? * (1.0 - betas[1]))?)?;
        let (rate_corrected, root_correction) = step.corrections(betas);
        let root = new_second.sqrt()?.affine(1.0 / root_correction, epsilon)?;
        let shrunk = value.affine(1.0 - step.learning_rate * decoupled_decay, 0.0)?;
        weight.set(&(shrunk - (new_first.affine(rate_corrected, 0.0)? / root)?)?)?;
        first.set(&new_first)?;
        second.set(&new_second)
    }

    fn fused(&self, step: &Step<'_>, weight: &Var, moments: &[Var], gradient: &Tensor) -> Result<()> {
        let Self { betas, epsilon, coupled_decay, decoupled_decay } = *self;
        let [first, second] = moments else { return Err(wrong_moments()) };
        first.inplace_op3(gradient, weight, &Blend { beta: betas[0], decay: coupled_decay, square: false })?;
        second.inplace_op3(gradient, weight, &Blend { beta: betas[1], decay: coupled_decay, square: true })?;
        let (rate, root_correction) = step.corrections(betas);
        if decoupled_decay != 0.0 {
            weight.inplace_op1(&Shrink(1.0 - step.learning_rate * decoupled_decay))?;
        }
        weight.inplace_op3(first, second, &Adapt { rate, root_correction, epsilon })
    }
}

/// Stochastic gradient descent with momentum, as PyTorch has it.
struct Descent {
    momentum: f64,
    nesterov: bool,
    decay: f64,
}

impl Update for Descent {
    fn portable(&self, step: &Step<'_>, weight: &Var, moments: &[Var], gradient: &Tensor) -> Result<()> {
        let Self { momentum, nesterov, decay } = *self;
        let value = weight.as_detached_tensor();
        let gradient = decayed(gradient, &value, decay)?;
        match moments {
            [velocity] => {
                let new = ((velocity.as_detached_tensor() * momentum)? + &gradient)?;
                let direction = if nesterov { (gradient + (&new * momentum)?)? } else { new.clone() };
                weight.set(&(value - (direction * step.learning_rate)?)?)?;
                velocity.set(&new)
            }
            [] => weight.set(&(&value - (gradient * step.learning_rate)?)?),
            _ => Err(wrong_moments()),
        }
    }

    fn fused(&self, step: &Step<'_>, weight: &Var, moments: &[Var], gradient: &Tensor) -> Result<()> {
        let Self { momentum, nesterov, decay } = *self;
        let rate = step.learning_rate;
        match moments {
            [velocity] => {
                velocity.inplace_op3(gradient, weight, &Accelerate { momentum, decay })?;
                if decay != 0.0 && nesterov {
                    // The gradient that looks ahead holds the decay of the weights as they are now.
                    let ahead = (gradient + (weight.as_detached_tensor() * decay)?)?;
                    return weight.inplace_op3(&ahead, velocity, &Ahead { rate, momentum });
                }
                if nesterov {
                    return weight.inplace_op3(gradient, velocity, &Ahead { rate, momentum });
                }
                weight.inplace_op2(velocity.as_tensor(), &Descend { rate, decay: 0.0 })
            }
            [] => weight.inplace_op2(gradient, &Descend { rate, decay }),
            _ => Err(wrong_moments()),
        }
    }
}

/// RMSprop with momentum and centered, as PyTorch has it.
struct OverRootMeanSquare {
    beta: f64,
    epsilon: f64,
    momentum: f64,
    centered: bool,
    decay: f64,
}

impl Update for OverRootMeanSquare {
    fn portable(&self, step: &Step<'_>, weight: &Var, moments: &[Var], gradient: &Tensor) -> Result<()> {
        let (second, mean, velocity) = match (moments, self.centered, self.momentum != 0.0) {
            ([second], false, false) => (second, None, None),
            ([second, velocity], false, true) => (second, None, Some(velocity)),
            ([second, mean], true, false) => (second, Some(mean), None),
            ([second, mean, velocity], true, true) => (second, Some(mean), Some(velocity)),
            _ => return Err(wrong_moments()),
        };
        let blend = |moment: &Var, new: &Tensor| {
            let blended = ((moment.as_detached_tensor() * self.beta)? + (new * (1.0 - self.beta))?)?;
            moment.set(&blended)?;
            Ok::<_, Error>(blended)
        };
        let value = weight.as_detached_tensor();
        let gradient = decayed(gradient, &value, self.decay)?;
        let mut spread = blend(second, &gradient.sqr()?)?;
        if let Some(mean) = mean {
            // A variance, which rounding may take below 0.
            spread = (spread - blend(mean, &gradient)?.sqr()?)?.relu()?;
        }
        let mut direction = (gradient / (spread.sqrt()? + self.epsilon)?)?;
        if let Some(velocity) = velocity {
            direction = ((velocity.as_detached_tensor() * self.momentum)? + direction)?;
            velocity.set(&direction)?;
        }
        weight.set(&(value - (direction * step.learning_rate)?)?)
    }
}
