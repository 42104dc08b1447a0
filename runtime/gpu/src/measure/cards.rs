//! What three cards could do at most, by their published figures. Nothing was measured on them.

use crate::cost::Cost;

/// A card by its published peaks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Card {
    /// What it is sold as.
    pub name: &'static str,
    /// Peak of 32-bit arithmetic without matrix units, in FLOP/s.
    pub flops: f64,
    /// Bandwidth of its memory, in bytes/s.
    pub bytes: f64,
}

/// NVIDIA's Ada and A100 whitepapers. Apple publishes the bandwidth; its arithmetic is that of 40 cores of 128 lanes at
/// 1.38 GHz.
pub const CARDS: [Card; 3] = [
    Card { name: "RTX 4090", flops: 82.6e12, bytes: 1008e9 },
    Card { name: "A100 40GB", flops: 19.5e12, bytes: 1555e9 },
    Card { name: "M3 Max", flops: 14.1e12, bytes: 400e9 },
];

impl Card {
    /// The least time that work could take on it, in seconds: its arithmetic at the peak or its bytes at the bandwidth,
    /// whichever is longer (the roofline).
    pub fn least_seconds(&self, cost: &Cost) -> f64 {
        (cost.flops / self.flops).max(cost.bytes / self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slower_of_arithmetic_and_memory_counts() {
        let card = Card { name: "made up", flops: 100.0, bytes: 10.0 };
        assert_eq!(card.least_seconds(&Cost { flops: 200.0, bytes: 1.0 }), 2.0);
        assert_eq!(card.least_seconds(&Cost { flops: 200.0, bytes: 50.0 }), 5.0);
    }
}
