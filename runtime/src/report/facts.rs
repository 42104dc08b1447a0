//! What was run.

use crate::data::{ChannelStatistics, FileNote, TargetScale};
use crate::store::Identity;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunFacts {
    /// The run's name in its spec.
    pub name: String,
    /// The name of its model there.
    pub model: String,
    /// What the sweep it is a member of varied, and the value in this run, by path.
    pub varied: BTreeMap<String, String>,
    /// The key of the evaluation, which names this report.
    pub identity: Identity,
    /// The key of the training, which names the weights. Reports that share it are of one network.
    pub training: Identity,
    /// The version of the program that ran it.
    pub elbo_version: String,
    /// The backend's name.
    pub backend: String,
    /// `cpu`, `gpu`, `cuda` or `metal`.
    pub device_kind: String,
    /// The kernels that computed.
    pub kernel_table: String,
    /// The run's seed.
    pub seed: u64,
    /// The family of its output, as specs call it.
    pub output: String,
    /// The network.
    pub network: NetworkFacts,
    /// The data.
    pub data: DataFacts,
}

/// The size of a network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkFacts {
    /// Weights and biases, each counted once however it is treated.
    pub parameters: u64,
    /// Those of them that have a variational posterior.
    pub variational_parameters: u64,
    /// Multiplications and additions of one pass over one input, counted in pairs.
    pub multiply_accumulates: u64,
    /// Whether two draws of a prediction can differ.
    pub stochastic: bool,
}

/// The data of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataFacts {
    /// The name that the spec declares the dataset by.
    pub name: String,
    /// The source's name, such as `cifar10`.
    pub source: String,
    /// SHA-256 of all that was read for both splits: of the digests of its files, one per line. With the name it is what
    /// a dataset is told by.
    pub sha256: String,
    /// SHA-256 that two runs share if they are scored on the same test examples.
    pub test_sha256: String,
    /// How many classes there are; `None` where targets are real numbers.
    pub classes: Option<usize>,
    /// What each class is called, where the spec or the source says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub class_names: Vec<String>,
    /// Files that were skipped or changed in form when the data were read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub file_notes: Vec<FileNote>,
    /// The statistics of the training split that each `normalize()` of the transforms uses, in their order, by channel:
    /// what is needed to prepare another example as those of the run were.
    pub normalization: Vec<Vec<ChannelStatistics>>,
    /// What real targets were scaled by for training; absent where they were taken as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_scale: Option<TargetScale>,
    /// SHA-256 of each data file, by its name without the folder; of files of an out-of-distribution set behind
    /// `out_of_distribution/<set>/`.
    pub digests: BTreeMap<String, String>,
}

impl DataFacts {
    /// What people call it: the declared name, and where it comes from if that is another word.
    pub fn called(&self) -> String {
        if self.name == self.source { self.name.clone() } else { format!("{} ({})", self.name, self.source) }
    }
}
