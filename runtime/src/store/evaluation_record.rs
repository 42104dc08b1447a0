//! `evaluation.toml`: how a report came about.

use super::{EvaluationParts, Identity, StoreError};
use elbo_compiler::ir::Report;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::value::Datetime;

/// The name of the file.
pub const EVALUATION_RECORD: &str = "evaluation.toml";

/// The version of the form.
const VERSION: u32 = 1;

/// How a report came about: everything its key is made of, and the circumstances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvaluationRecord {
    version: u32,
    /// The evaluation's key.
    pub identity: Identity,
    /// The key of the training whose weights are scored.
    pub training: Identity,
    /// What the run was called in the spec that it was first scored for.
    pub name: String,
    /// What its dataset was called there.
    pub data: String,
    /// The folder that the run's data files are relative to, where it was when they were read; `None` in records of
    /// before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// The version of this program.
    pub elbo_version: String,
    /// `elbo_compiler::ir::evaluation_digest` of the run.
    pub report_digest: String,
    /// The version of the report's form.
    pub report_version: u32,
    /// When it was published, UTC.
    pub finished: Datetime,
    /// SHA-256 of each file that only the test split is read from, by its name without the folder, and of each file of a
    /// set of another distribution, as `out_of_distribution/<set>/<file>`.
    pub data_digests: BTreeMap<String, String>,
    /// SHA-256 of each file of the evaluation but this one, by name.
    pub files: BTreeMap<String, String>,
    /// The settings of the report.
    pub report: Report,
}

impl EvaluationRecord {
    /// A record of the present form.
    pub fn new(
        parts: &EvaluationParts,
        (name, data): (&str, &str),
        folder: Option<PathBuf>,
        report: &Report,
        (data_digests, files): (BTreeMap<String, String>, BTreeMap<String, String>),
        finished: Datetime,
    ) -> Self {
        Self {
            version: VERSION,
            identity: parts.key(),
            training: parts.training.clone(),
            name: name.to_owned(),
            data: data.to_owned(),
            folder,
            elbo_version: env!("CARGO_PKG_VERSION").to_owned(),
            report_digest: parts.report_digest.clone(),
            report_version: parts.report_version,
            finished,
            data_digests,
            files,
            report: report.clone(),
        }
    }

    /// The content of `evaluation.toml`.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("the record has only string keys and TOML's own types")
    }
}

/// Reads an `evaluation.toml`.
///
/// # Errors
/// [`StoreError::Read`] and [`StoreError::Content`], also for a version that is not known.
pub fn read_evaluation_record(path: &Path) -> Result<EvaluationRecord, StoreError> {
    let text = std::fs::read_to_string(path).map_err(StoreError::read(path))?;
    let content = |error: toml::de::Error| StoreError::content(path, error.message());
    let table: toml::Table = toml::from_str(&text).map_err(content)?;
    match table.get("version").and_then(toml::Value::as_integer) {
        Some(version) if version == i64::from(VERSION) => toml::from_str(&text).map_err(content),
        Some(version) => Err(StoreError::content(path, format!("its version is {version}, known is {VERSION}"))),
        None => Err(StoreError::content(path, "it has no `version`")),
    }
}
