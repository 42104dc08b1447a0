//! Where runs are kept: `<store>/ab/<identity>/attempt-0001/…` while one is made,
//! `<store>/ab/<identity>/result/…` once it is whole.
//!
//! A store is plain directories, on a shared file system, too: no database, no lock file. Each attempt
//! has a directory of its own, a result is published by one rename, and a second result of the same
//! identity must equal the first. What the files hold is described where they are written:
//! [`RunRecord`] (`run.toml`), [`write_weights`] (`weights.safetensors`), [`crate::report::Report`]
//! (`report.json`) and [`crate::train::MetricsLog`] (`metrics.jsonl`).

mod atomic;
mod attempt;
mod compare;
mod error;
mod identity;
mod layout;
mod open;
mod publish;
mod run_record;
mod timestamp;
mod weights;

pub use atomic::{write_atomically, write_folder_atomically};
pub use attempt::Attempt;
pub use compare::Comparison;
pub use error::StoreError;
pub use identity::{Identity, IdentityParts, NUMERICS_VERSION};
pub use layout::Store;
pub use open::open_result;
pub use publish::{Published, ResultFile};
pub use run_record::{RUN_RECORD, RunRecord, RunStatus, read_run_record};
pub use timestamp::{timestamp, unix_seconds};
pub use weights::{WEIGHTS, read_result_weights, read_weights, safetensors_bytes, write_weights};

#[cfg(test)]
mod tests;
