//! A finished run as its two records tell of it.

use crate::store::{EvaluationRecord, Identity, RunKeys, RunRecord, TRAINING};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The fewest digits of a key that are taken for its beginning.
const FEWEST_DIGITS: usize = 4;

/// A finished run as its two records tell of it; no other file has been read.
#[derive(Debug, Clone)]
pub struct Stored {
    /// How its weights came about.
    pub training: RunRecord,
    /// How its report came about.
    pub evaluation: EvaluationRecord,
    /// The directory of its evaluation.
    pub directory: PathBuf,
}

impl Stored {
    /// Its keys.
    pub fn keys(&self) -> RunKeys {
        RunKeys { training: self.evaluation.training.clone(), evaluation: self.evaluation.identity.clone() }
    }

    /// Whether these digits, in enough of them, begin its key or that of its training.
    pub fn has_key(&self, digits: &str) -> bool {
        let lower = digits.to_ascii_lowercase();
        let begins = |key: &Identity| key.as_str().starts_with(&lower);
        digits.len() >= FEWEST_DIGITS && (begins(&self.evaluation.identity) || begins(&self.evaluation.training))
    }

    /// SHA-256 of each file that it read, by name.
    pub fn digests(&self) -> BTreeMap<String, String> {
        let mut digests = self.training.data_digests.clone();
        digests.extend(self.evaluation.data_digests.clone());
        digests
    }

    /// What tells it from others, in a line.
    pub fn description(&self) -> String {
        let record = &self.evaluation;
        let draws = record.report.samples;
        let data = self.digests().into_iter().find(|(name, _)| !name.contains('/'));
        format!(
            "{}  {}  on {}{}, seed {}, {draws} {}, training {}, {}  {}",
            &record.identity.as_str()[..8],
            record.name,
            record.data,
            data.map_or_else(String::new, |(file, digest)| format!(" ({file} {})", &digest[..8])),
            self.training.seed,
            if draws == 1 { "draw" } else { "draws" },
            &record.training.as_str()[..8],
            record.finished,
            self.directory.display()
        )
    }
}

/// The directory of the training that an evaluation belongs to.
pub(crate) fn training_of(evaluation: &Path) -> PathBuf {
    let absolute = std::path::absolute(evaluation).unwrap_or_else(|_| evaluation.to_owned());
    let of = |path: &Path| Some(path.parent()?.parent()?.join(TRAINING));
    // As it was written, where that goes up far enough.
    let written = of(evaluation).filter(|path| path.is_dir());
    written.or_else(|| of(&absolute)).unwrap_or_else(|| evaluation.join(TRAINING))
}
