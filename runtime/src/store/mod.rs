//! Where runs are kept: `<store>/ab/<identity>/attempt-0001/…` while one is made,
//! `<store>/ab/<identity>/result/…` once it is whole.
//!
//! A store is plain directories, on a shared file system, too: no database, no lock file. Each attempt
//! has a directory of its own, a result is published by one rename, and a second result of the same
//! identity must equal the first. While an attempt trains, its folder `checkpoints` holds where it stood
//! (`000000001200.json` and `000000001200.safetensors` after 1200 steps, the last two of them, those of earlier attempts included); a later attempt at the
//! same run goes on from there, and once the result is published the checkpoints of all attempts are removed. What the files hold is described where they are written:
//! [`RunRecord`] (`run.toml`), [`write_weights`] (`weights.safetensors`), [`crate::report::Report`]
//! (`report.json`) and [`crate::train::MetricsLog`] (`metrics.jsonl`).

mod atomic;
mod attempt;
mod checkpoint;
mod compare;
pub(crate) mod disk;
mod error;
mod growing_file;
mod heartbeat;
mod identity;
mod layout;
mod obstacle;
mod open;
mod publish;
mod run_record;
mod standing;
mod timestamp;
mod weights;

pub use atomic::{write_atomically, write_folder_atomically};
pub use attempt::Attempt;
pub use checkpoint::FoundCheckpoint;
pub use compare::Comparison;
pub use error::StoreError;
pub use growing_file::{Beginning, GrowingFile};
pub use heartbeat::{AttemptProgress, Heartbeat, Pulse, SILENCE, StoreClock};
pub use identity::{Identity, IdentityParts, NUMERICS_VERSION};
pub use layout::{METRICS, Store};
pub use open::open_result;
pub use publish::{Published, ResultFile};
pub use run_record::{RUN_RECORD, RunRecord, RunStatus, read_run_record};
pub use standing::LastAttempt;
pub use timestamp::{timestamp, unix_seconds};
pub use weights::{WEIGHTS, read_result_weights, read_weights, safetensors_bytes, write_weights};

#[cfg(test)]
mod tests;
