//! Tests of the whole backend, and what they build on.

mod estimators;
mod gradients;
mod kernels;
mod kl;
mod likelihood;
mod non_finite;
mod optimizers;
mod parameters;
mod parity;
mod speed;
mod starting_values;
mod threads;

use crate::{BackendError, Batch, DrawContext, Parameters, StepContext, StepOutcome};
use candle_core::{DType, Device};
use elbo_compiler::ir::Run;

/// What the reference says in double precision.
pub(crate) struct Reference {
    /// What a step measures.
    pub(crate) outcome: StepOutcome,
    /// The gradient of the objective along every parameter, in PyTorch's order.
    pub(crate) gradients: Parameters,
    /// One draw of a prediction.
    pub(crate) scores: Vec<f32>,
}

/// The objective, its gradients and a prediction of a run in double precision, with these parameters.
pub(crate) fn reference(
    run: &Run,
    parameters: &Parameters,
    batch: &Batch,
    context: &StepContext,
    draw: &DrawContext,
) -> Result<Reference, BackendError> {
    use crate::Backend;
    let kernels = super::kernels::Kernels::Fused;
    let mut backend = super::CandleBackend::with(run, Device::Cpu, DType::F64, kernels)?;
    backend.set_parameters(parameters)?;
    let scores = backend.predict(batch, draw)?;
    let input = backend.upload(batch)?;
    let found = super::training::gradients(&backend, &input, &batch.targets, context)?;
    let mut gradients = Parameters::new();
    for parameter in backend.network.parameters() {
        if let Some(gradient) = found.store.get(&parameter.variable) {
            let published = parameter.arrangement.publish(gradient).map_err(super::internal("a test"))?;
            gradients.insert(parameter.name.clone(), published);
        }
    }
    Ok(Reference { outcome: found.outcome, gradients, scores })
}
