//! Examples in files that no spec names: to be predicted, or with labels to be scored.

use super::error::DataError;
use super::file_notes::FileNotes;
use super::image_names::FORMATS;
use super::image_tree;
use super::readers::{ReadTable, pair, reader, real_folders, short, split};
use super::stored::{Labels, Numbers, Stored};
use super::table_text::beginning;
use elbo_compiler::ir::{Data, Shape, TableColumns, Target};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Columns that a message lists at most.
const LISTED: usize = 20;

/// Labelled examples in files of one's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelledFiles {
    /// A table with the columns of the run's own.
    Table(PathBuf),
    /// Arrays of numpy, of inputs and of labels.
    Arrays([PathBuf; 2]),
    /// A folder of images with a folder for each class.
    Folder(PathBuf),
}

/// Reads labelled examples of the form that `data` describe; `classes` are the names of its classes, `origins` those
/// of the run's own numbers, see [`super::Pipeline::origins`]. `notes` are told of files that were skipped or
/// converted. `None` where data of that source cannot be in such files.
///
/// # Errors
/// [`DataError`] names the file, what is wrong in it, and the fix.
pub fn read_labelled(
    files: &LabelledFiles,
    data: &Data,
    (classes, origins): (&[String], &[f64]),
    notes: &mut FileNotes,
) -> Result<Option<Stored>, DataError> {
    let (path, stored) = match files {
        LabelledFiles::Table(path) => {
            let (Some(table), Some(columns)) = (reader(&data.source).table(), data.source.kind().columns()) else {
                return Ok(None);
            };
            let read = table.scan(path, columns, &data.target, origins);
            (path, Stored::Numbers(read.map_err(|error| of_columns(path, table, columns, error))?.0))
        }
        LabelledFiles::Arrays([inputs, labels]) => {
            let names = [inputs, labels].map(|path| path.to_string_lossy().into_owned());
            (inputs, Stored::Numbers(pair(&names, data.shape, &data.target, (Path::new(""), Some(origins)))?.0))
        }
        LabelledFiles::Folder(path) => {
            let (Shape::Image { channels, height, width }, Target::Classes { .. }) = (data.shape, &data.target) else {
                return Ok(None);
            };
            let folders = real_folders(&[path])?;
            let images = split(path, (path, &folders), classes, [channels, height, width], notes)?.0;
            (path, Stored::Images(images))
        }
    };
    if stored.is_empty() { Err(DataError::Empty { path: path.clone() }) } else { Ok(Some(stored)) }
}

/// The features of a table, by the names of their columns, with the line of each row. Other columns are not looked at.
/// The numbers are told from `origins`, see [`super::Pipeline::origins`]; the labels mean nothing. `None` where `data` come
/// from no table.
///
/// # Errors
/// [`DataError`] names the line and column of what is wrong, and each column that is missing.
pub fn read_features(path: &Path, data: &Data, origins: &[f64]) -> Result<Option<Numbers>, DataError> {
    let (Some(table), Some(columns)) = (reader(&data.source).table(), data.source.kind().columns()) else {
        return Ok(None);
    };
    // A target column may be absent; a feature in its place says how many rows there are.
    let stand_in = &columns.features[..columns.features.len().min(1)];
    let target = Target::Values { names: stand_in.to_vec(), normalize: false };
    let read = table.scan(path, TableColumns { targets: stand_in, ..columns }, &target, origins);
    let features = TableColumns { targets: &[], ..columns };
    Ok(Some(read.map_err(|error| of_columns(path, table, features, error))?.0))
}

/// The error of reading a table, as it is said of one that no spec names: what the run takes, where it is of another kind,
/// or else every column of `wanted` that it lacks.
fn of_columns(path: &Path, table: &dyn ReadTable, wanted: TableColumns<'_>, error: DataError) -> DataError {
    if let DataError::Content { .. } = error
        && let Some([problem, help]) = table.other_kind(&beginning(path))
    {
        return DataError::Content {
            path: path.into(),
            place: String::new(),
            problem: problem.into(),
            help: help.into(),
        };
    }
    let Ok(columns) = table.column_names(path) else { return error };
    let missing: Vec<&String> =
        wanted.features.iter().chain(wanted.targets).filter(|name| !columns.contains(name)).collect();
    // A single column is a table with another separator, which the error says.
    if missing.is_empty() || columns.len() < 2 {
        return error;
    }
    let [place, stand] = table.heading();
    let quoted = |names: &mut dyn Iterator<Item = &String>, count: usize| {
        let mut shown: Vec<String> = names.take(LISTED).map(|name| format!("`{}`", short(name))).collect();
        if count > LISTED {
            shown.push("…".to_owned());
        }
        shown.join(", ")
    };
    let count = missing.len();
    let word = if count == 1 { "column" } else { "columns" };
    DataError::Content {
        path: path.into(),
        place: place.into(),
        problem: format!(
            "the run reads {word} {}, which this table lacks; it has {}",
            quoted(&mut missing.into_iter(), count),
            quoted(&mut columns.iter(), columns.len())
        ),
        help: format!("name the columns {stand}as the run's own table does; their order does not matter"),
    }
}

/// The images in a folder and in the folders below it. `notes` are told of other files.
///
/// # Errors
/// [`DataError::Unreadable`] for a folder that cannot be read, [`DataError::Content`] where there is no image.
pub fn pictures_below(folder: &Path, notes: &mut FileNotes) -> Result<Vec<PathBuf>, DataError> {
    let pictures = image_tree::images(folder, (Path::new(""), &BTreeSet::new()), notes)?;
    if pictures.is_empty() {
        return Err(DataError::Content {
            path: folder.into(),
            place: String::new(),
            problem: "it holds no image".into(),
            help: format!("name a folder with {FORMATS} files, with the usual endings of their names"),
        });
    }
    Ok(pictures)
}

/// Labels of so many examples that have none.
pub fn no_labels(target: &Target, count: usize) -> Labels {
    match target {
        Target::Classes { .. } => Labels::Classes(vec![0; count]),
        Target::Values { names, .. } => Labels::Values { targets: names.len(), values: vec![0.0; count * names.len()] },
    }
}
