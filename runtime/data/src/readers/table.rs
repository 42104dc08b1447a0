//! What the readers of tables have in common: splits, and origins of columns that lie far from 0.

use crate::digest::Digest;
use crate::error::{DataError, changed};
use crate::locate::locate_own;
use crate::raw::Raw;
use crate::spread::{Spread, origins};
use crate::stored::Numbers;
use elbo_compiler::ir::{Data, TableColumns, Target};
use std::path::{Path, PathBuf};

/// Reads tables of one kind.
pub(crate) trait ReadTable {
    /// Reads one file from its beginning to its end, with the spread of each feature. `origins` are subtracted from the
    /// features; empty for nothing.
    ///
    /// # Errors
    /// The first fault of the file, with its place, and the fix.
    fn scan(
        &self,
        path: &Path,
        columns: TableColumns<'_>,
        target: &Target,
        origins: &[f64],
    ) -> Result<(Numbers, Digest, Vec<Spread>), DataError>;

    /// The names of a table's columns.
    ///
    /// # Errors
    /// As of [`ReadTable::scan`].
    fn column_names(&self, path: &Path) -> Result<Vec<String>, DataError>;

    /// What is wrong with a file that begins so, if it is a table of another kind, and what a run's new examples need
    /// instead.
    fn other_kind(&self, beginning: &str) -> Option<[&'static str; 2]>;

    /// Where the names of columns stand in a file, as messages say it, and in a sentence; both may be empty.
    fn heading(&self) -> [&'static str; 2] {
        ["", ""]
    }
}

/// Reads the table that `data` describe, and that of the test split if there is one.
pub(super) fn read(
    table: &dyn ReadTable,
    data: &Data,
    (folder, search): (&Path, &[PathBuf]),
) -> Result<Raw, DataError> {
    let (source, folder) = (data.source.kind(), locate_own(data, folder, search)?);
    let columns = source.columns().unwrap_or_else(|| unreachable!("every table has columns"));
    let files: Vec<PathBuf> = source.files().into_iter().map(|file| folder.join(file)).collect();
    let (all, digest) = with_origins(table, &files[0], columns, &data.target)?;
    let mut digests = vec![digest];
    let test = match (source.test_share(), files.get(1)) {
        (None, Some(file)) => {
            // Numbers of both files are told from the same origins, so that equal rows are equal.
            let (test, digest, _) = table.scan(file, columns, &data.target, &all.origins)?;
            digests[0].check_differs(&digest, (&files[0], file))?;
            digests.push(digest);
            Ok(test)
        }
        (share, _) => Err(share.unwrap_or_default()),
    };
    let test_files = digests.len() - 1;
    Raw::of_numbers(all, test, (digests, test_files))
}

/// The examples of one file. A table of columns that lie far from 0 and close together is read again, with their
/// origins.
fn with_origins(
    table: &dyn ReadTable,
    path: &Path,
    columns: TableColumns<'_>,
    target: &Target,
) -> Result<(Numbers, Digest), DataError> {
    let (numbers, digest, spreads) = table.scan(path, columns, target, &[])?;
    let origins = origins(&spreads);
    if origins.is_empty() {
        return Ok((numbers, digest));
    }
    drop(numbers);
    let (numbers, again, _) = table.scan(path, columns, target, &origins)?;
    if again != digest {
        return Err(changed(path));
    }
    Ok((numbers, digest))
}
