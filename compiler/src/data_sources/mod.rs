//! Where examples come from: a file for each source, and the table of them all.
//!
//! A new source is its file here, and in this one its module, a variant of [`Source`] with its line in two matches, and
//! a row of `OWN`; its reader is a file and a line of the table in `runtime/data/src/readers/`. A new published set is a
//! variant and its facts in `published.rs`. Everything else asks [`SourceKind`].

mod csv;
mod image_folder;
mod kind;
mod npy;
mod parquet;
mod published;
mod synthetic;
mod table;
mod test_examples;

pub use csv::CsvSource;
pub use image_folder::ImageFolder;
pub(crate) use kind::{Declared, DeclaredSource, ReadSource};
pub use kind::{Origin, SourceKind, TableColumns};
pub use npy::NpySource;
pub use parquet::ParquetSource;
pub use published::DataSource;
pub use synthetic::{SyntheticKind, SyntheticSource};
pub use test_examples::TestExamples;

use crate::signature::Signature;
use serde::{Deserialize, Serialize};

/// Where examples come from. Names of files are as the spec gives them and no part of a run's meaning: the digests of the
/// files are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Source {
    /// A table with a line an example and the names of its columns in the first line.
    Csv(CsvSource),
    /// A table in the Parquet format.
    Parquet(ParquetSource),
    /// Arrays of numpy.
    Npy(NpySource),
    /// `train/CLASS/*.png` and `test/CLASS/*.png` below [`crate::ir::Data::root`].
    ImageFolder,
    /// Points of a function of one number, with noise.
    Synthetic(SyntheticSource),
    /// A published set.
    #[serde(untagged)]
    Set(DataSource),
}

impl Source {
    /// What its kind says of it.
    pub fn kind(&self) -> &dyn SourceKind {
        match self {
            Self::Csv(kind) => kind,
            Self::Parquet(kind) => kind,
            Self::Npy(kind) => kind,
            Self::ImageFolder => &ImageFolder,
            Self::Synthetic(kind) => kind,
            Self::Set(kind) => kind,
        }
    }

    /// Its name in specs, such as `csv`.
    pub fn name(&self) -> &'static str {
        self.kind().name()
    }

    /// The published set, if it is one.
    pub fn set(&self) -> Option<DataSource> {
        if let Self::Set(set) = self { Some(*set) } else { None }
    }

    /// Every name of a file that it holds.
    pub(crate) fn files_mut(&mut self) -> Vec<&mut String> {
        match self {
            Self::Csv(kind) => kind.files_mut(),
            Self::Parquet(kind) => kind.files_mut(),
            Self::Npy(kind) => kind.files_mut(),
            Self::Synthetic(kind) => kind.files_mut(),
            Self::Set(kind) => kind.files_mut(),
            Self::ImageFolder => Vec::new(),
        }
    }
}

/// A kind as a source.
macro_rules! source {
    ($kind:ident, $variant:ident) => {
        Declared {
            signature: $kind::DECLARED.signature,
            read: |arguments| Some(($kind::DECLARED.read)(arguments)?.of(Source::$variant)),
        }
    };
}

/// Sources of one's own: their content is declared in the spec, or made.
pub(crate) const OWN: [Declared<Source>; 5] = [
    source!(csv, Csv),
    source!(parquet, Parquet),
    source!(npy, Npy),
    Declared {
        signature: image_folder::DECLARED.signature,
        read: |arguments| Some((image_folder::DECLARED.read)(arguments)?.of(|_| Source::ImageFolder)),
    },
    source!(synthetic, Synthetic),
];

/// The published sets.
const PUBLISHED: [Declared<Source>; DataSource::ALL.len()] = {
    let (declared, mut all) = (published::declared(), [OWN[0]; DataSource::ALL.len()]);
    let mut at = 0;
    while at < all.len() {
        all[at] = Declared {
            signature: declared[at].signature,
            read: |arguments| Some(published::read(arguments)?.of(Source::Set)),
        };
        at += 1;
    }
    all
};

/// Every source, in the order of the reference.
pub(crate) const SOURCES: [Declared<Source>; PUBLISHED.len() + OWN.len()] = {
    let mut all = [OWN[0]; PUBLISHED.len() + OWN.len()];
    let mut at = 0;
    while at < all.len() {
        all[at] = if at < PUBLISHED.len() { PUBLISHED[at] } else { OWN[at - PUBLISHED.len()] };
        at += 1;
    }
    all
};

/// The signatures of all sources.
pub(crate) const SIGNATURES: &[Signature] = &signatures(&SOURCES);

/// The signatures of the published sets.
pub(crate) const PUBLISHED_SIGNATURES: [Signature; PUBLISHED.len()] = signatures(&PUBLISHED);

const fn signatures<const N: usize>(declared: &[Declared<Source>; N]) -> [Signature; N] {
    let mut signatures = [Signature::constant("", ""); N];
    let mut at = 0;
    while at < N {
        signatures[at] = declared[at].signature;
        at += 1;
    }
    signatures
}
