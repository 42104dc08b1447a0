//! Draws of a batch: what all samples share is computed once, and samples are folded into the rows.

use super::backend::GpuBackend;
use super::error::misuse;
use super::layout;
use super::network::Network;
use super::planning::can_fold;
use super::prediction::Prediction;
use super::stage::Stages;
use crate::{BackendError, Batch, DrawsContext};
use elbo_gpu::{GpuError, Varying};
use std::sync::PoisonError;

/// Rows of a pass at most.
const MOST_ROWS: usize = 4096;
/// Numbers of the largest value of a pass, about: 64 MiB.
const NUMBERS: usize = 1 << 24;

/// Examples and samples of one pass.
pub(super) fn rows_of_pass(network: &Network, stages: &Stages, examples: usize, samples: usize) -> [usize; 2] {
    let largest = network.values.iter().map(|value| value.numbers()).max().unwrap_or(1).max(1);
    let rows = (NUMBERS / largest).clamp(8, MOST_ROWS);
    let examples = examples.min(rows).max(1);
    let samples = if can_fold(network, stages) { (rows / examples).clamp(1, samples.max(1)) } else { 1 };
    [examples, samples]
}

/// The last layer's outputs, `samples` × examples × features in canonical order.
pub(super) fn predict(backend: &GpuBackend, batch: &Batch, draws: &DrawsContext) -> Result<Vec<f32>, BackendError> {
    backend.check(batch)?;
    let samples = draws.samples as usize;
    if samples > 0 && draws.first_sample.checked_add(draws.samples - 1).is_none() {
        return Err(misuse("there are more draws than random numbers have addresses for".to_owned()));
    }
    let distinct = if backend.stages.is_stochastic() { samples } else { samples.min(1) };
    let [examples, together] = rows_of_pass(&backend.network, &backend.stages, batch.len(), distinct);
    let mut planned = backend.prediction.lock().unwrap_or_else(PoisonError::into_inner);
    let fits = |known: &Prediction| {
        let capacity = known.plan.capacity;
        capacity >= examples && capacity <= 2 * examples && known.plan.samples() >= together
    };
    if !planned.as_ref().is_some_and(fits) {
        // Two plans may be more than there is room for.
        *planned = None;
        let made =
            Prediction::new((&backend.network, &backend.stages), &backend.store, backend.key, [examples, together]);
        *planned = Some(made.map_err(|error| backend.failed("a prediction", error))?);
    }
    let Some(prediction) = planned.as_ref() else { return Ok(Vec::new()) };
    let all = draw_all(backend, prediction, batch, (draws, distinct));
    let mut all = all.map_err(|error| backend.failed("a prediction", error))?;
    let one = batch.len()
        * backend.network.values[backend.network.output()].channels
        * backend.network.values[backend.network.output()].positions();
    for sample in distinct..samples {
        all.copy_within(0..one, sample * one);
    }
    Ok(all)
}

/// The outputs of the draws that differ, with room for those that do not.
fn draw_all(
    backend: &GpuBackend,
    prediction: &Prediction,
    batch: &Batch,
    (draws, distinct): (&DrawsContext, usize),
) -> Result<Vec<f32>, GpuError> {
    let (network, device, plan) = (&backend.network, &backend.device, &prediction.plan);
    let output = network.output();
    let (value, input) = (network.values[output], network.values[0]);
    let (features, size) = (value.channels * value.positions(), network.input.elements());
    let (capacity, together) = (plan.capacity, plan.samples());
    let mut all = vec![0.0; draws.samples as usize * batch.len() * features];
    for first in (0..batch.len()).step_by(capacity) {
        let count = capacity.min(batch.len() - first);
        let mut packed = layout::pack(input, &batch.inputs[first * size..][..count * size]);
        packed.resize(capacity * input.numbers(), 0.0);
        device.write(prediction.value(0)?, &packed)?;
        let place = draws.first_example + first as u64;
        for sample in (0..distinct).step_by(together) {
            let varying = Varying {
                step: draws.pass,
                sample: draws.first_sample + sample as u32,
                first_example: [place as u32, (place >> 32) as u32],
                examples: count as u32,
                ..Varying::default()
            };
            let both = [&prediction.shared, &prediction.sampled];
            let recordings = if sample == 0 { &both[..] } else { &both[1..] };
            let read = device.run(recordings, &varying, &[prediction.value(output)?.clone()])?.concat();
            for at in 0..together.min(distinct - sample) {
                let from = if plan.is_shared(output) { 0 } else { at * capacity };
                let rows = &read[from * value.numbers()..][..count * value.numbers()];
                let to = ((sample + at) * batch.len() + first) * features;
                all[to..][..count * features].copy_from_slice(&layout::unpack(value, rows));
            }
        }
    }
    Ok(all)
}
