//! What a run will cost.

use super::{Counts, MemoryForecast, TimeForecast, Work, size};
use serde::Serialize;

/// What a run will cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Forecast {
    /// Weights and biases; each counts once, whatever its mark.
    pub parameters: u64,
    /// Multiply-accumulates of one forward pass of one example.
    pub multiply_accumulates: u64,
    /// Examples a step.
    pub batch: u64,
    /// Samples of the network a step.
    pub samples: u64,
    /// Examples.
    pub examples: Counts,
    /// Steps of training.
    pub steps: u64,
    /// Epochs, the last perhaps in part.
    pub epochs: u64,
    /// Draws for each validation example, after each epoch.
    pub validation_draws: u64,
    /// Images that are scored once training has ended: the test split, the validation split for its temperature, and
    /// the sets of other distributions.
    pub scored: u64,
    /// Draws for each of them.
    pub test_draws: u64,
    /// Images that are scored again under draws of the weights: the test split and what the final ELBO is measured on; 0
    /// where training drew from its posterior.
    pub scored_by_weights: u64,
    /// A step's work.
    pub step: Work,
    /// A draw's work, for one batch.
    pub draw: Work,
    /// The same of a draw of all weights.
    pub weight_draw: Work,
    /// How far the process grows.
    pub memory: MemoryForecast,
    /// How long it takes, where the machine is calibrated.
    pub time: Option<TimeForecast>,
}

/// More memory than there is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the run needs about {} of memory, of which {} is available{}",
    size(*.needed), size(*.available), .limit.as_ref().map_or_else(String::new, |limit| format!(" under {limit}"))
)]
pub struct TooLarge {
    /// Bytes the run will still take.
    pub needed: u64,
    /// Bytes the system can give.
    pub available: u64,
    /// What allows no more, where that is not the machine: `the limit of …`.
    pub limit: Option<String>,
}

impl Forecast {
    /// Whether the run fits into `available` bytes, of which its data has been taken already.
    ///
    /// # Errors
    /// [`TooLarge`] if it does not.
    pub fn check_memory(&self, available: u64) -> Result<(), TooLarge> {
        fits(self.memory.peak.saturating_sub(self.memory.data), available)
    }

    /// Whether what does not lie on a device with memory of its own fits into `available` bytes.
    ///
    /// # Errors
    /// [`TooLarge`] if it does not.
    pub fn check_processor_memory(&self, available: u64) -> Result<(), TooLarge> {
        let MemoryForecast { peak, data, on_device, .. } = self.memory;
        fits(peak.saturating_sub(data).saturating_sub(on_device), available)
    }
}

fn fits(needed: u64, available: u64) -> Result<(), TooLarge> {
    if needed > available { Err(TooLarge { needed, available, limit: None }) } else { Ok(()) }
}
