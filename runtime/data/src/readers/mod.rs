//! What reads each source: a file for each, and the table of them all.
//!
//! A new source is its file here, and in this one its module and a line of [`reader()`]; what it is called and what its
//! arguments say stands in the compiler's `data_sources/`.

mod cells;
mod csv;
mod image_folder;
mod npy;
#[cfg(feature = "parquet")]
mod parquet;
mod published;
mod reader;
mod synthetic;
mod table;

pub(crate) use cells::short;
pub(crate) use image_folder::{real_folders, split};
pub(crate) use npy::pair;
pub use npy::read_examples;
pub(crate) use reader::Reader;
pub(crate) use table::ReadTable;

use super::error::DataError;
use super::raw::Raw;
use elbo_compiler::ir::{Data, ImageFolder, Source};
use std::path::{Path, PathBuf};

/// What reads a source.
pub(crate) fn reader(source: &Source) -> &dyn Reader {
    match source {
        Source::Csv(source) => source,
        Source::Parquet(source) => source,
        Source::Npy(source) => source,
        Source::ImageFolder => &ImageFolder,
        Source::Synthetic(source) => source,
        Source::Set(set) => set,
    }
}

#[cfg(not(feature = "parquet"))]
impl Reader for elbo_compiler::data_sources::ParquetSource {
    fn read(&self, _: &Data, folder: &Path, _: &[PathBuf]) -> Result<Raw, DataError> {
        Err(DataError::Content {
            path: folder.join(&self.file),
            place: String::new(),
            problem: "this program was built without the feature `parquet`, which reads such files".into(),
            help: "build it with the feature, or save the table as text and say `csv(…)`".into(),
        })
    }
}

impl Raw {
    /// Finds and reads what a run's data come from. Files that the spec names are relative to `folder`, or to one of
    /// `search` where they are not there; a published set without a folder is looked for in `search`.
    ///
    /// # Errors
    /// A missing file, or the first fault of the files.
    pub fn open(data: &Data, folder: &Path, search: &[PathBuf]) -> Result<Self, DataError> {
        reader(&data.source).read(data, folder, search)
    }
}
