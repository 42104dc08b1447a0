//! What makes two runs the same run.

use super::StoreError;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;

/// The version of the runtime's arithmetic. It grows with every change that lets the same run come
/// to other bits, so that old and new results are never taken for each other.
pub const NUMERICS_VERSION: u32 = 2;

/// Everything the bits of a result depend on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IdentityParts {
    /// `elbo_compiler::ir::digest` of the run.
    pub ir_digest: String,
    /// SHA-256 of each data file, by its name without the folder, and of each file that a layer starts from, as
    /// `weights/<layer>`.
    pub data_digests: BTreeMap<String, String>,
    /// The run's seed.
    pub seed: u64,
    /// [`NUMERICS_VERSION`].
    pub numerics_version: u32,
    /// The backend's name.
    pub backend: String,
    /// `cpu`, `cuda` or `metal`; not which one of several.
    pub device_kind: String,
    /// The table of kernels that computes, where a backend has several.
    pub kernel_table: String,
}

impl IdentityParts {
    /// SHA-256 of the parts' JSON, whose keys stand in the order of declaration.
    pub fn identity(&self) -> Identity {
        let bytes = serde_json::to_vec(self).expect("the parts have only string keys and whole numbers");
        Identity(Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// A run's identity: 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Identity(String);

impl Identity {
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
