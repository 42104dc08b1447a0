//! The backend for the CPU: a static plan over kernels of our own.
//!
//! The IR becomes a network of stages that each do the work of one or several layers: `stage` says what a stage offers,
//! and `stages` holds the kinds, a file each. A plan (`planning`) gives every buffer of a pass its place before the
//! first step; a pass runs the stages and their ways back. Kernels run in rayon's current pool, and no result depends
//! on the number of its threads.

mod arena;
mod backend;
mod divergence;
mod error;
mod geometry;
mod gradients;
mod lower;
mod lowering;
mod network;
mod noise;
mod non_finite;
mod optimizer;
mod outline;
mod packing;
mod pairwise;
mod parameters;
mod pass;
mod pieces;
mod plan;
mod planning;
mod predict;
mod stage;
mod stages;
mod step;
mod tensor;
#[cfg(test)]
mod tests;
mod text;
mod tiling;
mod update;

pub use backend::NativeBackend;
pub use elbo_kernels::{NAMES as KERNEL_TABLES, VARIABLE as KERNELS_VARIABLE};
pub use outline::{PlannedMemory, PlannedWork, plan_text, planned_memory, planned_work};

use super::{
    Backend, BackendError, Batch, DrawContext, DrawsContext, Gradient, OptimizerState, Parameters, StepContext,
    StepOutcome,
};
use error::NAME;

/// Does `work` on one of the pool's threads. A pass is hundreds of short parallel loops; begun from outside the pool each
/// would wait for a thread to be woken.
fn inside_the_pool<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    rayon::scope(|_| work())
}

impl Backend for NativeBackend {
    fn name(&self) -> &'static str {
        NAME
    }

    fn train_step(&mut self, batch: &Batch, context: &StepContext) -> Result<StepOutcome, BackendError> {
        inside_the_pool(|| step::step(self, batch, context))
    }

    fn gradient(&mut self, batch: &Batch, context: &StepContext) -> Result<Gradient, BackendError> {
        inside_the_pool(|| step::gradient(self, batch, context))
    }

    fn update(&mut self, gradient: &Gradient, learning_rate: f64) -> Result<(), BackendError> {
        inside_the_pool(|| step::update(self, gradient, learning_rate))
    }

    fn predict(&self, batch: &Batch, draw: &DrawContext) -> Result<Vec<f32>, BackendError> {
        let DrawContext { sample, first_example, pass } = *draw;
        self.predict_draws(batch, &DrawsContext { first_sample: sample, samples: 1, first_example, pass })
    }

    fn predict_draws(&self, batch: &Batch, draws: &DrawsContext) -> Result<Vec<f32>, BackendError> {
        inside_the_pool(|| predict::predict(self, batch, draws))
    }

    fn kl(&self) -> Result<f64, BackendError> {
        Ok(divergence::expected(&self.network))
    }

    fn parameters(&self) -> Result<Parameters, BackendError> {
        Ok(parameters::publish(&self.network))
    }

    fn set_parameters(&mut self, parameters: &Parameters) -> Result<(), BackendError> {
        parameters::set(&mut self.network, parameters)?;
        self.divergence = optimizer::refresh(self.kernels, &mut self.network);
        Ok(())
    }

    fn optimizer_state(&self) -> Result<OptimizerState, BackendError> {
        Ok(self.optimizer.state(&self.network))
    }

    fn set_optimizer_state(&mut self, state: &OptimizerState) -> Result<(), BackendError> {
        self.optimizer.set_state(&self.network, state)
    }

    fn is_stochastic(&self) -> bool {
        self.stages.is_stochastic()
    }
}
