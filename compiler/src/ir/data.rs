//! The data contract: which set, how it is split, transformed and augmented.

use super::{Origin, Shape, Source, Target};
use serde::{Deserialize, Serialize};

/// The data a run is trained and scored on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// Where examples come from.
    pub source: Source,
    /// The folder as the spec gives it (relative to the spec file), if it gives one. Not part of a
    /// run's meaning: the digests of the files are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// The shape of one example as stored.
    pub shape: Shape,
    /// What is to be predicted of each.
    pub target: Target,
    /// Which of the source's training examples are used.
    pub subset: Subset,
    /// How those are divided.
    pub split: Split,
    /// Applied to every split, in this order.
    pub transform: Vec<Transform>,
    /// Applied to the training split after `transform`, anew in each epoch, in this order.
    pub augment: Vec<Augmentation>,
}

impl Data {
    /// The files and folders of one's own that the spec names, as it names them; none of a published or generated set.
    pub fn own_files(&self) -> Vec<&String> {
        match self.source.kind().origin() {
            Origin::Published | Origin::Generated => Vec::new(),
            Origin::Own => self.source.kind().files().into_iter().chain(&self.root).collect(),
        }
    }
}

/// Which training examples are used.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subset {
    /// All of them.
    All,
    /// The first n in file order.
    First(usize),
    /// The first n of each class in file order.
    PerClass(usize),
    /// This share of each class, the first in file order, rounded to nearest.
    Fraction(f64),
}

/// How the training examples are divided; the test split is the source's own.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// The share kept for training; the rest is validation. `⌊n·validation + ½⌋` examples, stratified by
    /// class as evenly as whole numbers allow, are drawn with the run's data seed.
    pub train: f64,
    /// The share kept for validation; with `train` it sums to 1.
    pub validation: f64,
}

/// A deterministic change of every image.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Transform {
    /// Zeros (black) on each side.
    Pad {
        /// Rows above and below, columns left and right.
        amount: [usize; 2],
    },
    /// Bilinear interpolation with half-pixel centres, no antialiasing (PyTorch's
    /// `interpolate(mode="bilinear", align_corners=False)`).
    Resize {
        /// Rows and columns of the result.
        size: [usize; 2],
    },
    /// (x − mean) / std per channel, from the training split as the transforms before it leave it. Of what is stored as a
    /// vector each number is a channel.
    Normalize,
    /// Image to vector, in channel, row, column order. Images only before it.
    Flatten,
    /// Image to sequence: each row of each channel is a channel of the sequence, in that order.
    Rows,
}

/// A random change of a training image.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Augmentation {
    /// Left and right swapped with this probability.
    FlipHorizontal {
        /// In `[0, 1]`.
        probability: f64,
    },
    /// A window of this size at a random place of the image padded with zeros.
    Crop {
        /// Rows and columns of the window.
        size: [usize; 2],
        /// Zeros added on each side first.
        padding: [usize; 2],
    },
}
