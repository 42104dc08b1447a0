//! Our own backend on the processor. This is its interface only: every call is refused.

use super::{Backend, BackendError, Batch, DrawContext, OptimizerState, Parameters, StepContext, StepOutcome};
use elbo_compiler::ir;

/// A network that our own kernels compute.
pub struct NativeBackend;

/// Bytes that a run takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedMemory {
    /// Parameters and running statistics.
    pub parameters: u64,
    /// What the optimizer remembers.
    pub optimizer: u64,
    /// Everything else, at the peak of a step or a draw.
    pub passes: u64,
}

fn absent<T>() -> Result<T, BackendError> {
    Err(BackendError::Internal {
        backend: "native",
        layer: "the plan".to_owned(),
        message: "this binary was built without it; `--backend candle` computes".to_owned(),
    })
}

impl NativeBackend {
    /// The network of a run with its starting values, none of which comes from a file.
    ///
    /// # Errors
    /// [`BackendError`] always.
    pub fn new(run: &ir::Run) -> Result<Self, BackendError> {
        Self::starting_from(run, &Parameters::new())
    }

    /// The same, where `given` holds the parameters of the layers that start from files.
    ///
    /// # Errors
    /// [`BackendError`] always.
    pub fn starting_from(_: &ir::Run, _: &Parameters) -> Result<Self, BackendError> {
        absent()
    }

    /// The kernels that compute: `avx512`, `avx2`, `neon` or `portable`.
    ///
    /// # Errors
    /// [`BackendError`] always.
    pub fn kernel_table() -> Result<&'static str, BackendError> {
        absent()
    }
}

/// The plan of a run in words.
///
/// # Errors
/// [`BackendError`] always.
pub fn plan_text(_: &ir::Run) -> Result<String, BackendError> {
    absent()
}

/// What a run takes with steps of `batch` examples and draws of `scored`.
///
/// # Errors
/// [`BackendError`] always.
pub fn planned_memory(_: &ir::Run, _batch: usize, _scored: usize) -> Result<PlannedMemory, BackendError> {
    absent()
}

impl Backend for NativeBackend {
    fn name(&self) -> &'static str {
        "native"
    }

    fn train_step(&mut self, _: &Batch, _: &StepContext) -> Result<StepOutcome, BackendError> {
        absent()
    }

    fn predict(&self, _: &Batch, _: &DrawContext) -> Result<Vec<f32>, BackendError> {
        absent()
    }

    fn kl(&self) -> Result<f64, BackendError> {
        absent()
    }

    fn parameters(&self) -> Result<Parameters, BackendError> {
        absent()
    }

    fn set_parameters(&mut self, _: &Parameters) -> Result<(), BackendError> {
        absent()
    }

    fn optimizer_state(&self) -> Result<OptimizerState, BackendError> {
        absent()
    }

    fn set_optimizer_state(&mut self, _: &OptimizerState) -> Result<(), BackendError> {
        absent()
    }

    fn is_stochastic(&self) -> bool {
        false
    }
}
