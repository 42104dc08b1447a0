mod by_name;
mod evaluation_record;
mod files;
mod identity;
mod open;
mod publish;
mod run_record;
mod standing;
mod weights;

use super::{EvaluationParts, Identity, NUMERICS_VERSION, RunKeys, TrainingParts};
use std::collections::BTreeMap;

/// What names some training.
fn parts() -> TrainingParts {
    TrainingParts {
        ir_digest: "0123".repeat(16),
        data: vec!["ab".repeat(32)],
        weights: BTreeMap::new(),
        seed: 7,
        numerics_version: NUMERICS_VERSION,
        backend: "candle".to_owned(),
        device_kind: "cpu".to_owned(),
        kernel_table: "generic".to_owned(),
    }
}

/// What names an evaluation of it.
fn evaluation() -> EvaluationParts {
    EvaluationParts {
        training: parts().key(),
        dataset: "digits_data".to_owned(),
        report_digest: "4567".repeat(16),
        report_version: 7,
        test: vec!["cd".repeat(32)],
        out_of_distribution: BTreeMap::new(),
    }
}

/// The training's data by name.
fn data() -> BTreeMap<String, String> {
    BTreeMap::from([("digits".to_owned(), "ab".repeat(32))])
}

fn keys() -> RunKeys {
    RunKeys { training: parts().key(), evaluation: evaluation().key() }
}

fn identity() -> Identity {
    parts().key()
}

/// Names in a folder, sorted.
fn names(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder exists");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
