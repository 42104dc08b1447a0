//! `run.toml`: how a training came about.

use super::{Identity, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use toml::value::Datetime;

/// The name of the file.
pub const RUN_RECORD: &str = "run.toml";

/// What a reader may expect of another machine.
const ON_BITS: &str = "# The same identity gives the same bits on any number of threads. Another kernel_table, or another backend, has an\n\
    # identity of its own: its kernels agree to about 1e-5 in what they compute, not to the bit.\n\n";

/// The version of the form.
const VERSION: u32 = 3;

/// The last version of a form in which a result held weights and scores in one folder `result`.
const OLDER: i64 = 2;

/// How a training came about: everything its key is made of, and the circumstances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRecord {
    pub(crate) version: u32,
    /// The training's key.
    pub identity: Identity,
    /// In the directory of an attempt: the key of the evaluation it is made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluation: Option<Identity>,
    /// How it ended.
    pub status: RunStatus,
    /// The version of this program.
    pub elbo_version: String,
    /// `elbo_compiler::ir::training_digest` of the run.
    pub ir_digest: String,
    /// The version of the runtime's arithmetic.
    pub numerics_version: u32,
    /// The backend's name.
    pub backend: String,
    /// The device as it was asked for, such as `cpu` or `cuda:1`.
    pub device: String,
    /// The table of kernels that computed.
    pub kernel_table: String,
    /// Threads that computed. Not part of the identity: their number changes no bit.
    pub threads: usize,
    /// The run's seed. TOML's whole numbers end at 2⁶³ − 1; larger seeds are written in quotes.
    #[serde(with = "seed")]
    pub seed: u64,
    /// When the attempt began, UTC.
    pub started: Datetime,
    /// When it ended, UTC.
    pub finished: Option<Datetime>,
    /// SHA-256 of each file that training reads, by its name without the folder; of a file that a layer starts from as
    /// `weights/<layer>`.
    pub data_digests: BTreeMap<String, String>,
    /// SHA-256 of each file of the result but this one, by name; empty until there is a result.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
}

/// How an attempt stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// It goes on, or was cut off.
    Running,
    /// Its result is whole.
    Finished,
    /// It was stopped and can be resumed.
    Stopped,
    /// It ended with an error.
    Failed,
}

impl RunRecord {
    /// A record of the present form that begins at `started`; the rest is filled in by the caller
    /// through the public fields.
    pub fn begin(parts: &super::TrainingParts, data_digests: BTreeMap<String, String>, started: Datetime) -> Self {
        Self {
            version: VERSION,
            identity: parts.key(),
            evaluation: None,
            status: RunStatus::Running,
            elbo_version: env!("CARGO_PKG_VERSION").to_owned(),
            ir_digest: parts.ir_digest.clone(),
            numerics_version: parts.numerics_version,
            backend: parts.backend.clone(),
            device: parts.device_kind.clone(),
            kernel_table: parts.kernel_table.clone(),
            threads: 1,
            seed: parts.seed,
            started,
            finished: None,
            data_digests,
            files: BTreeMap::new(),
        }
    }

    /// The content of `run.toml`.
    pub fn to_toml(&self) -> String {
        let record = toml::to_string(self).expect("the record has only string keys and TOML's own types");
        format!("{ON_BITS}{record}")
    }
}

/// Reads a `run.toml`.
///
/// # Errors
/// [`StoreError::Read`] and [`StoreError::Content`], also for a version that is not known.
pub fn read_run_record(path: &Path) -> Result<RunRecord, StoreError> {
    let text = std::fs::read_to_string(path).map_err(StoreError::read(path))?;
    let content = |error: toml::de::Error| StoreError::content(path, error.message());
    let table: toml::Table = toml::from_str(&text).map_err(content)?;
    match table.get("version").and_then(toml::Value::as_integer) {
        Some(version) if version == i64::from(VERSION) => toml::from_str(&text).map_err(content),
        Some(version @ ..=OLDER) => Err(StoreError::Older { path: path.to_owned(), version }),
        Some(version) => Err(StoreError::content(path, format!("its version is {version}, known is {VERSION}"))),
        None => Err(StoreError::content(path, "it has no `version`")),
    }
}

/// A seed as TOML can hold it.
mod seed {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(u64),
        Text(String),
    }

    pub fn serialize<S: Serializer>(seed: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        match i64::try_from(*seed) {
            Ok(number) => number.serialize(serializer),
            Err(_) => seed.to_string().serialize(serializer),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        match Written::deserialize(deserializer)? {
            Written::Number(number) => Ok(number),
            Written::Text(text) => {
                text.parse().map_err(|_| D::Error::custom("`seed` is no whole number from 0 to 2⁶⁴ − 1"))
            }
        }
    }
}
