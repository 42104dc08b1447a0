//! A run, the whole of what the IR says.

use super::{Data, Network, Report, Training};
use serde::{Deserialize, Serialize};

/// The version of the IR's form. A reader refuses any other.
pub const VERSION: u32 = 4;

/// One run: a network, its data, how it is trained and how it is reported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Always [`VERSION`].
    pub version: u32,
    /// The network.
    pub network: Network,
    /// The data it is trained and scored on.
    pub data: Data,
    /// How it is trained.
    pub training: Training,
    /// How it is scored.
    pub report: Report,
}
