//! Counter-based randomness: every number is a function of (seed, purpose, layer, step, sample,
//! index), whoever asks for it, in whatever order, on any number of threads.
//!
//! (seed, purpose, name) give a Philox key through SHA-256; (step, sample, index) are the counter.

mod address;
mod permutation;
mod stream;
#[cfg(test)]
mod tests;

pub use address::{Key, Purpose, Stream};
