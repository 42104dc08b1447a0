//! What a run keeps whatever computes it: its data, what scoring gathers, and copies of the weights as they are
//! published.

use super::graph::NUMBER;
use super::is_stochastic;
use super::network::elements;
use crate::forecast::Counts;
use crate::train::{MAXIMUM_NUMBERS, MOST_KEPT_SCORES, PREDICTION_BATCH};
use crate::uncertainty::InputScores;
use elbo_compiler::ir::{OtherSource, Run, Source};

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

/// Bytes of an example's place in the order, and of its entry in the table that finds examples of two splits.
const PLACE: u64 = 4;
const ENTRY: u64 = 16;

/// Bytes of the name of an image's file.
const NAME: u64 = 64;

/// What examples take in memory: of images a byte for each number and for the label; of tables and arrays four bytes
/// for each number, and eight for each real target or two for the class.
pub(super) fn data_bytes(run: &Run, counts: Counts) -> u64 {
    let (data, examples) = (&run.data, counts.source.saturating_add(counts.test) as u64);
    let numbers = elements(data.shape);
    let searched = (counts.training as u64).saturating_mul(ENTRY);
    let targets = data.target.values().map_or(2, |targets| 8_u64.saturating_mul(targets as u64));
    let (example, beside) = match &data.source {
        Source::Set(_) => (numbers.saturating_add(1), 0),
        Source::ImageFolder => (numbers.saturating_add(1 + NAME), searched),
        Source::Csv(_) | Source::Npy(_) => (numbers.saturating_mul(NUMBER).saturating_add(targets), searched),
        Source::Synthetic(_) => (numbers.saturating_mul(NUMBER).saturating_add(targets), 0),
    };
    examples.saturating_mul(example.saturating_add(PLACE)).saturating_add(beside)
}

/// What scoring keeps, at its largest: the class scores of the validation split, to which a temperature is fitted, or what
/// the test split takes together with the sets of other distributions.
pub(super) fn score_bytes(run: &Run, counts: Counts) -> u64 {
    let samples = if is_stochastic(&run.network) { run.report.samples as u64 } else { 1 };
    let (examples, classes) = (counts.test as u64, classes(run));
    let groups = samples.clamp(1, 32);
    let numbers = PREDICTION_BATCH.min(examples).saturating_mul(classes);
    let drawn = numbers.saturating_mul(samples).min(numbers.max(MAXIMUM_NUMBERS as u64)).saturating_mul(NUMBER);
    let moments = numbers.saturating_mul(8).saturating_mul(groups).saturating_mul(5);
    let kept = examples.saturating_mul(classes.saturating_mul(24).saturating_add(groups.saturating_mul(16)));
    let validation = (counts.validation as u64).saturating_mul(classes).saturating_mul(samples);
    let fitted = validation.min(MOST_KEPT_SCORES as u64).saturating_mul(NUMBER);
    let test = kept.saturating_add(other_bytes(run, counts));
    drawn.saturating_add(moments).saturating_add(test.max(fitted))
}

/// The scores of every image of another distribution, the images of the sets that are read, and those of one that is
/// generated.
fn other_bytes(run: &Run, counts: Counts) -> u64 {
    let mut generated = 0;
    let mut bytes = 0_u64;
    for set in &run.report.out_of_distribution {
        let images = counts.of_set(set.source) as u64;
        bytes = bytes.saturating_add(images.saturating_mul(size_of::<InputScores>() as u64));
        match set.source {
            OtherSource::DataSet(source) => {
                bytes = bytes.saturating_add(images.saturating_mul(elements(source.shape())))
            }
            _ => generated = images.saturating_mul(elements(run.data.shape)),
        }
    }
    bytes.saturating_add(generated)
}
