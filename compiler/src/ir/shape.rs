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
    /// `sequence[channels, length]`, stored in that order.
    Sequence {
        /// Channels.
        channels: usize,
        /// Positions.
        length: usize,
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
            Self::Sequence { channels, length } => channels * length,
            Self::Vector { features } => features,
        }
    }

    /// Channels, rows and columns; a sequence is an image of one row. `None` for a vector.
    pub const fn planes(self) -> Option<(usize, [usize; 2])> {
        match self {
            Self::Image { channels, height, width } => Some((channels, [height, width])),
            Self::Sequence { channels, length } => Some((channels, [1, length])),
            Self::Vector { .. } => None,
        }
    }

    /// What normalisations count their statistics by: channels, or the features of a vector.
    pub const fn channels(self) -> usize {
        match self {
            Self::Image { channels, .. } | Self::Sequence { channels, .. } => channels,
            Self::Vector { features } => features,
        }
    }

    /// The sizes, outermost first.
    pub fn sizes(self) -> Vec<usize> {
        match self {
            Self::Image { channels, height, width } => vec![channels, height, width],
            Self::Sequence { channels, length } => vec![channels, length],
            Self::Vector { features } => vec![features],
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image { channels, height, width } => {
                write!(formatter, "image[{channels}, {height}, {width}]")
            }
            Self::Sequence { channels, length } => write!(formatter, "sequence[{channels}, {length}]"),
            Self::Vector { features } => write!(formatter, "vector[{features}]"),
        }
    }
}
