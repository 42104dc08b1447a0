//! What can be said of a network before anything runs.

mod counts;
pub mod diff;
mod examples;
mod ledger;
mod memory;
mod objective;
mod plan;

pub use counts::{LayerCounts, TensorKind, WeightTensor, count, multiply_accumulates, weight_tensors};
pub use examples::{ExampleCounts, published_classes, rounded_share};
pub use ledger::{Expected, KlForm, Ledger, LedgerEntry, Means};
pub use memory::{LayerMemory, layer_memory, network_memory, optimizer_state};
pub use objective::{Place, effective_temperature, kl_weight, warm_epoch};
pub use plan::{KlTerm, TrainingPlan};
