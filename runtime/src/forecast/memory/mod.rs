//! The peak memory of a run on the candle backend's CPU device.
//!
//! A run is played through without a single number: every tensor that the backend makes is allocated in a model
//! of the C library's heap and given back where the backend drops it. Two steps show the peak of training (the
//! second meets the heap that the first has left), two batches that of scoring.

mod graph;
mod heap;
mod layers;
mod network;

use super::{Counts, Work};
use crate::train::PREDICTION_BATCH;
use elbo_compiler::analysis::optimizer_state;
use elbo_compiler::ir::{Mark, Network, Operation, Run};
use graph::Memory;
use network::{Built, elements};
use serde::Serialize;

/// What a process takes beside its tensors and data: pages of the program that training touches, stacks, packing
/// buffers of the matrix products. Measured as the growth of a run whose tensors are negligible.
const PROGRAM: u64 = 5 << 20;

/// Bytes of one forecast, and what they are made of. Sums are saturating.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct MemoryForecast {
    /// The data set's images, labels and order.
    pub data: u64,
    /// Parameters; two numbers for each weight of a `bayes` layer.
    pub parameters: u64,
    /// What the optimizer remembers.
    pub optimizer: u64,
    /// What passes and gradients need at most beside all that.
    pub passes: u64,
    /// The peak of the process's growth: all of it together.
    pub peak: u64,
}

/// What a run takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Played {
    /// Of memory.
    pub(super) memory: MemoryForecast,
    /// A step of training.
    pub(super) step: Work,
    /// A draw for one batch of a prediction.
    pub(super) draw: Work,
}

/// A run over its whole life.
pub(super) fn play(run: &Run, counts: Counts) -> Played {
    let memory = Memory::default();
    let data = data_bytes(run, counts);
    let _data = memory.heap.allocate(data);
    let built = Built::new(run, &memory, optimizer_state(Some(&run.training.optimizer)) as u64);
    let number = |count: usize| count as u64;
    let batch = number(run.training.batch).min(number(counts.training)).max(1);
    // The third sample meets what the second has met; steps of many samples are as long as their samples together.
    let samples = run.training.samples.max(1);
    memory.take_work();
    built.step(batch, 1);
    let first = memory.take_work();
    built.step(batch, samples.min(2));
    let step = first.plus(memory.take_work().minus(first).times((samples.max(2) - 1) as f64));
    let step = if samples == 1 { first } else { step };
    let scored = number(counts.test.max(counts.validation)).clamp(1, PREDICTION_BATCH);
    let classes = elements(run.network.layers.last().map_or(run.network.input, |layer| layer.output));
    let scores = memory.heap.allocate(score_bytes(number(run.report.samples), number(counts.test), classes));
    built.predict(scored);
    memory.take_work();
    built.predict(scored);
    // Probabilities, their squares and entropies, in double precision.
    let functions = scored as f64 * classes as f64 * 3.0;
    let draw = memory.take_work().plus(Work { functions, ..Work::default() });
    drop(scores);
    let bytes = |numbers: u64| numbers.saturating_mul(graph::NUMBER);
    // Published: the values, their bytes, and the file that is made of them.
    let published = [0; 3].map(|_| memory.tensor(built.parameters));
    drop(published);
    let peak = memory.heap.peak().saturating_add(PROGRAM);
    let (parameters, optimizer) = (bytes(built.parameters), bytes(built.moments));
    let passes = [data, parameters, optimizer].iter().fold(peak, |rest, part| rest.saturating_sub(*part));
    Played { memory: MemoryForecast { data, parameters, optimizer, passes, peak }, step, draw }
}

/// A byte for each number of an image and for its label, and four for its place in the order.
fn data_bytes(run: &Run, counts: Counts) -> u64 {
    let examples = counts.source.saturating_add(counts.test) as u64;
    examples.saturating_mul(elements(run.data.shape).saturating_add(5))
}

/// What scoring keeps: moments for each group of draws of a batch, and the predictive distribution of all inputs.
fn score_bytes(samples: u64, examples: u64, classes: u64) -> u64 {
    let groups = samples.clamp(1, 32);
    let batch = PREDICTION_BATCH.min(examples).saturating_mul(classes).saturating_mul(8);
    let moments = batch.saturating_mul(groups).saturating_mul(5);
    let kept = examples.saturating_mul(classes.saturating_mul(24).saturating_add(groups.saturating_mul(16)));
    moments.saturating_add(kept)
}

/// Whether two draws of a prediction can differ.
pub(super) fn is_stochastic(network: &Network) -> bool {
    network.layers.iter().any(|layer| match &layer.operation {
        Operation::Dropout { probability, at_prediction, .. } => *at_prediction && *probability > 0.0,
        _ => matches!(layer.mark, Some(Mark::Bayes { .. })),
    })
}
