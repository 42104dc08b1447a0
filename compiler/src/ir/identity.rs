//! The digest of a run's meaning.

use super::Run;
use sha2::{Digest, Sha256};

/// SHA-256, in lower-case hexadecimal, of the canonical JSON of the run. Where the data lies
/// ([`super::Data::root`]) and how often progress is saved are left out: neither changes what a run means.
pub fn digest(run: &Run) -> String {
    let mut canonical = run.clone();
    canonical.data.root = None;
    canonical.training.checkpoint = None;
    for other in &mut canonical.report.out_of_distribution {
        other.root = None;
    }
    let bytes = serde_json::to_vec(&canonical).expect("the IR has only string keys and finite numbers");
    Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
