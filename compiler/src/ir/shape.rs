//! The shape of one example.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The shape of one example between two layers, without the batch dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// `image[channels, height, width]`, stored in that order.
    Image {
        /// Channels.
        channels: usize,
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
    },
    /// `vector[features]`
    Vector {
        /// Features.
        features: usize,
    },
}

impl Shape {
    /// How many numbers one example holds. The checker has refused shapes for which this overflows.
    pub fn elements(self) -> usize {
        match self {
            Self::Image { channels, height, width } => channels * height * width,
            Self::Vector { features } => features,
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image { channels, height, width } => {
                write!(formatter, "image[{channels}, {height}, {width}]")
            }
            Self::Vector { features } => write!(formatter, "vector[{features}]"),
        }
    }
}
