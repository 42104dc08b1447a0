//! Whether the targets of data have the values that a network predicts.

use super::error::DataError;
use super::raw::Raw;
use super::stored::{Numbers, Stored};
use elbo_compiler::ir::{Data, Run, Source, Target};
use elbo_compiler::outputs::TargetValues;
use std::path::{Path, PathBuf};

/// Refuses data with a target that the output of the run cannot predict, such as a fraction where counts are wanted.
///
/// # Errors
/// [`DataError::Content`] names the file and the line of the first.
pub fn check_targets(run: &Run, raw: &Raw) -> Result<(), DataError> {
    check_examples(run, &raw.training, &path(&run.data.source, false))?;
    check_examples(run, &raw.test, &path(&run.data.source, true))
}

/// The same of examples that were read from the file `path`.
///
/// # Errors
/// As of [`check_targets`].
pub fn check_examples(run: &Run, stored: &Stored, path: &Path) -> Result<(), DataError> {
    let takes = run.network.output.family().takes();
    let (Stored::Numbers(numbers), Some((targets, values))) = (stored, stored.values()) else { return Ok(()) };
    match takes {
        TargetValues::All => return Ok(()),
        TargetValues::Counts => {}
    }
    let Some(at) = values.iter().position(|&value| !takes.contains(value)) else { return Ok(()) };
    let place = place(&run.data, numbers, (at / targets, at % targets));
    let problem = format!("a count is a whole number from 0 on, and this target is {}", values[at]);
    let help = "give whole numbers from 0 on, or predict real numbers by `output gaussian(noise=learned)`".to_owned();
    Err(DataError::Content { path: path.to_owned(), place, problem, help })
}

/// The file that an example's target was read from, as the spec names it: the last one that is named for its split.
fn path(source: &Source, is_test: bool) -> PathBuf {
    let source = source.kind();
    let files = source.files();
    // Without a share to test on, one half of the files is for training, the other for testing.
    let end = if is_test || source.test_share().is_some() { files.len() } else { files.len() / 2 };
    PathBuf::from(files[..end].last().map_or(source.name(), |file| file.as_str()))
}

/// The line of a table, or else the place among the examples from 0, and the target's name.
fn place(data: &Data, numbers: &Numbers, (example, target): (usize, usize)) -> String {
    let name = match &data.target {
        Target::Values { names, .. } => names.get(target).map_or("", String::as_str),
        Target::Classes { .. } => "",
    };
    let index = u32::try_from(example).unwrap_or(u32::MAX);
    let rows = numbers.rows.at(&[index]);
    match (rows.lines.first(), rows.places.first()) {
        (Some(line), _) => format!(", line {line}, column `{name}`"),
        (None, Some(place)) => format!(", example {place}, `{name}`"),
        (None, None) => String::new(),
    }
}
