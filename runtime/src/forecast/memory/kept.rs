//! What a run keeps whatever computes it: its data, what scoring gathers, and copies of the weights as they are
//! published.

use super::graph::NUMBER;
use super::network::elements;
use crate::forecast::Counts;
use crate::train::{MAXIMUM_NUMBERS, PREDICTION_BATCH};
use elbo_compiler::ir::Run;

/// Published: the values, their bytes, and the file that is made of them.
pub(super) const PUBLISHED_COPIES: usize = 3;

/// Class scores of one input.
pub(super) fn classes(run: &Run) -> u64 {
    elements(run.network.layers.last().map_or(run.network.input, |layer| layer.output))
}

/// Examples of the largest batch that is scored.
pub(super) fn scored(counts: Counts) -> u64 {
    (counts.test.max(counts.validation) as u64).clamp(1, PREDICTION_BATCH)
}

/// A byte for each number of an image and for its label, and four for its place in the order.
pub(super) fn data_bytes(run: &Run, counts: Counts) -> u64 {
    let examples = counts.source.saturating_add(counts.test) as u64;
    examples.saturating_mul(elements(run.data.shape).saturating_add(5))
}

/// What scoring keeps: the class scores of draws that are taken at once, moments for each group of draws of a batch,
/// and the predictive distribution of all inputs.
pub(super) fn score_bytes(run: &Run, counts: Counts) -> u64 {
    let (samples, examples, classes) = (run.report.samples as u64, counts.test as u64, classes(run));
    let groups = samples.clamp(1, 32);
    let numbers = PREDICTION_BATCH.min(examples).saturating_mul(classes);
    let drawn = numbers.saturating_mul(samples).min(numbers.max(MAXIMUM_NUMBERS as u64)).saturating_mul(NUMBER);
    let moments = numbers.saturating_mul(8).saturating_mul(groups).saturating_mul(5);
    let kept = examples.saturating_mul(classes.saturating_mul(24).saturating_add(groups.saturating_mul(16)));
    drawn.saturating_add(moments).saturating_add(kept)
}
