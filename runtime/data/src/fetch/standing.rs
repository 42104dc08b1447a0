//! Where a set is, and what would have to be fetched.

use super::published::Published;
use crate::{Layout, locate};
use elbo_compiler::ir::DataSource;
use std::path::PathBuf;

/// What there is of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Which set.
    pub source: DataSource,
    /// Whether it is part of the program.
    pub embedded: bool,
    /// Bytes that are fetched; `None` where there is nothing to fetch.
    pub download: Option<u64>,
    /// Where it is, if any of its files is there.
    pub folder: Option<PathBuf>,
    /// Its files that are not there.
    pub missing: Vec<&'static str>,
}

/// What there is of a set in the data roots, by the names of files alone.
pub fn standing(source: DataSource, roots: &[PathBuf]) -> Standing {
    let layout = Layout::of(source);
    let folder = locate(source, None, roots).ok().and_then(|located| located.folder);
    let is_missing = |layout: &Layout, name| folder.as_deref().is_none_or(|folder| layout.find(folder, name).is_none());
    let missing =
        layout.map_or_else(Vec::new, |layout| layout.files().filter(|name| is_missing(&layout, name)).collect());
    Standing {
        source,
        embedded: layout.is_none(),
        download: Published::of(source).map(Published::bytes),
        folder,
        missing,
    }
}
