//! Batches: hundreds of independent runs from one manifest, on this machine or on a cluster.
//!
//! ```text
//! manifest.toml ──▶ Manifest ──▶ Plan ──▶ WorkList ──▶ a pool of workers, or arrays of Slurm ──▶ results in the store
//!                   read         compile  immutable    each run in a process of its own
//! ```
//!
//! [`Manifest`] says which specs, with which changes, where. [`Plan`] is everything compiled and checked, duplicates
//! shared, each run's identity and forecast known. [`WorkList`] is what is kept of it in the store, so that a spec
//! edited later changes nothing. A worker ([`worker`]) does one item of it. How a run stands ([`RunState`]) is read
//! from the store alone, so that pools, clusters and people can come and go.
//!
//! ```
//! use elbo_batch::Manifest;
//! use elbo_compiler::sources::SourceMap;
//!
//! let text = "[batch]\nname = \"study\"\nspecs = [\"specs/*.elbo#*_bayes\"]\n";
//! let source = SourceMap::default().add("study.toml", text);
//! let manifest = Manifest::parse("study.toml", text, source).expect("nothing is wrong with it");
//! assert_eq!((manifest.name.as_str(), manifest.specs.len()), ("study", 1));
//! ```

mod calibrating;
mod choose;
mod compiled;
mod compiled_files;
pub mod local;
mod manifest;
mod outdated;
mod plan;
mod select;
pub mod slurm;
mod state;
pub mod table;
mod work_list;
pub mod worker;

pub use calibrating::{calibrated_for, kept_calibration};
pub use choose::choose;
pub use compiled::{BatchRun, CompiledBatch, ManifestFile, RunName, compile_batch};
pub use compiled_files::{CompiledFile, SUMMARY, Summary, compiled_files, summary_csv, summary_text};
pub use manifest::{LocalSettings, Manifest, OverrideTable, Selection};
pub use outdated::{NotKnown, PlannedNow};
pub use plan::{Plan, PlanError, PlannedRun, Where, plan};
pub use select::{SelectError, Selected, select};
pub use state::{Failure, Headline, RunState, States, give_up, state_of, take_up};
pub use work_list::{BatchRecord, Item, ManifestOf, WorkList, WorkListError};
