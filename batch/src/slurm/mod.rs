//! Arrays of Slurm.
//!
//! A batch is given to Slurm as arrays, one for each shape of task ([`Shape`]), whose tasks are workers of the batch's
//! own work list. Nothing of ours stays alive where it was submitted. What is finished is in the store, and only there:
//! the queue ([`Queue`]) is asked so that nothing is submitted twice, and to say what waits and why ([`hints`]).

mod adapter;
mod cancel;
mod cluster;
mod command;
mod error;
mod hints;
mod queue;
mod script;
mod settings;
mod shape;
mod standing;
mod submission;
mod submit;
mod task;
mod time;

pub use adapter::given_adapter;
pub use cancel::cancel;
pub use cluster::Cluster;
pub use error::SlurmError;
pub use hints::{Hint, Node, hints, nodes};
pub use queue::{Queue, QueuedTask, queue_of};
pub use settings::{DEFAULT_WARNING, MemoryRequest, SLURM_KEYS, SlurmSettings};
pub use shape::Shape;
pub use standing::standing_text;
pub use submission::{Outcome, Submission, task_logs};
pub use submit::{Submitted, submit};
pub use task::{ArrayTask, HandedBack};
