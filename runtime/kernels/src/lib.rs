//! The vector kernels of elbo's native CPU backend.
//!
//! Numbers of a layer are laid out `[positions][rows][columns]`: every place of an image (a vector has one), then every
//! example of the batch, then the channels, padded to a multiple of [`PANEL`]. What a convolution does at one place is
//! then a sum of matrix products over the window's taps that lie inside the image ([`Product`]): nothing is unfolded,
//! and no padding is multiplied.
//!
//! [`Kernels`] is the table of functions for this processor; its methods are safe and check their arguments. Kernels are
//! single-threaded; [`for_each_tile`] runs them in rayon's current pool. No result depends on the number of threads;
//! between tables results differ by rounding, except random numbers, which are the same to the bit.
//!
//! Tests compare every kernel of every usable table with plain loops; `README.md` has the command that runs them under
//! Miri, `benches/README.md` those that measure.
//!
//! This is the only crate of the workspace with `unsafe` code: vector instructions, blocks of a buffer that do not
//! overlap ([`for_each_tile`]), and aligned memory ([`Buffer`]).
//!
//! ```
//! use elbo_kernels::Kernels;
//!
//! let mut sums = [1.0, 2.0, 3.0];
//! Kernels::widest().add_to(&[0.5, 0.5, 0.5], &mut sums);
//! assert_eq!(sums, [1.5, 2.5, 3.5]);
//! ```

mod activation;
mod buffer;
mod divergence;
mod draw;
mod elementwise;
mod filter;
mod functions;
mod kernels;
mod merge;
mod peak;
mod perturb;
mod prior;
mod product;
mod random;
mod retrace;
mod table;
mod tiles;
mod transpose;
mod update;
mod vector;

#[cfg(test)]
mod tests;

pub use activation::Function;
pub use buffer::Buffer;
pub use draw::{Draw, Drawn, Second, VARIANCE_FLOOR, View};
pub use filter::{Filter, Filtering, Map};
pub use merge::Merge;
pub use peak::{Peak, measure_peak};
pub use perturb::Perturbation;
pub use prior::Prior;
pub use product::{Product, Segment};
pub use random::{Across, Table};
pub use retrace::{Retrace, Retraced};
pub use table::{Kernels, NAMES, NoTable, VARIABLE, usable};
pub use tiles::{Extent, Grid, Region, Strip, Tile, for_each_tile};
pub use update::{Along, Decay, Gaussians, Method, Motion, Points};
pub use vector::PANEL;
