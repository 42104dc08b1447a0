//! What is known of a run before a single number of it is made: the memory it takes, and its plans as text.

use super::backend::kernels;
use super::plan::Mode;
use super::predict::rows_of_pass;
use super::stage::Load;
use super::{lower, planning, text};
use crate::{BackendError, Work};
use elbo_compiler::analysis::{ExampleCounts, optimizer_state};
use elbo_compiler::ir;

/// Bytes that the native backend will take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedMemory {
    /// Parameters.
    pub parameters: u64,
    /// What the optimizer remembers.
    pub optimizer: u64,
    /// Buffers of passes, and gradients.
    pub passes: u64,
}

/// What a run takes in steps of `batch` examples and predictions of `scored`. Nothing of that size is allocated.
///
/// # Errors
/// [`BackendError::Internal`] where the IR contradicts itself.
pub fn planned_memory(run: &ir::Run, batch: usize, scored: usize) -> Result<PlannedMemory, BackendError> {
    let (network, stages) = lower::outline(run)?;
    let training = planning::plan(&network, &stages, batch.max(1), Mode::Training);
    let [examples, samples] = rows_of_pass(&network, &stages, scored.max(1), run.report.samples);
    let prediction = planning::plan(&network, &stages, examples, Mode::Prediction { samples });
    let bytes = |numbers: usize| (numbers * size_of::<f32>()) as u64;
    let (mut parameters, mut trained) = (0, 0);
    for tensor in &network.tensors {
        let length = tensor.packing.length();
        let parts = tensor.parts().len();
        parameters += bytes(length * if parts == 2 { 3 } else { 1 });
        trained += if tensor.is_trained() { bytes(length * parts) } else { 0 };
    }
    let moments = optimizer_state(Some(&run.training.optimizer)) as u64;
    let passes = training.bytes_in_all().max(prediction.bytes_in_all()) as u64 + trained;
    Ok(PlannedMemory { parameters, optimizer: trained * moments, passes })
}

/// What the native backend does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlannedWork {
    /// For a sample of a step.
    pub sample: Work,
    /// For the update at the end of a step.
    pub update: Work,
    /// For a draw of a prediction.
    pub draw: Work,
}

/// What a run does in steps of `batch` examples and draws for `scored`, as its stages declare it. Nothing is allocated.
///
/// # Errors
/// [`BackendError::Internal`] where the IR contradicts itself.
pub fn planned_work(run: &ir::Run, batch: u64, scored: u64) -> Result<PlannedWork, BackendError> {
    let (network, stages) = lower::outline(run)?;
    let needed = planning::gradients_needed(&network, &stages);
    let pass = |rows: u64, trains: bool| {
        let works = stages.iter().zip(&network.sites).enumerate().map(|(number, (stage, site))| {
            let along_input = trains && site.reads().any(|value| needed[value]);
            stage.work(&network, number, &Load { rows: rows as f64, trains, along_input })
        });
        works.fold(Work::default(), Work::plus)
    };
    let trained = network.tensors.iter().filter(|tensor| tensor.is_trained());
    let updates = trained.map(|tensor| (tensor.packing.elements() * tensor.parts().len()) as f64).sum();
    let update = Work { updates, ..Work::default() };
    Ok(PlannedWork { sample: pass(batch, true), update, draw: pass(scored, false) })
}

/// The plans of a run as text: of a training step and of its predictions.
///
/// # Errors
/// [`BackendError::Internal`] where the IR contradicts itself, [`BackendError::NoBackend`] if the table of kernels that
/// was asked for is not there.
pub fn plan_text(run: &ir::Run) -> Result<String, BackendError> {
    let (network, stages) = lower::outline(run)?;
    // No step has more examples than there are.
    let examples = ExampleCounts::published(&run.data).map_or(usize::MAX, |counts| counts.training);
    let training = planning::plan(&network, &stages, run.training.batch.min(examples).max(1), Mode::Training);
    let scored = usize::try_from(elbo_contract::PREDICTION_BATCH).unwrap_or(usize::MAX);
    let [examples, samples] = rows_of_pass(&network, &stages, scored, run.report.samples);
    let prediction = planning::plan(&network, &stages, examples, Mode::Prediction { samples });
    let kernels = kernels()?.name();
    let (training, prediction) = (text::text(&network, &stages, &training), text::text(&network, &stages, &prediction));
    Ok(format!("kernels: {kernels}\n\n{training}\n{prediction}"))
}
