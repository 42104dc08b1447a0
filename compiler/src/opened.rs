//! What opening the data of runs told of them: how many examples each class has, and which examples are in two splits.

use crate::diagnostic::SourceId;
use crate::ir::{Data, Run};
use std::collections::BTreeMap;

/// What is known of a run's data once its files have been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedData {
    /// How many training examples of each class the source has; of real targets all together.
    pub classes: Vec<usize>,
    /// Test examples that the run also trains on.
    pub test: SharedExamples,
    /// Validation examples that the run also trains on.
    pub validation: SharedExamples,
    /// Features, or channels by their number, that `normalize()` finds one value of in all training examples.
    pub constant: Vec<String>,
    /// Features, channels by their number, and targets that are not normalised and lie so far from 0 that numbers of
    /// 32 bits round away part of what they differ by.
    pub coarse: Vec<String>,
    /// What was done to files on the way, such as skipping them: lower-case sentences without a full stop.
    pub files: Vec<String>,
}

/// Examples of a split that equal a training example in every number and in what is to be predicted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SharedExamples {
    /// How many there are; 0 where they were not looked for.
    pub shared: usize,
    /// How many examples the split has.
    pub of: usize,
}

/// The data of runs that were opened, by what the runs say of their data, the file that says so, and the seed, which
/// decides the division into training and validation.
#[derive(Debug, Clone, Default)]
pub struct OpenedSets {
    known: BTreeMap<(Option<SourceId>, u64, String), OpenedData>,
}

impl OpenedSets {
    /// What is known of these data. `source` is the file that names them; `None` if an override does.
    pub fn find(&self, data: &Data, seed: u64, source: Option<SourceId>) -> Option<&OpenedData> {
        self.known.get(&key(data, seed, source))
    }

    /// Adds what is known of the data of a run.
    pub fn insert(&mut self, run: &Run, source: Option<SourceId>, opened: OpenedData) {
        self.known.insert(key(&run.data, run.training.seed, source), opened);
    }
}

fn key(data: &Data, seed: u64, source: Option<SourceId>) -> (Option<SourceId>, u64, String) {
    (source, seed, serde_json::to_string(data).expect("data have only string keys and finite numbers"))
}
