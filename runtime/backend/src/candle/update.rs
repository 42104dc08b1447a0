//! One optimizer step of one tensor: in place on the CPU, by candle's operations elsewhere.

use super::elementwise::{slice, unsupported};
use super::real::Real;
use candle_core::{CpuStorage, Error, InplaceOp1, InplaceOp2, InplaceOp3, Layout, Result, Tensor, Var};
use elbo_compiler::ir::Optimizer as Method;
use rayon::prelude::*;

/// Elements a task handles at a time.
const PIECE: usize = 8 * 1024;

/// A method with the decay that applies to one parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Rule {
    /// Adam (Kingma & Ba 2015, algorithm 1) and AdamW (Loshchilov & Hutter 2019, algorithm 2).
    Adam { betas: [f64; 2], epsilon: f64, coupled_decay: f64, decoupled_decay: f64 },
    /// Stochastic gradient descent with momentum, as PyTorch has it.
    Sgd { momentum: f64, nesterov: bool, decay: f64 },
}

impl Rule {
    /// The method, without decay if the parameter is exempt.
    pub(super) fn new(method: &Method, decays: bool) -> Self {
        let decay = |amount: f64| if decays { amount } else { 0.0 };
        match *method {
            Method::Adam { betas, epsilon, weight_decay, .. } => {
                Self::Adam { betas, epsilon, coupled_decay: decay(weight_decay), decoupled_decay: 0.0 }
            }
            Method::AdamW { betas, epsilon, weight_decay, .. } => {
                Self::Adam { betas, epsilon, coupled_decay: 0.0, decoupled_decay: decay(weight_decay) }
            }
            Method::Sgd { momentum, nesterov, weight_decay, .. } => {
                Self::Sgd { momentum, nesterov, decay: decay(weight_decay) }
            }
        }
    }
}

/// A step of a rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Step {
    /// The rule.
    pub(super) rule: Rule,
    /// The learning rate in force.
    pub(super) learning_rate: f64,
    /// The step's number, from 1.
    pub(super) number: u64,
}

impl Step {
    /// Adam's learning rate over 1 − β₁ᵗ, and √(1 − β₂ᵗ).
    fn corrections(&self, betas: [f64; 2]) -> (f64, f64) {
        let rest = |beta: f64| 1.0 - beta.powf(self.number as f64);
        (self.learning_rate / rest(betas[0]), rest(betas[1]).sqrt())
    }
}

/// The step by candle's operations.
pub(super) fn portable(step: &Step, weight: &Var, moments: &[Var], gradient: &Tensor) -> Result<()> {
    let rate = step.learning_rate;
    let value = weight.as_detached_tensor();
    let decayed = |decay: f64| if decay == 0.0 { Ok(gradient.clone()) } else { gradient + (&value * decay)? };
    match (step.rule, moments) {
        (Rule::Adam { betas, epsilon, coupled_decay, decoupled_decay }, [first, second]) => {
            let gradient = decayed(coupled_decay)?;
            let new_first = ((first.as_detached_tensor() * betas[0])? + (&gradient * (1.0 - betas[0]))?)?;
            let new_second = ((second.as_detached_tensor() * betas[1])? + (gradient.sqr()? * (1.0 - betas[1]))?)?;
            let (rate_corrected, root_correction) = step.corrections(betas);
            let root = new_second.sqrt()?.affine(1.0 / root_correction, epsilon)?;
            let shrunk = value.affine(1.0 - rate * decoupled_decay, 0.0)?;
            weight.set(&(shrunk - (new_first.affine(rate_corrected, 0.0)? / root)?)?)?;
            first.set(&new_first)?;
            second.set(&new_second)
        }
        (Rule::Sgd { momentum, nesterov, decay }, [velocity]) => {
            let gradient = decayed(decay)?;
            let new = ((velocity.as_detached_tensor() * momentum)? + &gradient)?;
            let direction = if nesterov { (gradient + (&new * momentum)?)? } else { new.clone() };
            weight.set(&(value - (direction * rate)?)?)?;
            velocity.set(&new)
        }
        (Rule::Sgd { decay, .. }, []) => weight.set(&(&value - (decayed(decay)? * rate)?)?),
        _ => Err(wrong_moments()),
    }
}

fn wrong_moments() -> Error {
    Error::Msg("the optimizer has the wrong number of moments".into())
}

/// The step in place, in host memory.
pub(super) fn fused(step: &Step, weight: &Var, moments: &[Var], gradient: &Tensor) -> Result<()> {
    let gradient = gradient.contiguous()?;
    match (step.rule, moments) {
        (Rule::Adam { betas, epsilon, coupled_decay, decoupled_decay }, [first, second]) => {
            first.inplace_op3(&gradient, weight, &Blend { beta: betas[0], decay: coupled_decay, square: false })?;
            second.inplace_op3(&gradient, weight, &Blend { beta: betas[1], decay: coupled_decay, square: true })?;
            let (rate, root_correction) = step.corrections(betas);
            if decoupled_decay != 0.0 {
                weight.inplace_op1(&Shrink(1.0 - step.learning_rate * decoupled_decay))?;
            }
            weight.inplace_op3(first, second, &Adapt { rate, root_correction, epsilon })
        }
        (Rule::Sgd { momentum, nesterov, decay }, [velocity]) => {
            velocity.inplace_op3(&gradient, weight, &Accelerate { momentum, decay })?;
            if decay != 0.0 && nesterov {
                // The gradient that looks ahead holds the decay of the weights as they are now.
                let ahead = (&gradient + (weight.as_detached_tensor() * decay)?)?;
                return weight.inplace_op3(&ahead, velocity, &Ahead { rate: step.learning_rate, momentum });
            }
            if nesterov {
                return weight.inplace_op3(&gradient, velocity, &Ahead { rate: step.learning_rate, momentum });
            }
            weight.inplace_op2(velocity.as_tensor(), &Descend { rate: step.learning_rate, decay: 0.0 })
        }
        (Rule::Sgd { decay, .. }, []) => weight.inplace_op2(&gradient, &Descend { rate: step.learning_rate, decay }),
        _ => Err(wrong_moments()),
    }
}

/// The part of a storage that a contiguous layout covers, to be changed.
fn slice_mut<'a, R: Mutable>(storage: &'a mut CpuStorage, layout: &Layout) -> Result<&'a mut [R]> {
    let (start, end) = layout.contiguous_offsets().ok_or_else(|| Error::Msg("the layout has gaps".into()))?;
    Ok(&mut R::of(storage)?[start..end])
}

/// A type whose storage can be changed.
trait Mutable: Real {
    fn of(storage: &mut CpuStorage) -> Result<&mut Vec<Self>>;
}

impl Mutable for f32 {
    fn of(storage: &mut CpuStorage) -> Result<&mut Vec<Self>> {
        match storage {
            CpuStorage::F32(values) => Ok(values),
            other => Err(unsupported("update", other)),
        }
    }
}

impl Mutable for f64 {
    fn of(storage: &mut CpuStorage) -> Result<&mut Vec<Self>> {
        match storage {
            CpuStorage::F64(values) => Ok(values),
            other => Err(unsupported("update", other)),
        }
    }
}

/// A new value from the old one and two others at the same place.
trait Change: Send + Sync {
    fn apply<R: Real>(&self, old: R, a: R, b: R) -> R;
}

fn change<R: Mutable>(rule: &impl Change, target: &mut [R], a: &[R], b: &[R]) {
    let others = a.par_chunks(PIECE).zip(b.par_chunks(PIECE));
    target.par_chunks_mut(PIECE).zip(others).for_each(|(target, (a, b))| {
        for ((value, &a), &b) in target.iter_mut().zip(a).zip(b) {
            *value = rule.apply(*value, a, b);
        }
    });
}

macro_rules! change_by_two {
    ($rule:ty) => {
        impl InplaceOp3 for $rule {
            fn name(&self) -> &'static str {
                stringify!($rule)
            }
            fn cpu_fwd(
                &self,
                t: &mut CpuStorage,
                tl: &Layout,
                a: &CpuStorage,
                al: &Layout,
                b: &CpuStorage,
                bl: &Layout,
            ) -> Result<()> {
                match a {
                    CpuStorage::F64(_) => change::<f64>(self, slice_mut(t, tl)?, slice(a, al)?, slice(b, bl)?),
                    _ => change::<f32>(self, slice_mut(t, tl)?, slice(a, al)?, slice(b, bl)?),
                }
                Ok(())
            }
        }
    };
}

/// m ← βm + (1 − β)g, or the same with g², where g includes the coupled decay.
struct Blend {
    beta: f64,
    decay: f64,
    square: bool,
}

impl Change for Blend {
    fn apply<R: Real>(&self, moment: R, gradient: R, weight: R) -> R {
        let gradient = gradient + R::from_f64(self.decay) * weight;
        let new = if self.square { gradient * gradient } else { gradient };
        R::from_f64(self.beta) * moment + R::from_f64(1.0 - self.beta) * new
    }
}
change_by_two!(Blend);

/// w ← w − rate·m/(√v/correction + ε)
struct Adapt {
    rate: f64,
    root_correction: f64,
    epsilon: f64,
}

impl Change for Adapt {
    fn apply<R: Real>(&self, weight: R, first: R, second: R) -> R {
        let root = second.sqrt() / R::from_f64(self.root_correction) + R::from_f64(self.epsilon);
        weight - R::from_f64(self.rate) * first / root
    }
}
change_by_two!(Adapt);

/// v ← momentum·v + g, where g includes the decay.
struct Accelerate {
    momentum: f64,
    decay: f64,
}

impl Change for Accelerate {
    fn apply<R: Real>(&self, velocity: R, gradient: R, weight: R) -> R {
        R::from_f64(self.momentum) * velocity + gradient + R::from_f64(self.decay) * weight
    }
}
change_by_two!(Accelerate);

/// w ← w − rate·(g + momentum·v)
struct Ahead {
    rate: f64,
    momentum: f64,
}

impl Change for Ahead {
    fn apply<R: Real>(&self, weight: R, gradient: R, velocity: R) -> R {
        weight - R::from_f64(self.rate) * (gradient + R::from_f64(self.momentum) * velocity)
    }
}
change_by_two!(Ahead);

/// w ← w − rate·(d + decay·w)
struct Descend {
    rate: f64,
    decay: f64,
}

impl Change for Descend {
    fn apply<R: Real>(&self, weight: R, direction: R, _: R) -> R {
        weight - R::from_f64(self.rate) * (direction + R::from_f64(self.decay) * weight)
    }
}

impl InplaceOp2 for Descend {
    fn name(&self) -> &'static str {
        "Descend"
    }
    fn cpu_fwd(&self, t: &mut CpuStorage, tl: &Layout, a: &CpuStorage, al: &Layout) -> Result<()> {
        match a {
            CpuStorage::F64(_) => change::<f64>(self, slice_mut(t, tl)?, slice(a, al)?, slice(a, al)?),
            _ => change::<f32>(self, slice_mut(t, tl)?, slice(a, al)?, slice(a, al)?),
        }
        Ok(())
    }
}

/// w ← factor·w
struct Shrink(f64);

impl InplaceOp1 for Shrink {
    fn name(&self) -> &'static str {
        "Shrink"
    }
    fn cpu_fwd(&self, t: &mut CpuStorage, tl: &Layout) -> Result<()> {
        match t {
            CpuStorage::F64(_) => slice_mut::<f64>(t, tl)?.par_iter_mut().for_each(|value| *value *= self.0),
            _ => slice_mut::<f32>(t, tl)?.par_iter_mut().for_each(|value| *value *= self.0 as f32),
        }
        Ok(())
    }
}
