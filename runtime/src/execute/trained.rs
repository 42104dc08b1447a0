//! What a training leaves to be scored, and how it is read back.

use super::{ExecuteError, METRICS};
use crate::backend::Parameters;
use crate::store::{StoreError, WEIGHTS, open_training, read_weights};
use crate::train::{EpochRecord, TrainingSummary, read_epochs};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The name of the file with what the training came to.
pub(super) const TRAINED: &str = "training.json";

/// The version of its form.
const VERSION: u32 = 1;

/// What a training leaves to be scored.
pub(super) struct Trained {
    /// What says which posterior it is: the selected weights.
    pub parameters: Parameters,
    /// What it came to.
    pub summary: TrainingSummary,
    /// Its epochs.
    pub epochs: Vec<EpochRecord>,
}

/// What `training.json` holds.
#[derive(Serialize, Deserialize)]
pub(super) struct TrainedFile {
    version: u32,
    summary: TrainingSummary,
}

impl TrainedFile {
    pub fn new(summary: &TrainingSummary) -> Self {
        Self { version: VERSION, summary: summary.clone() }
    }

    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a summary has only string keys");
        text.push('\n');
        text
    }
}

impl Trained {
    /// Reads a published training whose files are as they were published, and whose tensors have the names and shapes
    /// of `wanted`.
    pub fn read(directory: &Path, wanted: &Parameters) -> Result<Self, ExecuteError> {
        open_training(directory)?;
        let parameters = read_weights(&directory.join(WEIGHTS), wanted)?;
        let damaged = |name: &str, problem: String| StoreError::Content { path: directory.join(name), problem };
        let read = |name: &str| {
            let path = directory.join(name);
            std::fs::read_to_string(&path).map_err(|source| StoreError::Read { path, source })
        };
        let file: TrainedFile =
            serde_json::from_str(&read(TRAINED)?).map_err(|error| damaged(TRAINED, error.to_string()))?;
        if file.version != VERSION {
            return Err(damaged(TRAINED, format!("its version is {}, known is {VERSION}", file.version)).into());
        }
        let epochs = read_epochs(&read(METRICS)?).map_err(|problem| damaged(METRICS, problem))?;
        Ok(Self { parameters, summary: file.summary, epochs })
    }
}
