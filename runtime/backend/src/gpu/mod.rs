//! The backend for graphics processors: a static plan over kernels of our own, recorded once and run step by step.
//!
//! The IR becomes a network of stages: `stage` says what a stage offers, and `stages` holds the kinds, a file each. A
//! plan (`planning`) gives every buffer of a pass a place on the device. What runs in a step is recorded when the first
//! step is taken (`training`); a step is then one submission that decides itself whether it may move the numbers, and
//! reads back a verdict, the costs of the examples and how close predictions come. Parameters, gradients, what the
//! optimizer remembers and the training split stay on the device; noise is drawn there, at the addresses of the native
//! backend.

mod backend;
mod batch;
mod density;
mod divergence;
mod error;
mod functions;
mod layout;
mod lower;
mod lowering;
mod memory;
mod network;
mod non_finite;
mod objective;
mod opening;
mod optimizer;
mod outline;
mod packing;
mod parameters;
mod pass;
mod plan;
mod planning;
mod predict;
mod prediction;
mod records;
mod resident;
mod stage;
mod stages;
mod step;
mod store;
mod tensor;
#[cfg(test)]
mod tests;
mod training;

pub use backend::GpuBackend;
pub(crate) use opening::{check, kernel_table, no_device, open_device};
pub(crate) use outline::planned_memory;

use super::{
    Backend, BackendError, Batch, Chosen, DrawContext, DrawsContext, Gradient, OptimizerState, Parameters, StepContext,
    StepOutcome, TrainingExamples,
};
use elbo_gpu::{GpuError, Slice};
use error::{NAME, misuse};
use parameters::Slot;
use resident::Resident;

impl GpuBackend {
    /// All parameters and running statistics.
    fn kept(&self) -> Result<Vec<Slot<'_>>, GpuError> {
        self.slots(|_| true, |tensor, part| self.store.part(tensor, part))
    }

    /// What the optimizer remembers, by name.
    fn remembered(&self) -> Result<Vec<Slot<'_>>, GpuError> {
        let mut all = Vec::new();
        for (at, name) in self.algorithm.moments().iter().enumerate() {
            let moment = |tensor, part| -> Result<Slice, GpuError> { self.store.moment(tensor, part, at) };
            let slots = self.slots(tensor::Tensor::is_trained, moment)?;
            all.extend(slots.into_iter().map(|slot| Slot {
                name: format!("{}.{name}", slot.name),
                absent: 0.0,
                ..slot
            }));
        }
        Ok(all)
    }

    fn replace(&self, slots: &[Slot<'_>], values: &Parameters) -> Result<(), BackendError> {
        parameters::check(slots, values)?;
        parameters::write(&self.device, slots, values).map_err(|error| self.failed("the parameters", error))
    }
}

impl Backend for GpuBackend {
    fn name(&self) -> &'static str {
        NAME
    }

    fn train_step(&mut self, batch: &Batch, context: &StepContext) -> Result<StepOutcome, BackendError> {
        step::step(self, batch, context)
    }

    fn take_examples(&mut self, examples: &dyn TrainingExamples) -> Result<(), BackendError> {
        self.resident = None;
        let Some(split) = examples.resident() else { return Ok(()) };
        if split.shape != self.network.input {
            return Err(misuse(format!("the network takes {}, the split holds {}", self.network.input, split.shape)));
        }
        self.observation.expect(&split.targets).map_err(misuse)?;
        self.resident = match Resident::upload(&self.device, &self.family, &split) {
            Ok(resident) => Some(resident),
            // Batches of a split that is larger than the device are made on the host.
            Err(GpuError::OutOfMemory { .. }) => None,
            Err(error) => return Err(self.failed("the training split", error)),
        };
        Ok(())
    }

    fn train_step_at(
        &mut self,
        examples: &dyn TrainingExamples,
        chosen: &Chosen<'_>,
        context: &StepContext,
    ) -> Result<StepOutcome, BackendError> {
        step::step_at(self, examples, chosen, context)
    }

    fn gradient(&mut self, batch: &Batch, context: &StepContext) -> Result<Gradient, BackendError> {
        step::gradient(self, batch, context)
    }

    fn update(&mut self, gradient: &Gradient, learning_rate: f64) -> Result<(), BackendError> {
        step::update(self, gradient, learning_rate)
    }

    fn predict(&self, batch: &Batch, draw: &DrawContext) -> Result<Vec<f32>, BackendError> {
        let DrawContext { sample, first_example, pass } = *draw;
        self.predict_draws(batch, &DrawsContext { first_sample: sample, samples: 1, first_example, pass })
    }

    fn predict_draws(&self, batch: &Batch, draws: &DrawsContext) -> Result<Vec<f32>, BackendError> {
        predict::predict(self, batch, draws)
    }

    fn kl(&self) -> Result<f64, BackendError> {
        divergence::expected(self).map_err(|error| self.failed("the parameters", error))
    }

    fn parameters(&self) -> Result<Parameters, BackendError> {
        let read = || parameters::read(&self.device, &self.kept()?);
        read().map_err(|error| self.failed("the parameters", error))
    }

    fn set_parameters(&mut self, parameters: &Parameters) -> Result<(), BackendError> {
        let slots = self.kept().map_err(|error| self.failed("the parameters", error))?;
        self.replace(&slots, parameters)?;
        self.refresh().map_err(|error| self.failed("the parameters", error))
    }

    fn optimizer_state(&self) -> Result<OptimizerState, BackendError> {
        let read = || parameters::read(&self.device, &self.remembered()?);
        let tensors = read().map_err(|error| self.failed("the optimizer", error))?;
        Ok(OptimizerState { steps: self.steps, tensors })
    }

    fn set_optimizer_state(&mut self, state: &OptimizerState) -> Result<(), BackendError> {
        let slots = self.remembered().map_err(|error| self.failed("the optimizer", error))?;
        self.replace(&slots, &state.tensors)?;
        self.steps = state.steps;
        Ok(())
    }

    fn is_stochastic(&self) -> bool {
        self.stages.is_stochastic()
    }
}
