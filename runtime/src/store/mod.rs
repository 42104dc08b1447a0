//! Where runs are kept. A training and its evaluations have a folder `<store>/ab/<training>`, named after the training's
//! key: `attempt-0001/…` while somebody works there, `training/…` once the weights are whole, and
//! `evaluations/<first digits of the evaluation's key>/…` for each report on them.
//!
//! A store is plain directories, on a shared file system, too: no database, no lock file. Each attempt
//! has a directory of its own; a training and an evaluation are published by one rename each, and a second one of the same
//! key must equal the first. So however often a training is scored, its weights are there once. While an attempt trains, its
//! folder `checkpoints` holds where it stood (`000000001200.json` and `000000001200.safetensors` after 1200 steps, the last
//! two of them, those of earlier attempts included); a later attempt at the same training goes on from there, and once the
//! training is published the checkpoints of all attempts are removed; an attempt that was cut off before its report was
//! published leaves the next one only the scoring. What the files hold is described where they are written:
//! [`RunRecord`] (`run.toml`), [`EvaluationRecord`] (`evaluation.toml`), [`weights_bytes`] (`weights.safetensors`),
//! [`crate::report::Report`] (`report.json`) and [`crate::train::MetricsLog`] (`metrics.jsonl`).

mod atomic;
mod attempt;
mod attempt_folders;
mod by_name;
pub(crate) mod checkpoint;
mod compare;
mod digest;
pub(crate) mod disk;
mod error;
mod evaluation_record;
mod growing_file;
mod heartbeat;
mod identity;
mod layout;
mod obstacle;
mod open;
mod publish;
mod run_record;
mod standing;
mod tensor_file;
mod timestamp;
mod weights;

pub use atomic::{prepare_beside, put_in_place, replace_atomically, write_atomically, write_folder_atomically};
pub use attempt::Attempt;
pub use by_name::BY_NAME;
pub use checkpoint::{FoundCheckpoint, Usability};
pub use compare::Comparison;
pub use error::StoreError;
pub use evaluation_record::{EVALUATION_RECORD, EvaluationRecord, read_evaluation_record};
pub use growing_file::{Beginning, GrowingFile};
pub use heartbeat::{AttemptProgress, Heartbeat, Pulse, SILENCE, StoreClock};
pub use identity::{EvaluationParts, Identity, NUMERICS_VERSION, RunKeys, TrainingParts};
pub use layout::{BATCHES, EVALUATIONS, METRICS, Store, TRAINING, lies_in_a_run};
pub use open::{open_evaluation, open_training};
pub use publish::{Published, ResultFile};
pub use run_record::{RUN_RECORD, RunRecord, RunStatus, read_run_record};
pub use standing::LastAttempt;
pub use tensor_file::{TensorFile, TensorFileError};
pub use timestamp::{timestamp, unix_seconds};
pub use weights::{WEIGHTS, read_result_weights, read_weights, safetensors_bytes, weights_bytes, write_weights};

#[cfg(test)]
mod tests;
