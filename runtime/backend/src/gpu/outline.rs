//! What is known of a run before any of it lies on a device: the memory it will take there.

use super::lower;
use super::optimizer;
use super::plan::Mode;
use super::planning::plan;
use super::predict::rows_of_pass;
use super::tensor::{Numbers, Role};
use crate::BackendError;
use crate::device_memory::DeviceMemory;
use elbo_compiler::ir;
use elbo_gpu::kernels::parameters::{BLOCK, blocks};

/// Bytes of a number.
const NUMBER: u64 = 4;

/// What a run takes in steps of `batch` examples and predictions of `scored`, beside the training split. Nothing of
/// that size is allocated, and no device is asked.
///
/// # Errors
/// [`BackendError::Internal`] where the IR contradicts itself, [`BackendError::TooLarge`] where kernels do not count
/// so far.
pub(crate) fn planned_memory(run: &ir::Run, batch: usize, scored: usize) -> Result<DeviceMemory, BackendError> {
    let (network, stages) = lower::outline(run)?;
    let training = plan(&network, &stages, batch.max(1), Mode::Training).memory;
    let draws = if stages.is_stochastic() { run.report.samples.max(run.training.validation_samples) } else { 1 };
    let [examples, samples] = rows_of_pass(&network, &stages, scored.max(1), draws);
    let prediction = plan(&network, &stages, examples, Mode::Prediction { samples }).memory;
    let [mut points, mut gaussians, mut statistics] = [0_u64; 3];
    for tensor in &network.tensors {
        let numbers = tensor.packing.numbers() as u64;
        // Every tensor of a set begins a block of its own.
        let whole = blocks(numbers).saturating_mul(BLOCK);
        let set = match &tensor.numbers {
            Numbers::Points(Role::Statistic) => &mut statistics,
            Numbers::Points(Role::Weight | Role::Free | Role::Noise) => &mut points,
            Numbers::Gaussians { .. } => &mut gaussians,
        };
        *set = set.saturating_add(whole);
    }
    let bytes = |numbers: u64| numbers.saturating_mul(NUMBER);
    let moved = bytes(points).saturating_add(bytes(gaussians).saturating_mul(2));
    let kept = bytes(gaussians).saturating_add(bytes(statistics).saturating_mul(2));
    let moments = optimizer::kernel(&run.training.optimizer).moments() as u64;
    Ok(DeviceMemory {
        parameters: moved.saturating_add(kept),
        optimizer: moved.saturating_mul(moments),
        passes: [training.bytes(), prediction.bytes(), moved]
            .iter()
            .fold(0, |sum: u64, part| sum.saturating_add(*part)),
        largest: training.largest().max(prediction.largest()).max(bytes(points)).max(bytes(gaussians)),
    })
}
