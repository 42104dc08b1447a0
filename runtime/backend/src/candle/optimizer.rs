//! An optimizer over a network, with what it remembers.
//!
//! Weight decay leaves variational parameters alone: their KL term is what holds them, and shrinking
//! ρ towards 0 would widen the posterior. It leaves the learned log-variance of the noise alone, too, as `l2` does.

use super::super::{BackendError, OptimizerState, Parameters};
use super::error::internal;
use super::kernels::Kernels;
use super::parameters::{Parameter, Role};
use super::update::{Step, fused, portable};
use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Var};
use elbo_compiler::ir::Optimizer as Method;

/// A parameter with its moments.
struct Trained {
    parameter: Parameter,
    moments: Vec<Var>,
}

/// An optimizer over the parameters of a network.
pub(super) struct Optimizer {
    method: Method,
    kernels: Kernels,
    trained: Vec<Trained>,
    steps: u64,
}

impl Optimizer {
    /// With moments 0.
    pub(super) fn new(method: &Method, parameters: &[Parameter], kernels: Kernels) -> Result<Self, BackendError> {
        let count = method.moments().len();
        let trained = parameters.iter().filter(|parameter| parameter.role != Role::Statistic).map(|parameter| {
            let zeros = (0..count).map(|_| {
                let like = &parameter.variable;
                Var::zeros(like.shape(), like.dtype(), like.device()).map_err(internal("the optimizer"))
            });
            Ok(Trained { parameter: parameter.clone(), moments: zeros.collect::<Result<_, _>>()? })
        });
        let trained = trained.collect::<Result<_, BackendError>>()?;
        Ok(Self { method: method.clone(), kernels, trained, steps: 0 })
    }

    /// One step along the gradients; a parameter without one stays as it is.
    pub(super) fn step(&mut self, gradients: &GradStore, learning_rate: f64) -> Result<(), BackendError> {
        self.steps += 1;
        for Trained { parameter, moments } in &self.trained {
            let Some(gradient) = gradients.get(&parameter.variable) else { continue };
            let decays = parameter.role.decays();
            let step = Step { optimizer: &self.method, learning_rate, number: self.steps, decays };
            let update = match self.kernels {
                Kernels::Fused => fused(&step, &parameter.variable, moments, gradient),
                Kernels::Portable => portable(&step, &parameter.variable, moments, gradient),
            };
            update.map_err(internal(parameter.layer()))?;
        }
        Ok(())
    }

    /// What it remembers.
    pub(super) fn state(&self) -> Result<OptimizerState, BackendError> {
        let mut tensors = Parameters::new();
        for Trained { parameter, moments } in &self.trained {
            for (name, moment) in self.method.moments().iter().zip(moments) {
                let tensor = parameter.arrangement.publish(&moment.as_detached_tensor());
                tensors.insert(format!("{}.{name}", parameter.name), tensor.map_err(internal(parameter.layer()))?);
            }
        }
        Ok(OptimizerState { steps: self.steps, tensors })
    }

    /// Replaces what it remembers.
    pub(super) fn set_state(
        &mut self,
        state: &OptimizerState,
        dtype: DType,
        device: &Device,
    ) -> Result<(), BackendError> {
        let mut slots = Vec::new();
        for Trained { parameter, moments } in &self.trained {
            for (name, moment) in self.method.moments().iter().zip(moments) {
                let name = format!("{}.{name}", parameter.name);
                let arrangement = parameter.arrangement.clone();
                slots.push(Parameter { name, variable: moment.clone(), arrangement, role: Role::Statistic });
            }
        }
        super::parameters::replace(&slots, &state.tensors, dtype, device)?;
        self.steps = state.steps;
        Ok(())
    }
}
