//! What is asked of whatever reads a source.

use super::table::ReadTable;
use crate::error::DataError;
use crate::raw::Raw;
use elbo_compiler::ir::Data;
use std::path::{Path, PathBuf};

/// Reads the examples of a source.
pub(crate) trait Reader {
    /// Reads both splits of what `data` describes. Files that the spec names are relative to `folder`, or to one of
    /// `search` where they are not there.
    ///
    /// # Errors
    /// A missing file, or the first fault of the files.
    fn read(&self, data: &Data, folder: &Path, search: &[PathBuf]) -> Result<Raw, DataError>;

    /// The same as a reader of tables, if it is one.
    fn table(&self) -> Option<&dyn ReadTable> {
        None
    }
}
