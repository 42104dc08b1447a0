mod files;
mod identity;
mod open;
mod publish;
mod run_record;
mod standing;
mod weights;

use super::{Identity, IdentityParts, NUMERICS_VERSION};
use std::collections::BTreeMap;

/// What identifies some run.
fn parts() -> IdentityParts {
    IdentityParts {
        ir_digest: "0123".repeat(16),
        data_digests: BTreeMap::from([("digits".to_owned(), "ab".repeat(32))]),
        seed: 7,
        numerics_version: NUMERICS_VERSION,
        backend: "candle".to_owned(),
        device_kind: "cpu".to_owned(),
        kernel_table: "generic".to_owned(),
    }
}

fn identity() -> Identity {
    parts().identity()
}

/// Names in a folder, sorted.
fn names(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder exists");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
