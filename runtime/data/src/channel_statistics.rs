//! What normalising knows of a channel.

use serde::{Deserialize, Serialize};

/// Of one channel, over all pixels of all training images; the deviation is the population's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelStatistics {
    /// The mean.
    pub mean: f64,
    /// The standard deviation; 0 where training examples have one value only, which becomes 0 and is not divided.
    #[serde(rename = "standard_deviation")]
    pub deviation: f64,
}
