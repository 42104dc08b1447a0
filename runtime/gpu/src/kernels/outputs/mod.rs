//! What a network's outputs cost: costs of examples, what is predicted, and gradients.
//!
//! [`Family`] says what outputs mean. It turns targets into words for the device ([`Family::words`]) and knows what
//! of the cost hangs on them alone ([`Family::constant`], added by the host in double precision). A training step
//! records, for each sample, [`Loss`] and, where the output learns a vector of its own, [`LearnedGradient`]; after
//! the last sample [`Closeness`].
//!
//! The host sets [`crate::Varying::loss_weight`] to 1/[`Family::total`] of the batch. The mean cost of a batch is the
//! sum of [`Loss::costs`] plus [`Family::constant`], divided by that total.

mod categorical;
mod closeness;
mod family;
mod gaussian;
mod learned_gradient;
mod loss;
mod poisson;
mod real_targets;
mod student_t;
mod targets;
#[cfg(test)]
mod tests;

pub use categorical::{Categorical, Link};
pub use closeness::Closeness;
pub use family::Family;
pub use learned_gradient::LearnedGradient;
pub use loss::Loss;
pub use real_targets::{Distribution, RealTargets, Second};
pub use targets::Targets;
