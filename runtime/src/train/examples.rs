//! What the training loop asks of a data set.

use crate::backend::{Batch, Chosen, ResidentExamples, TrainingExamples};
use crate::data::{Dataset, Examples, Part, Rows, Stored, TargetScale};
use crate::uncertainty::InputSources;
use std::ops::Range;

/// Examples, read and checked, as the training loop needs them. Every batch is a function of the
/// arguments alone.
pub trait TrainingData {
    /// How many examples a split has.
    fn examples(&self, split: Part) -> usize;

    /// Training examples by their position in the training split, transformed and augmented as in
    /// `epoch` (counted from 1); real targets in the units the network is trained in.
    ///
    /// # Panics
    /// May panic if a position is not below the number of training examples.
    fn training_batch(&self, epoch: u32, positions: &[u32]) -> Batch;

    /// All training examples with what is done to them, for backends that keep them in memory of their own; `None` where
    /// they are to be had in batches alone.
    fn resident_training(&self) -> Option<ResidentExamples<'_>> {
        None
    }

    /// Examples in the order of their split, transformed and never augmented; real targets in the data's own units.
    ///
    /// # Panics
    /// May panic if the range reaches past the split.
    fn batch(&self, split: Part, range: Range<usize>) -> Batch;

    /// What real targets are scaled by for training; `None` where they are taken as they are.
    fn target_scale(&self) -> Option<&TargetScale> {
        None
    }

    /// The test inputs as they are stored, where each is a single number.
    fn single_inputs(&self) -> Option<Vec<f64>> {
        None
    }

    /// Where each test example comes from.
    fn test_sources(&self) -> InputSources {
        InputSources::Unnamed
    }
}

/// The training split as a backend takes it over.
#[derive(Clone, Copy)]
pub(super) struct OfTraining<'d>(pub(super) &'d dyn TrainingData);

impl TrainingExamples for OfTraining<'_> {
    fn batch(&self, chosen: &Chosen<'_>) -> Batch {
        self.0.training_batch(chosen.epoch, chosen.positions)
    }

    fn resident(&self) -> Option<ResidentExamples<'_>> {
        self.0.resident_training()
    }
}

impl TrainingData for Dataset {
    fn target_scale(&self) -> Option<&TargetScale> {
        self.target_scale.as_ref()
    }

    fn single_inputs(&self) -> Option<Vec<f64>> {
        single_inputs(&self.test)
    }

    fn test_sources(&self) -> InputSources {
        sources(&self.test)
    }

    fn examples(&self, split: Part) -> usize {
        self.part(split).len()
    }

    fn training_batch(&self, epoch: u32, positions: &[u32]) -> Batch {
        Dataset::training_batch(self, epoch, positions)
    }

    fn resident_training(&self) -> Option<ResidentExamples<'_>> {
        Some(Dataset::resident_training(self))
    }

    fn batch(&self, split: Part, range: Range<usize>) -> Batch {
        Dataset::batch(self, split, &positions(range))
    }
}

/// Examples that take the place of a test split; there are no others.
#[derive(Debug, Clone)]
pub struct TestExamples {
    /// The examples.
    pub examples: Examples,
    /// What real targets were scaled by in training, if they were.
    pub target_scale: Option<TargetScale>,
}

impl TrainingData for TestExamples {
    fn examples(&self, split: Part) -> usize {
        if split == Part::Test { self.examples.len() } else { 0 }
    }

    fn target_scale(&self) -> Option<&TargetScale> {
        self.target_scale.as_ref()
    }

    fn single_inputs(&self) -> Option<Vec<f64>> {
        single_inputs(&self.examples)
    }

    fn test_sources(&self) -> InputSources {
        sources(&self.examples)
    }

    fn training_batch(&self, _: u32, _: &[u32]) -> Batch {
        unreachable!("there is nothing to train on")
    }

    fn batch(&self, _: Part, range: Range<usize>) -> Batch {
        self.examples.batch(&positions(range))
    }
}

/// The examples as they are stored, where each is a single number.
fn single_inputs(examples: &Examples) -> Option<Vec<f64>> {
    let Stored::Numbers(numbers) = examples.stored() else { return None };
    let number = |&index: &u32| numbers.value(index as usize);
    (numbers.shape == [1, 1, 1]).then(|| examples.indices().iter().map(number).collect())
}

/// Where examples come from.
fn sources(examples: &Examples) -> InputSources {
    match examples.stored() {
        Stored::Images(_) => examples.names().map_or(InputSources::Unnamed, InputSources::Files),
        Stored::Numbers(numbers) if numbers.rows.file.is_empty() => InputSources::Unnamed,
        Stored::Numbers(numbers) => {
            let Rows { file, places, lines } = numbers.rows.at(examples.indices());
            InputSources::Rows { file, places, lines }
        }
    }
}

/// The places of a range.
fn positions(range: Range<usize>) -> Vec<u32> {
    range.map(|place| u32::try_from(place).expect("a data set numbers its examples in 32 bits")).collect()
}

/// The name of a split in messages.
pub(super) const fn name_of(split: Part) -> &'static str {
    match split {
        Part::Training => "train",
        Part::Validation => "validation",
        Part::Test => "test",
    }
}
