//! What a step does with parameters: the divergence and the penalty join the gradients, which are checked and clipped,
//! and an optimizer moves the numbers.
//!
//! Tensors of one value each lie one after the other in one set of buffers, tensors of Gaussians in another, as
//! [`Segments`] lays them out: the same places in every buffer of a set, so that each kernel here is started once for
//! all tensors. A step records, in this order,
//!
//! 1. after each sample [`DrawnDivergence`], where a prior has no closed form,
//! 2. [`Penalty`] over values and [`Divergence`] over Gaussians, which complete the gradients, and [`Finite`] over
//!    whatever else must be a number, such as costs and pending statistics; each writes a record of every block,
//! 3. [`Verdict`], which reads all records: whether the step may be taken, and the scale that clips gradients,
//! 4. [`Update`] over values, means and ρ, and [`Adopt`] of pending statistics, which do nothing where the verdict
//!    forbids it.
//!
//! All of it is one submission; the host reads the [`Decision`] with what else it wants of the step.

mod adopt;
mod divergence;
mod drawn_divergence;
mod finite;
mod logarithms;
mod penalty;
mod records;
mod segments;
#[cfg(test)]
mod tests;
mod update;
mod variances;
mod verdict;
mod windows;

pub use adopt::Adopt;
pub use divergence::Divergence;
pub use drawn_divergence::{Density, DrawnDivergence};
pub use finite::Finite;
pub(super) use logarithms::LOGARITHMS;
pub use penalty::Penalty;
pub use records::{Finding, Records};
pub use segments::{Along, ClosedPrior, Kind, Segment, Segments};
pub use update::{Optimizer, Update};
pub use variances::Variances;
pub use verdict::{Decision, VERDICT, Verdict};
pub use windows::{BLOCK, blocks};

/// The ρ of numbers that do not exist, such as the padding of a packed tensor; their μ is 0. They are left out of every
/// sum, keep σ = 0, and never move.
pub const ABSENT: f32 = -1e30;
