//! Arrays of Slurm.

mod settings;

pub use settings::{SLURM_KEYS, SlurmSettings};
