//! What can be said of a network before anything runs.

mod cautions;
mod claim_range;
pub mod diff;
mod divergence;
mod examples;
mod ledger;
mod memory;
mod objective;
mod plan;
mod positions;
mod quadrature;
mod randomness;
mod softplus;

pub use crate::ir::counts::{LayerCounts, count, multiply_accumulates, noise_parameters, weight_tensors};
pub use crate::layers::{TensorKind, WeightTensor};
pub(crate) use cautions::choosers;
pub use cautions::{Caution, Subject, cautions};
pub use claim_range::{known_beforehand, range_of, range_of_difference};
pub use divergence::{
    DrawMoments, ScaleMixture, divergence, gaussian_divergence, laplace_divergence, laplace_divergence_gradient,
    mixture_divergence, mixture_draw_moments,
};
pub use examples::{ExampleCounts, Impossible, impossible_division, known_classes, published_classes, rounded_share};
pub use ledger::{Expected, KlForm, Ledger, LedgerEntry, Means};
pub use memory::{LayerMemory, layer_memory, network_memory, optimizer_state};
pub use objective::{Place, effective_temperature, kl_weight, mean_kl_weight, warm_epoch};
pub use plan::{KlTerm, TrainingPlan};
pub use positions::{drawn_by_position, has_posterior};
pub use randomness::{draws_mask_at_prediction, is_random_at_prediction};
pub(crate) use randomness::{is_random_in_training, masks_at_prediction};
pub use softplus::{SOFTPLUS_IS_EXPONENTIAL, ln_softplus, softplus};
