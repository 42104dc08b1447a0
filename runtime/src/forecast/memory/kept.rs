//! What a run keeps whatever computes it: its data, what scoring gathers, and copies of the weights as they are
//! published.

use crate::forecast::Counts;
use crate::outputs::MOST_KEPT_SCORES;
use crate::train::PREDICTION_BATCH;
use crate::uncertainty::{CentralInterval, DRAW_RESAMPLES, InputScores, LEVELS, ValueScores};
use elbo_compiler::analysis::is_random_at_prediction;
use elbo_compiler::ir::{Origin, OtherSource, Run, Shape};
use elbo_compiler::limits::MOST_DRAWN_NUMBERS;

/// Published: the values, their bytes, and the file that is made of them.
pub(super) const PUBLISHED_COPIES: usize = 3;

/// Bytes of a number.
pub(super) const NUMBER: u64 = 4;

/// Numbers of one example; shapes in a checked run do not overflow, others saturate.
pub(super) fn elements(shape: Shape) -> u64 {
    shape.sizes().iter().fold(1, |all: u64, &size| all.saturating_mul(size as u64))
}

/// Class scores of one input.
pub(in crate::forecast) fn classes(run: &Run) -> u64 {
    elements(run.network.layers.last().map_or(run.network.input, |layer| layer.output))
}

/// Examples of the largest batch that is scored.
pub(in crate::forecast) fn scored(counts: Counts) -> u64 {
    (counts.test.max(counts.validation) as u64).clamp(1, PREDICTION_BATCH)
}

/// Bytes of an example's place in the order, and of its entry in the table that finds examples of two splits.
const PLACE: u64 = 4;
const ENTRY: u64 = 16;

/// Bytes per example while splits are drawn: its number among all, in its class, and in a permutation of that, its
/// class, and whether it is taken.
const DRAWN: u64 = 3 * PLACE + 3;

/// Bytes of the name of an image's file.
const NAME: u64 = 64;

/// Bytes of a number and its comma in `predictions.csv`, in the shortest form that reads back.
const WRITTEN: u64 = 20;

/// Bytes of a confidence in each of the resamples of draws.
const RESAMPLED: u64 = 4 * DRAW_RESAMPLES as u64;

/// Resamples of inputs: rows of a few numbers, one per metric, and the places that each thread draws.
const ROW: u64 = 64;

/// What examples take in memory: of images a byte for each number and for the label; of tables and arrays four bytes
/// for each number, and eight for each real target or two for the class.
pub(super) fn data_bytes(run: &Run, counts: Counts) -> u64 {
    let data = &run.data;
    let numbers = elements(data.shape);
    let targets = data.target.values().map_or(2, |targets| 8_u64.saturating_mul(targets as u64));
    let example = if data.source.kind().holds_pictures() {
        numbers.saturating_add(1 + name_bytes(run))
    } else {
        numbers.saturating_mul(NUMBER).saturating_add(targets)
    };
    examples(counts).saturating_mul(example.saturating_add(PLACE))
}

/// What reading examples takes beside them, and gives back before training: splits are drawn, then examples of one's
/// own are looked for in two of them.
pub(super) fn reading_bytes(run: &Run, counts: Counts) -> u64 {
    let searched = match run.data.source.kind().origin() {
        Origin::Own => (counts.training as u64).saturating_mul(ENTRY),
        Origin::Published | Origin::Generated => 0,
    };
    examples(counts).saturating_mul(DRAWN).max(searched)
}

/// What the name of an example takes: pictures of one's own have one, that of their file.
fn name_bytes(run: &Run) -> u64 {
    let source = run.data.source.kind();
    if source.holds_pictures() && source.origin() == Origin::Own { NAME } else { 0 }
}

fn examples(counts: Counts) -> u64 {
    counts.source.saturating_add(counts.test) as u64
}

/// What scoring keeps, at its largest: the class scores of the validation split, to which a temperature is fitted, or what
/// the test split takes together with the sets of other distributions.
pub(super) fn score_bytes(run: &Run, counts: Counts) -> u64 {
    let samples = if is_random_at_prediction(&run.network) { run.report.samples as u64 } else { 1 };
    let (examples, classes) = (counts.test as u64, classes(run));
    let groups = samples.clamp(1, 32);
    let numbers = PREDICTION_BATCH.min(examples).saturating_mul(classes);
    // All draws of an input are made at once, however many.
    let at_once = numbers.max(MOST_DRAWN_NUMBERS as u64).max(classes.saturating_mul(samples));
    let drawn = numbers.saturating_mul(samples).min(at_once).saturating_mul(NUMBER);
    let moments = numbers.saturating_mul(8).saturating_mul(groups).saturating_mul(5);
    let validation = (counts.validation as u64).saturating_mul(classes).saturating_mul(samples);
    let fitted = validation.min(MOST_KEPT_SCORES as u64).saturating_mul(NUMBER);
    let kept = examples.saturating_mul(scored_bytes(run).saturating_add(beside_scores(run, counts, samples)));
    let test = kept.saturating_add(other_bytes(run, counts));
    drawn.saturating_add(moments).saturating_add(test.max(fitted))
}

/// The scores of the test split, which are kept to the end.
pub(in crate::forecast) fn kept_scores(run: &Run, counts: Counts) -> u64 {
    (counts.test as u64).saturating_mul(scored_bytes(run))
}

/// What is kept of a test input until the report is written.
fn scored_bytes(run: &Run) -> u64 {
    let scores = match run.data.target.values() {
        // Probabilities and both variances of each class, the expected entropy, the class and its likelihood.
        None => classes(run).saturating_mul(24).saturating_add(8 + 4 + 12 + size_of::<InputScores>() as u64),
        // Six lists of numbers, one per target, and one of intervals, each a block of the heap.
        Some(targets) => {
            let list = |bytes: usize| block((targets as u64).saturating_mul(bytes as u64));
            let lists = list(8).saturating_mul(6).saturating_add(list(size_of::<[CentralInterval; LEVELS.len()]>()));
            lists.saturating_add(size_of::<ValueScores>() as u64)
        }
    };
    scores.saturating_add(name_bytes(run))
}

/// What is kept of a test input beside that for a while: what its figures are resampled from, then its line of
/// `predictions.csv`.
fn beside_scores(run: &Run, counts: Counts, samples: u64) -> u64 {
    match run.data.target.values() {
        None => {
            let classes = classes(run);
            let resampled = if samples > 1 { RESAMPLED } else { 0 };
            let scaled = if counts.validation > 0 { classes.saturating_mul(8).saturating_add(12) } else { 0 };
            let line = classes.saturating_add(10).saturating_mul(WRITTEN);
            resampled.saturating_add(scaled).saturating_add(ROW).max(line)
        }
        Some(targets) => (targets as u64).saturating_mul(6).saturating_add(1).saturating_mul(WRITTEN).max(ROW),
    }
}

/// What a block of the C library's heap takes: its header, in steps of 16 bytes.
fn block(bytes: u64) -> u64 {
    bytes.saturating_add(8).next_multiple_of(16).max(32)
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
