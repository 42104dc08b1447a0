//! The digest of a run's meaning.

use super::Run;
use sha2::{Digest, Sha256};

/// SHA-256, in lower-case hexadecimal, of the canonical JSON of the run. Where the data lies
/// ([`super::Data::root`]) is left out: moving a folder does not change what a run means.
pub fn digest(run: &Run) -> String {
    let mut canonical = run.clone();
    canonical.data.root = None;
    let bytes = serde_json::to_vec(&canonical).expect("the IR has only string keys and finite numbers");
    Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
