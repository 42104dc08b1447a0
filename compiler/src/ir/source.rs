//! Where examples come from, and what is to be predicted of each.

use super::DataSource;
use serde::{Deserialize, Serialize};

/// Where examples come from. Names of files are as the spec gives them and no part of a run's meaning: the digests of the
/// files are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Source {
    /// A table with a line an example and the names of its columns in the first line.
    Csv(CsvSource),
    /// Arrays of numpy.
    Npy(NpySource),
    /// `train/CLASS/*.png` and `test/CLASS/*.png` below [`super::Data::root`].
    ImageFolder,
    /// Points of a function of one number, with noise.
    Synthetic(SyntheticSource),
    /// A published set.
    #[serde(untagged)]
    Set(DataSource),
}

impl Source {
    /// Its name in specs, such as `csv`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Csv(_) => "csv",
            Self::Npy(_) => "npy",
            Self::ImageFolder => "image_folder",
            Self::Synthetic(_) => "synthetic",
            Self::Set(set) => set.name(),
        }
    }

    /// The published set, if it is one.
    pub const fn set(&self) -> Option<DataSource> {
        match self {
            Self::Set(set) => Some(*set),
            _ => None,
        }
    }

    /// Whether its examples are images of bytes, which can be damaged and made up.
    pub const fn holds_pictures(&self) -> bool {
        matches!(self, Self::Set(_) | Self::ImageFolder)
    }

    /// The share of its examples that is tested on, where no files are.
    pub const fn test_share(&self) -> Option<f64> {
        match self {
            Self::Csv(CsvSource { test: TestExamples::Share(share), .. })
            | Self::Npy(NpySource { test: TestExamples::Share(share), .. }) => Some(*share),
            _ => None,
        }
    }

    /// Every name of a file that it holds.
    pub(crate) fn files_mut(&mut self) -> Vec<&mut String> {
        match self {
            Self::Csv(CsvSource { file, test, .. }) => match test {
                TestExamples::Files(other) => vec![file, other],
                TestExamples::Share(_) => vec![file],
            },
            Self::Npy(NpySource { files, test }) => {
                let mut all: Vec<&mut String> = files.iter_mut().collect();
                if let TestExamples::Files(others) = test {
                    all.extend(others.iter_mut());
                }
                all
            }
            Self::ImageFolder | Self::Synthetic(_) | Self::Set(_) => Vec::new(),
        }
    }
}

/// Where the test split comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TestExamples<Files> {
    /// Files of its own.
    Files(Files),
    /// ⌊n·share + ½⌋ of the examples, as many of each class as whole numbers allow, in an order that no run's seed decides,
    /// so that every run is scored on the same ones.
    Share(f64),
}

/// A table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CsvSource {
    /// The file.
    pub file: String,
    /// The columns that are read as features, in this order.
    pub features: Vec<String>,
    /// The columns to be predicted: one of classes, or one or several of real numbers.
    pub target: Vec<String>,
    /// The test split.
    pub test: TestExamples<String>,
    /// What separates cells.
    #[serde(default = "comma", skip_serializing_if = "is_comma")]
    pub separator: char,
    /// What separates whole numbers from fractions.
    #[serde(default = "point", skip_serializing_if = "is_point")]
    pub decimal: char,
}

const fn comma() -> char {
    ','
}

const fn point() -> char {
    '.'
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_comma(separator: &char) -> bool {
    *separator == comma()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_point(decimal: &char) -> bool {
    *decimal == point()
}

/// Arrays of numpy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NpySource {
    /// The files of inputs and of labels.
    pub files: [String; 2],
    /// The test split.
    pub test: TestExamples<[String; 2]>,
}

/// Points of a function of one number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyntheticSource {
    /// Which function.
    pub kind: SyntheticKind,
    /// Training examples.
    pub examples: usize,
    /// Scales the standard deviation of the noise.
    pub noise: f64,
    /// Decides places and noise; a run's own seed does not, so that every run has the same data.
    pub seed: u64,
}

/// A function with noise, and where its examples lie. The test inputs are [`SyntheticKind::TEST_EXAMPLES`] on an even grid
/// over [−6, 6].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyntheticKind {
    /// y = sin x + noise·(x + 8)/12·ε, with x uniform over [−4, −1] and [1, 4]: more noise to the right, and a gap in which
    /// nothing was seen.
    Sine,
    /// y = x³ + noise·ε, with x uniform over [−4, 4] (Hernández-Lobato & Adams 2015, section 5.1, where there are 20 examples
    /// and the noise is 3).
    Cubic,
}

impl SyntheticKind {
    /// Test inputs of every kind.
    pub const TEST_EXAMPLES: usize = 241;
    /// Every kind with its name in specs.
    pub const ALL: [(&'static str, Self); 2] = [("sine", Self::Sine), ("cubic", Self::Cubic)];

    /// The noise where a spec names none.
    pub const fn default_noise(self) -> f64 {
        match self {
            Self::Sine => 0.3,
            Self::Cubic => 3.0,
        }
    }
}

/// What is to be predicted of each example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Target {
    /// One of several classes.
    Classes {
        /// How many.
        count: usize,
        /// What each is called where the spec says so, in the order of their numbers.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        names: Vec<String>,
    },
    /// Real numbers.
    Values {
        /// What each is called.
        names: Vec<String>,
        /// Whether the network is trained on (y − mean) / std, by the statistics of the training split. Scores are in the
        /// targets' own units all the same.
        normalize: bool,
    },
}

impl Target {
    /// So many classes without names.
    pub const fn of_classes(count: usize) -> Self {
        Self::Classes { count, names: Vec::new() }
    }

    /// How many classes there are; `None` for real numbers.
    pub const fn classes(&self) -> Option<usize> {
        match self {
            Self::Classes { count, .. } => Some(*count),
            Self::Values { .. } => None,
        }
    }

    /// How many real numbers there are to predict; `None` for classes.
    pub fn values(&self) -> Option<usize> {
        match self {
            Self::Values { names, .. } => Some(names.len()),
            Self::Classes { .. } => None,
        }
    }
}
