//! What the training loop asks of a data set.

use crate::backend::Batch;
use crate::data::{Dataset, Examples, Part};
use std::ops::Range;

/// Examples, read and checked, as the training loop needs them. Every batch is a function of the
/// arguments alone.
pub trait TrainingData {
    /// How many examples a split has.
    fn examples(&self, split: Part) -> usize;

    /// Training examples by their position in the training split, transformed and augmented as in
    /// `epoch` (counted from 1).
    ///
    /// # Panics
    /// May panic if a position is not below the number of training examples.
    fn training_batch(&self, epoch: u32, positions: &[u32]) -> Batch;

    /// Examples in the order of their split, transformed and never augmented.
    ///
    /// # Panics
    /// May panic if the range reaches past the split.
    fn batch(&self, split: Part, range: Range<usize>) -> Batch;
}

impl TrainingData for Dataset {
    fn examples(&self, split: Part) -> usize {
        self.part(split).len()
    }

    fn training_batch(&self, epoch: u32, positions: &[u32]) -> Batch {
        Dataset::training_batch(self, epoch, positions)
    }

    fn batch(&self, split: Part, range: Range<usize>) -> Batch {
        Dataset::batch(self, split, &positions(range))
    }
}

/// Examples that take the place of a test split; there are no others.
#[derive(Debug, Clone)]
pub struct TestExamples(pub Examples);

impl TrainingData for TestExamples {
    fn examples(&self, split: Part) -> usize {
        if split == Part::Test { self.0.len() } else { 0 }
    }

    fn training_batch(&self, _: u32, _: &[u32]) -> Batch {
        unreachable!("there is nothing to train on")
    }

    fn batch(&self, _: Part, range: Range<usize>) -> Batch {
        self.0.batch(&positions(range))
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
