//! Addresses of random numbers: seed, purpose and name, and the stream they give.

use sha2::{Digest, Sha256};

/// What a random number is for; part of its address, so that no two uses share numbers. The
/// numbers are part of every stream's key: they are never changed or used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Initial parameters.
    Initialization = 0,
    /// Noise of weights or pre-activations in training.
    TrainingNoise = 1,
    /// The same at prediction.
    PredictionNoise = 2,
    /// Dropout masks in training.
    TrainingMask = 3,
    /// Dropout masks at prediction.
    PredictionMask = 4,
    /// The order of examples in an epoch.
    Order = 5,
    /// The division into training and validation examples.
    Split = 6,
    /// Random changes of training images.
    Augmentation = 7,
    /// Signs that decorrelate the draws of one batch in training.
    TrainingSign = 8,
    /// The same at prediction.
    PredictionSign = 9,
    /// Images of another distribution, which no run's seed decides.
    GeneratedImage = 10,
    /// Resamples of the test inputs, which no run's seed decides, so that those of two runs are paired.
    Bootstrap = 11,
    /// Generated data sets, whose own seed decides them.
    GeneratedData = 12,
    /// Where in a jump of its distribution a count lies, which no run's seed decides, so that two runs are scored alike.
    RandomizedTransform = 13,
}

/// A run's seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    seed: u64,
}

impl Key {
    /// The key of a seed.
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The stream of numbers for one purpose and one name (a layer's path, a tensor's name, or ""). Its
    /// key is the first eight bytes of SHA-256 over the seed (eight bytes, little-endian), the
    /// purpose's number (one byte) and the name's bytes.
    pub fn stream(self, purpose: Purpose, name: &str) -> Stream {
        let mut hash = Sha256::new();
        hash.update(self.seed.to_le_bytes());
        hash.update([purpose as u8]);
        hash.update(name.as_bytes());
        let digest = hash.finalize();
        let word = |at: usize| u32::from_le_bytes([digest[at], digest[at + 1], digest[at + 2], digest[at + 3]]);
        Stream { key: [word(0), word(4)] }
    }
}

/// An unlimited table of random numbers, addressed by (step, sample, index).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream {
    pub(crate) key: [u32; 2],
}
