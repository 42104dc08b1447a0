//! How many examples a run handles.

use elbo_compiler::analysis::ExampleCounts;
use elbo_compiler::ir::{Data, DataSource};
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
    /// The counts if the files hold the published set; `None` where it has too few for `subset`.
    pub fn published(data: &Data) -> Option<Self> {
        let ExampleCounts { available, validation, training, .. } = ExampleCounts::published(data)?;
        let test = match data.source {
            DataSource::Digits => 359,
            DataSource::Mnist | DataSource::FashionMnist | DataSource::Cifar10 | DataSource::Cifar100 => 10_000,
            // The ten thousand images of the small distribution.
            DataSource::Notmnist => 10_000,
        };
        Some(Self { source: available, training, validation, test })
    }
}
