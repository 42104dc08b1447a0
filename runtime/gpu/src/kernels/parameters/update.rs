//! What each optimizer does to numbers.

use super::segments::Segments;
use super::verdict::VERDICT;
use super::windows::{window, windows};
use crate::buffer::Slice;
use crate::cost::Cost;
use crate::error::{GpuError, misuse};
use crate::kernels::activation::FUNCTIONS;
use crate::kernels::rows::{expect, word};
use crate::pipeline::Program;
use crate::recording::{Dispatch, Recording};
use crate::varying::Varying;

/// What errors and tools call it.
const NAME: &str = "update";

/// How numbers follow their gradient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Optimizer {
    /// Adam (Kingma & Ba 2015, algorithm 1); with a decay of its own AdamW (Loshchilov & Hutter 2019). Remembers the
    /// first and the second moment.
    Adam {
        /// Decay of the first and second moment.
        betas: [f64; 2],
        /// Added to the root of the second moment.
        epsilon: f64,
        /// The weight decay.
        weight_decay: f64,
        /// Whether the decay bypasses the moments, AdamW's.
        decoupled: bool,
    },
    /// v ← momentum·v + g, w ← w − rate·v. Remembers v where there is momentum.
    Sgd {
        /// Momentum, 0 for none.
        momentum: f64,
        /// Whether to look ahead (g + momentum·v).
        nesterov: bool,
        /// L2 in the gradient.
        weight_decay: f64,
    },
    /// s ← β·s + (1 − β)·g², w ← w − rate·g/(√s + ε) (Tieleman & Hinton 2012, lecture 6.5). Remembers s, then the
    /// mean of gradients where it is centred, then the velocity where there is momentum.
    RmsProp {
        /// Decay of the moments.
        beta: f64,
        /// Added to the root of the second moment.
        epsilon: f64,
        /// Momentum on the steps, 0 for none.
        momentum: f64,
        /// Whether the gradients' variance takes the place of their mean square.
        centered: bool,
        /// L2 in the gradient.
        weight_decay: f64,
    },
}

/// Fixed numbers of the kernel.
#[derive(Default)]
struct Constants {
    pull: f64,
    decays: [f64; 2],
    epsilon: f64,
    momentum: f64,
}

impl Optimizer {
    /// How many numbers it remembers of each.
    pub fn moments(&self) -> usize {
        match *self {
            Self::Adam { .. } => 2,
            Self::Sgd { momentum, .. } => usize::from(momentum != 0.0),
            Self::RmsProp { momentum, centered, .. } => 1 + usize::from(centered) + usize::from(momentum != 0.0),
        }
    }

    /// Sets what the kernel reads at this step, counted from 1: the learning rate, the corrections of moments, and in
    /// `optimizer[0]` what weights are multiplied by before they move.
    pub fn set(&self, learning_rate: f64, step: u64, varying: &mut Varying) {
        varying.learning_rate = learning_rate as f32;
        varying.optimizer = [1.0, 0.0, 0.0, 0.0];
        match *self {
            Self::Adam { betas, weight_decay, decoupled, .. } => {
                let rest = |beta: f64| 1.0 - beta.powf(step as f64);
                varying.corrections = [(learning_rate / rest(betas[0])) as f32, (1.0 / rest(betas[1]).sqrt()) as f32];
                if decoupled {
                    varying.optimizer[0] = (1.0 - learning_rate * weight_decay) as f32;
                }
            }
            Self::Sgd { .. } | Self::RmsProp { .. } => varying.corrections = [0.0; 2],
        }
    }

    fn flags(&self) -> Vec<&'static str> {
        let (name, others) = match *self {
            Self::Adam { .. } => ("ADAM", [None; 2]),
            Self::Sgd { momentum, nesterov, .. } => {
                ("SGD", [(momentum != 0.0).then_some("MOMENTUM"), nesterov.then_some("NESTEROV")])
            }
            Self::RmsProp { momentum, centered, .. } => {
                ("RMSPROP", [(momentum != 0.0).then_some("MOMENTUM"), centered.then_some("CENTERED")])
            }
        };
        std::iter::once(name).chain(others.into_iter().flatten()).collect()
    }

    fn constants(&self) -> Constants {
        match *self {
            Self::Adam { betas, epsilon, weight_decay, decoupled } => {
                Constants { pull: if decoupled { 0.0 } else { weight_decay }, decays: betas, epsilon, momentum: 0.0 }
            }
            Self::Sgd { momentum, weight_decay, .. } => {
                Constants { pull: weight_decay, momentum, ..Constants::default() }
            }
            Self::RmsProp { beta, epsilon, momentum, weight_decay, .. } => {
                Constants { pull: weight_decay, decays: [0.0, beta], epsilon, momentum }
            }
        }
    }
}

/// A step of an optimizer along complete gradients, for tensors of one value each, or for the means, or the ρ, of
/// Gaussians. Weight decay reaches [`super::Kind::Weight`] and [`super::Kind::Free`] alone. Nothing changes where the
/// verdict is that something was not finite. [`Optimizer::set`] gives what it needs of the step.
///
/// Operands but the verdict have [`Segments::numbers`] numbers.
#[derive(Debug, Clone, Copy)]
pub struct Update<'u> {
    /// The optimizer.
    pub optimizer: &'u Optimizer,
    /// How the tensors lie.
    pub segments: &'u Segments,
    /// The step's verdict.
    pub verdict: &'u Slice,
    /// The complete gradient.
    pub gradient: &'u Slice,
    /// The numbers, changed in place.
    pub values: &'u Slice,
    /// What is remembered of them, in the order of [`Optimizer`], changed in place.
    pub moments: &'u [&'u Slice],
    /// σ² = softplus(ρ)², renewed, where the numbers are ρ.
    pub variances: Option<&'u Slice>,
}

impl Update<'_> {
    /// Adds the kernel.
    ///
    /// # Errors
    /// [`GpuError::Misuse`] if an operand does not fit; see [`Recording::dispatch`].
    pub fn record(&self, recording: &mut Recording) -> Result<(), GpuError> {
        let Self { optimizer, segments, verdict, moments, .. } = *self;
        expect(NAME, "the verdict", verdict, VERDICT)?;
        let written = || std::iter::once(self.values).chain(moments.iter().copied()).chain(self.variances);
        std::iter::once(self.gradient)
            .chain(written())
            .try_for_each(|slice| expect(NAME, "an operand", slice, segments.numbers()))?;
        if moments.len() != optimizer.moments() {
            let (given, wanted) = (moments.len(), optimizer.moments());
            return Err(misuse(format!("the optimizer remembers {wanted} numbers of each, not {given}")));
        }
        if self.variances.is_some() {
            segments.are_gaussian(true)?;
        }
        let mut flags = optimizer.flags();
        if self.variances.is_some() {
            flags.push("VARIANCES");
        }
        let (count, velocity) = (moments.len() as i64, moments.len().saturating_sub(1) as i64);
        let program = Program {
            name: NAME,
            sources: &[
                FUNCTIONS,
                include_str!("../../wgsl/absent.wgsl"),
                include_str!("../../wgsl/segments.wgsl"),
                include_str!("../../wgsl/update.wgsl"),
            ],
            flags,
            values: vec![("MOMENTS", count), ("VELOCITY", velocity)],
        };
        let Constants { pull, decays, epsilon, momentum } = optimizer.constants();
        let rests = decays.map(|decay| 1.0 - decay);
        let numbers = [pull, decays[0], decays[1], rests[0], rests[1], epsilon, momentum];
        for range in windows(recording, program.name, segments.blocks())? {
            let count = range.end - range.start;
            let mut fixed =
                vec![word("blocks", range.start)?, word("blocks", count)?, word("blocks", segments.blocks())?];
            fixed.extend(numbers.map(|number| (number as f32).to_bits()));
            let written = written().map(|slice| window(slice, &range)).collect::<Result<Vec<_>, _>>()?;
            recording.dispatch(&Dispatch {
                program: &program,
                fixed: &fixed,
                reads: &[&segments.table(), verdict, &window(self.gradient, &range)?],
                writes: &written.iter().collect::<Vec<_>>(),
                workgroups: count,
            })?;
        }
        Ok(())
    }

    /// What it does.
    pub fn cost(&self) -> Cost {
        let numbers = self.segments.numbers() as f64;
        let operands = 3 + 2 * self.moments.len() + usize::from(self.variances.is_some());
        let softplus = if self.variances.is_some() { 40.0 } else { 0.0 };
        Cost { flops: (12.0 + softplus) * numbers, bytes: 4.0 * operands as f64 * numbers }
    }
}
