//! Families of posteriors, a folder or a file each: how a spec writes one, which objectives and layers it goes together
//! with, and what its figures mean. How it is fitted and drawn from is in the runtime's `inference`.
//!
//! A new one is its file here, a variant of [`Inference`] and a line of [`family`]. A family whose network is trained as
//! single values lowers its `bayes` layers to such: backends know Gaussians and values, and nothing of how they are found.

mod family;
mod inference;
pub(crate) mod variational;

pub(crate) use family::{Asked, Part, PosteriorFamily, bayes_layers};
pub use inference::Inference;

use variational::Variational;

/// The family of a posterior.
pub(crate) fn family(inference: Inference) -> &'static dyn PosteriorFamily {
    match inference {
        Inference::Variational => &Variational,
    }
}
