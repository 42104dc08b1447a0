//! What makes two trainings the same training, and two evaluations the same evaluation.

use super::StoreError;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;

/// The version of the runtime's arithmetic. It grows with every change that lets the same run come
/// to other bits, so that old and new results are never taken for each other.
pub const NUMERICS_VERSION: u32 = 5;

/// Digits of a key in names of folders: 64 bits.
const SHORT: usize = 16;

/// Everything the bits of trained weights depend on. What is scored, and how, is no part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrainingParts {
    /// `elbo_compiler::ir::training_digest` of the run.
    pub ir_digest: String,
    /// SHA-256 of each file that training and validation examples are read from, in the order they are read. What the
    /// files are called does not matter.
    pub data: Vec<String>,
    /// SHA-256 of each file that a layer starts from, as `weights/<layer>`.
    pub weights: BTreeMap<String, String>,
    /// The run's seed.
    pub seed: u64,
    /// [`NUMERICS_VERSION`].
    pub numerics_version: u32,
    /// The backend's name.
    pub backend: String,
    /// `cpu`, `gpu`, `cuda` or `metal`; not which one of several.
    pub device_kind: String,
    /// The table of kernels that computes, where a backend has several.
    pub kernel_table: String,
}

impl TrainingParts {
    /// SHA-256 of the parts' JSON, whose keys stand in the order of declaration.
    pub fn key(&self) -> Identity {
        Identity::of(self)
    }
}

/// Everything the bits of a report depend on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EvaluationParts {
    /// The key of the training whose weights are scored.
    pub training: Identity,
    /// The name that the spec declares the dataset by: with the content it is what a dataset is told by.
    pub dataset: String,
    /// `elbo_compiler::ir::evaluation_digest` of the run: draws, estimator, metrics, sets of another distribution.
    pub report_digest: String,
    /// The version of the report's form: a program that reports otherwise scores again.
    pub report_version: u32,
    /// SHA-256 of each file that only the test split is read from, in the order they are read.
    pub test: Vec<String>,
    /// SHA-256 of each file of a set of another distribution, by `out_of_distribution/<set>/<file>`.
    pub out_of_distribution: BTreeMap<String, String>,
}

impl EvaluationParts {
    /// SHA-256 of the parts' JSON, whose keys stand in the order of declaration.
    pub fn key(&self) -> Identity {
        Identity::of(self)
    }
}

/// The two keys of a run: one names its weights, the other its report. Many evaluations may share a training.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunKeys {
    /// The training's: what the weights depend on.
    pub training: Identity,
    /// The evaluation's: that, and what the report depends on.
    pub evaluation: Identity,
}

/// A key of a training or an evaluation: 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Identity(String);

impl Identity {
    fn of(parts: &impl Serialize) -> Self {
        let bytes = serde_json::to_vec(parts).expect("the parts have only string keys and whole numbers");
        Self(Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Reads an identity.
    ///
    /// # Errors
    /// [`StoreError::Identity`] if it is anything but 64 digits from 0-9 and a-f.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if digits && text.len() == 64 { Ok(Self(text.to_owned())) } else { Err(StoreError::Identity(text.to_owned())) }
    }

    /// Its digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its first digits, enough to tell it from any other that a person will meet.
    pub fn short(&self) -> &str {
        &self.0[..SHORT]
    }

    /// The first two digits, by which a store divides its runs.
    pub fn prefix(&self) -> &str {
        &self.0[..2]
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for Identity {
    type Error = StoreError;

    fn try_from(text: String) -> Result<Self, StoreError> {
        Self::parse(&text)
    }
}

impl From<Identity> for String {
    fn from(identity: Identity) -> Self {
        identity.0
    }
}
