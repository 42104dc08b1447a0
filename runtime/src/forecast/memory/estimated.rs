//! The peak memory of a run on the candle backend, estimated from what its layers keep.
//!
//! candle allocates every tensor by itself and gives it back when nothing refers to it any more. A run takes about
//!
//! - in a step, what the graph keeps until its way back: [`KEPT`] times the output of each layer, or
//!   [`KEPT_BY_GAUSSIANS`] times where weights are Gaussian (means and variances, both again with the bias, noise,
//!   sample); with it what one layer needs on its way back, [`UNFOLDED`] or [`UNFOLDED_BY_GAUSSIANS`] times its
//!   unfolded windows: of the layer that needs most; and [`COPIES`] of all parameters (gradients, σ, terms of the
//!   divergence);
//! - or in a draw, what one layer needs while it runs: half of the windows, its input, and its outputs;
//!
//! whichever is more, beside the data, the parameters, and what the optimizer remembers.
//!
//! Measured over 26 cases of LeNet-5, AlexNet, VGG16 and the digits' network on whole data sets (`docs/forecast.md`,
//! which a test compares) the estimate lies between 8 % below and 29 % above the peak; over 31 runs of `specs/` and
//! `examples/` on shortened sets between 2 MiB below and 66 % above (median 25 %), furthest where one convolution is
//! much wider than the others.

use super::kept::{NUMBER, PUBLISHED_COPIES, data_bytes, elements, reading_bytes, score_bytes, scored};
use super::peak::{MemoryForecast, PROGRAM};
use crate::forecast::Counts;
use elbo_compiler::analysis::{optimizer_state, weight_tensors};
use elbo_compiler::ir::{Layer, Mark, Run};

/// Outputs of a layer that a step keeps.
const KEPT: u64 = 2;
/// The same where weights are Gaussian.
const KEPT_BY_GAUSSIANS: u64 = 7;
/// Unfolded windows of a layer that are there at once on the way back: windows, and their gradient.
const UNFOLDED: u64 = 2;
/// The same where weights are Gaussian: windows, their squares, two gradients, and the sum of both.
const UNFOLDED_BY_GAUSSIANS: u64 = 5;
/// Copies of the parameters beside themselves.
const COPIES: u64 = 5;

/// What a layer takes for one example, in numbers.
#[derive(Debug, Clone, Copy)]
struct Taken {
    /// From the way there to the way back.
    kept: u64,
    /// On the way back alone.
    back: u64,
    /// In a draw.
    drawn: u64,
}

fn taken(layer: &Layer) -> Taken {
    let gaussian = matches!(layer.mark, Some(Mark::Bayes { .. }));
    let (outputs, unfolded) = if gaussian { (KEPT_BY_GAUSSIANS, UNFOLDED_BY_GAUSSIANS) } else { (KEPT, UNFOLDED) };
    let output = elements(layer.output);
    // Each weight of an output is multiplied by one number of each of its windows.
    let places = layer.output.planes().map_or(1, |(_, [rows, columns])| (rows as u64).saturating_mul(columns as u64));
    let tensors = weight_tensors(layer);
    let window = tensors.iter().map(|tensor| product(&tensor.shape[1.min(tensor.shape.len())..])).max();
    let windows = window.unwrap_or(0).saturating_mul(places);
    let around = output.saturating_mul(outputs + 2).saturating_add(elements(layer.input));
    Taken {
        kept: output.saturating_mul(outputs),
        back: windows.saturating_mul(unfolded),
        drawn: windows.saturating_mul(unfolded / 2).saturating_add(around),
    }
}

fn product(sizes: &[usize]) -> u64 {
    sizes.iter().fold(1, |all: u64, &size| all.saturating_mul(size as u64))
}

/// Numbers of all parameters, two for a Gaussian.
fn parameters(run: &Run) -> u64 {
    let of = |layer: &Layer| {
        let each = if matches!(layer.mark, Some(Mark::Bayes { .. })) { 2 } else { 1 };
        let tensors = weight_tensors(layer);
        tensors.iter().map(|tensor| product(&tensor.shape)).fold(0, u64::saturating_add).saturating_mul(each)
    };
    run.network.layers.iter().map(of).fold(0, u64::saturating_add)
}

/// A run over its whole life.
pub(in crate::forecast) fn estimate(run: &Run, counts: Counts) -> MemoryForecast {
    let bytes = |numbers: u64| numbers.saturating_mul(NUMBER);
    let layers: Vec<Taken> = run.network.layers.iter().map(taken).collect();
    let kept = layers.iter().fold(elements(run.network.input), |all, layer| all.saturating_add(layer.kept));
    let most = |of: fn(&Taken) -> u64| layers.iter().map(of).max().unwrap_or(0);
    let batch = (run.training.batch as u64).min(counts.training as u64).max(1);
    let parameters = parameters(run);
    let copies = bytes(parameters.saturating_mul(COPIES));
    let step = bytes(batch.saturating_mul(kept.saturating_add(most(|layer| layer.back)))).saturating_add(copies);
    let draw = bytes(scored(counts).saturating_mul(most(|layer| layer.drawn)));
    let draw = draw.saturating_add(score_bytes(run, counts));
    let published = bytes(parameters.saturating_mul(PUBLISHED_COPIES as u64));
    let (data, reading) = (data_bytes(run, counts), reading_bytes(run, counts));
    let optimizer = bytes(parameters.saturating_mul(optimizer_state(Some(&run.training.optimizer)) as u64));
    let parameters = bytes(parameters);
    let passes = step.max(draw).max(published).saturating_add(PROGRAM);
    let passes = passes.max(reading.saturating_sub(parameters.saturating_add(optimizer)));
    let peak = [data, parameters, optimizer, passes].iter().fold(0, |sum: u64, part| sum.saturating_add(*part));
    MemoryForecast { data, parameters, optimizer, passes, on_device: 0, peak, is_rough: true }
}
