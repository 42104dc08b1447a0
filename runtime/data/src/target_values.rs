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

/// The line of a table of text or the row of another, as its reader says it, or else the place among the examples of an
/// array from 0; and the target's name.
fn place(data: &Data, numbers: &Numbers, (example, target): (usize, usize)) -> String {
    let name = match &data.target {
        Target::Values { names, .. } => names.get(target).map_or("", String::as_str),
        Target::Classes { .. } => "",
    };
    let index = u32::try_from(example).unwrap_or(u32::MAX);
    let rows = numbers.rows.at(&[index]);
    // A run on a table is scored on arrays, too.
    let is_array = data.source.kind().columns().is_none() || rows.file.to_ascii_lowercase().ends_with(".npy");
    match (rows.lines.first(), rows.places.first()) {
        (Some(line), _) => format!(", line {line}, column `{name}`"),
        (None, Some(place)) if is_array => format!(", example {place} (counted from 0), target `{name}`"),
        (None, Some(place)) => format!(", row {place} (counted from 0), column `{name}`"),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stored::{Labels, Rows};
    use elbo_compiler::data_sources::{CsvSource, ParquetSource};
    use elbo_compiler::ir::{Shape, Split, Subset, TestExamples};

    /// As readers say it: the line of a text, the row of another table, the example of an array.
    #[test]
    fn a_place_is_said_as_readers_say_it() {
        let (file, names, test) = ("t".to_owned(), vec!["x".to_owned(), "y".to_owned()], TestExamples::Share(0.2));
        let [features, target] = [vec!["a".to_owned()], names.clone()];
        let (text, rows) = ((features.clone(), target.clone(), test.clone()), |file: &str| Rows::of(Path::new(file)));
        let csv = CsvSource {
            file: file.clone(),
            features: text.0,
            target: text.1,
            test: text.2,
            separator: ',',
            decimal: '.',
        };
        let (csv, parquet) = (Source::Csv(csv), Source::Parquet(ParquetSource { file, features, target, test }));
        let of_lines = Rows { lines: vec![2, 4, 5], ..rows("t.csv") };
        let taken = Rows { places: vec![7, 3, 9], ..rows("t.parquet") };
        for (source, rows, expected) in [
            (&csv, of_lines, ", line 5, column `y`"),
            (&parquet, rows("t.parquet"), ", row 2 (counted from 0), column `y`"),
            (&parquet, taken, ", row 9 (counted from 0), column `y`"),
            (&parquet, rows("new.npy"), ", example 2 (counted from 0), target `y`"),
        ] {
            let target = Target::Values { names: names.clone(), normalize: false };
            let (shape, subset, split) =
                (Shape::Vector { features: 1 }, Subset::All, Split { train: 1.0, validation: 0.0 });
            let (root, transform, augment, source) = (None, Vec::new(), Vec::new(), source.clone());
            let data = Data { source, root, shape, target, subset, split, transform, augment };
            let labels = Labels::Values { targets: 2, values: vec![0.0; 6] };
            let numbers = Numbers { shape: [1, 1, 1], values: vec![0.0; 3], origins: Vec::new(), labels, rows };
            assert_eq!(place(&data, &numbers, (2, 1)), expected);
        }
    }
}
