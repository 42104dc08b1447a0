//! Draws of a batch: what all samples share is computed once, and samples are folded into the rows.

use super::arena::Arena;
use super::backend::NativeBackend;
use super::error::misuse;
use super::network::Network;
use super::noise::{Address, Randomness};
use super::pass::Pass;
use super::plan::{Mode, Plan};
use super::planning::{self, can_fold};
use super::stage::{Part, Stages};
use crate::{BackendError, Batch, DrawsContext};
use std::convert::Infallible;
use std::sync::atomic::Ordering;

/// Rows of a pass at most: enough for every product to run at full speed.
const MOST_ROWS: usize = 512;
/// Numbers of the largest value of a pass, about; what is larger leaves the caches anyway.
const NUMBERS: usize = 1 << 22;

/// Examples and samples of one pass.
pub(super) fn rows_of_pass(network: &Network, stages: &Stages, examples: usize, samples: usize) -> [usize; 2] {
    let largest = (0..network.values.len()).map(|value| network.numbers(value)).max().unwrap_or(1).max(1);
    let rows = (NUMBERS / largest).clamp(8, MOST_ROWS);
    let examples = examples.min(rows).max(1);
    let samples = if can_fold(network, stages) { (rows / examples).clamp(1, samples.max(1)) } else { 1 };
    [examples, samples]
}

/// The last layer's outputs, `samples` × examples × features in canonical order.
pub(super) fn predict(backend: &NativeBackend, batch: &Batch, draws: &DrawsContext) -> Result<Vec<f32>, BackendError> {
    backend.check(batch)?;
    let (network, stages) = (&backend.network, &backend.stages);
    let samples = draws.samples as usize;
    if samples > 0 && draws.first_sample.checked_add(draws.samples - 1).is_none() {
        return Err(misuse("there are more draws than random numbers have addresses for".to_owned()));
    }
    let distinct = if stages.is_stochastic() { samples } else { samples.min(1) };
    let [examples, together] = rows_of_pass(network, stages, batch.len(), distinct);
    let mut planned = backend.prediction.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut arena = backend.arena.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let fits = |plan: &Plan| plan.capacity >= examples && plan.samples() >= together && plan.capacity <= 2 * examples;
    if !planned.as_ref().is_some_and(fits) {
        *planned = Some(planning::plan(network, stages, examples, Mode::Prediction { samples: together }));
    }
    let plan = planned.as_ref().expect("it has just been made");
    // The training's plan must be fitted again.
    backend.fitted.store(false, Ordering::Relaxed);
    arena.fit(plan);
    let output = network.values[network.output()];
    let (features, size) = (output.channels * output.positions(), network.input.elements());
    let mut all = vec![0.0; samples * batch.len() * features];
    let output = network.output();
    for first in (0..batch.len()).step_by(examples) {
        let count = examples.min(batch.len() - first);
        let address = |sample: usize| Address {
            trains: false,
            step: draws.pass,
            sample: draws.first_sample + sample as u32,
            first_example: draws.first_example + first as u64,
        };
        let pass = |sample: usize, samples: usize| Pass {
            network,
            plan,
            randomness: Randomness { key: backend.key, address: address(sample), kernels: backend.kernels },
            examples: count,
            samples,
        };
        let shared = pass(0, 1);
        shared.input(&mut arena, &batch.inputs[first * size..][..count * size]);
        let Ok(()) = stages.forward::<Infallible>(&shared, &mut arena, Part::Shared, |_, _| Ok(()));
        for sample in (0..distinct).step_by(together) {
            let now = together.min(distinct - sample);
            let pass = pass(sample, now);
            let Ok(()) = stages.forward::<Infallible>(&pass, &mut arena, Part::Sampled, |_, _| Ok(()));
            for at in 0..now {
                let to = ((sample + at) * batch.len() + first) * features;
                publish(&pass, &mut arena, output, at, &mut all[to..][..count * features]);
            }
        }
    }
    let one = batch.len() * features;
    for sample in distinct..samples {
        all.copy_within(0..one, sample * one);
    }
    Ok(all)
}

/// The rows of one sample of a value in canonical order.
fn publish(pass: &Pass<'_>, arena: &mut Arena, value: usize, sample: usize, to: &mut [f32]) {
    let [from] = arena.numbers([Some(pass.plan.values[value])]);
    let shape = pass.network.values[value];
    let (positions, channels, width) = (shape.positions(), shape.channels, shape.width());
    let capacity = pass.plan.rows(value);
    let first = if pass.rows(value) > pass.examples { sample * pass.examples } else { 0 };
    for (row, to) in to.chunks_exact_mut(positions * channels).enumerate() {
        for position in 0..positions {
            let from = &from[(position * capacity + first + row) * width..][..channels];
            for (channel, &number) in from.iter().enumerate() {
                to[channel * positions + position] = number;
            }
        }
    }
}
