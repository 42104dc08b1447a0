//! The peak memory of a run on the processor.
//!
//! The native backend says itself what it will take. On the candle backend a run is played through without a single number: every tensor that the backend makes is allocated in a model
//! of the C library's heap and given back where the backend drops it. Two steps show the peak of training (the
//! second meets the heap that the first has left), two batches that of scoring.

mod graph;
mod heap;
mod kept;
mod layers;
mod network;
mod planned;

pub(in crate::forecast) use kept::kept_scores;
pub(super) use planned::plan;

use super::{Counts, Work};
use elbo_compiler::analysis::optimizer_state;
use elbo_compiler::ir::{Mark, Network, Operation, Run};
use graph::Memory;
use kept::{PUBLISHED_COPIES, classes, data_bytes, reading_bytes, score_bytes, scored};
use network::Built;
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

/// A run over its whole life on the candle backend. The native one does the same work in other buffers.
pub(super) fn play(run: &Run, counts: Counts) -> Played {
    let memory = Memory::default();
    let data = data_bytes(run, counts);
    let _data = memory.heap.allocate(data);
    drop(memory.heap.allocate(reading_bytes(run, counts)));
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
    let scored = scored(counts);
    let scores = memory.heap.allocate(score_bytes(run, counts));
    built.predict(scored);
    memory.take_work();
    built.predict(scored);
    // Probabilities, their squares and entropies, in double precision.
    let functions = scored as f64 * classes(run) as f64 * 3.0;
    let draw = memory.take_work().plus(Work { functions, ..Work::default() });
    drop(scores);
    let bytes = |numbers: u64| numbers.saturating_mul(graph::NUMBER);
    let published = [0; PUBLISHED_COPIES].map(|_| memory.tensor(built.parameters));
    drop(published);
    let peak = memory.heap.peak().saturating_add(PROGRAM);
    let (parameters, optimizer) = (bytes(built.parameters), bytes(built.moments));
    let passes = [data, parameters, optimizer].iter().fold(peak, |rest, part| rest.saturating_sub(*part));
    Played { memory: MemoryForecast { data, parameters, optimizer, passes, peak }, step, draw }
}

/// Whether two draws of a prediction can differ.
pub(super) fn is_stochastic(network: &Network) -> bool {
    network.layers.iter().any(|layer| match &layer.operation {
        Operation::Dropout { probability, at_prediction, .. } => *at_prediction && *probability > 0.0,
        _ => matches!(layer.mark, Some(Mark::Bayes { .. })),
    })
}
