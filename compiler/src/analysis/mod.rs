//! What can be said of a network before anything runs.

mod cautions;
mod claim_range;
pub mod diff;
mod examples;
mod ledger;
mod memory;
mod plan;
mod positions;
mod randomness;
mod softplus;

pub use crate::ir::counts::{LayerCounts, count, multiply_accumulates, noise_parameters, weight_tensors};
pub use crate::layers::{Statistic, StatisticTensor, TensorKind, WeightTensor};
pub use crate::posteriors::variational::{Place, effective_temperature, kl_weight, mean_kl_weight, warm_epoch};
pub(crate) use cautions::choosers;
pub use cautions::{Caution, Subject, cautions};
pub use claim_range::{known_beforehand, range_of, range_of_difference};
pub use examples::{ExampleCounts, Impossible, impossible_division, rounded_share};
pub use ledger::{Expected, KlForm, Ledger, LedgerEntry, Means};
pub use memory::{LayerMemory, layer_memory, network_memory, optimizer_state};
pub use plan::{KlTerm, TrainingPlan};
pub use positions::{drawn_by_position, has_posterior};
pub use randomness::{draws_mask_at_prediction, is_random_at_prediction};
pub(crate) use randomness::{is_random_in_training, masks_at_prediction};
pub use softplus::{SOFTPLUS_IS_EXPONENTIAL, ln_softplus, softplus};
