//! Counter-based randomness: every number is a function of (seed, purpose, layer, step, sample,
//! index), whoever asks for it, in whatever order, on any number of threads.
//!
//! (seed, purpose, name) give a Philox key through SHA-256; (step, sample, index) are the counter.
//!
//! ```
//! use elbo_random::{Key, Purpose};
//!
//! let stream = Key::new(7).stream(Purpose::TrainingNoise, "conv1");
//! let (mut all, mut last) = ([0.0_f32; 8], [0.0_f32; 3]);
//! stream.fill_normal(20, 0, 0, &mut all);
//! stream.fill_normal(20, 0, 5, &mut last);
//! assert_eq!(all[5..], last);
//! ```

mod address;
mod permutation;
mod stream;
#[cfg(test)]
mod tests;

pub use address::{Key, Purpose, Stream};
