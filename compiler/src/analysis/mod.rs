//! What can be said of a network before anything runs.

mod counts;
pub mod diff;
mod divergence;
mod examples;
mod ledger;
mod memory;
mod objective;
mod plan;
mod quadrature;

pub use counts::{
    LayerCounts, TensorKind, WeightTensor, count, multiply_accumulates, noise_parameters, weight_tensors,
};
pub use divergence::{
    DrawMoments, ScaleMixture, divergence, gaussian_divergence, laplace_divergence, laplace_divergence_gradient,
    mixture_divergence, mixture_draw_moments,
};
pub use examples::{ExampleCounts, published_classes, rounded_share};
pub use ledger::{Expected, KlForm, Ledger, LedgerEntry, Means};
pub use memory::{LayerMemory, layer_memory, network_memory, optimizer_state};
pub use objective::{Place, effective_temperature, kl_weight, warm_epoch};
pub use plan::{KlTerm, TrainingPlan};
