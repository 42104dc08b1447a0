//! How many examples a run handles.

use crate::data::MOST_GENERATED;
use elbo_compiler::analysis::ExampleCounts;
use elbo_compiler::ir::{Data, OtherSource, Report};
use serde::Serialize;

/// How many examples a run handles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Training examples of the source, all of which are read.
    pub source: usize,
    /// N: what `subset` and `split` leave to train on.
    pub training: usize,
    /// What is scored after each epoch.
    pub validation: usize,
    /// What is scored at the end.
    pub test: usize,
}

impl Counts {
    /// The counts as far as they are known before files are opened; `None` where they are not, or where there are too few
    /// for `subset`.
    pub fn published(data: &Data) -> Option<Self> {
        let ExampleCounts { available, validation, training, .. } = ExampleCounts::published(data)?;
        let test = data.source.kind().test_examples()?;
        Some(Self { source: available, training, validation, test })
    }

    /// What is scored once training has ended. Sets of other distributions count as they are published.
    pub fn scored(&self, report: &Report) -> usize {
        let others = report.out_of_distribution.iter().map(|set| self.of_set(set.source));
        others.fold(self.test.saturating_add(self.validation), usize::saturating_add)
    }

    /// Images of a set of another distribution, as it is published.
    pub(super) fn of_set(&self, source: OtherSource) -> usize {
        match source {
            OtherSource::DataSet(source) => source.published_test_examples(),
            OtherSource::Noise | OtherSource::Shuffled | OtherSource::Corruption { .. } => {
                self.test.min(MOST_GENERATED)
            }
        }
    }
}
