//! Tables with a line an example: comma-separated values as RFC 4180 has them, the names of the columns in the first line.

use super::digest::Digest;
use super::error::DataError;
use super::file::read_whole;
use super::raw::Raw;
use super::stored::{Labels, Numbers};
use elbo_compiler::ir::{CsvSource, Target, TestExamples};
use std::path::Path;

/// Columns that a message lists at most.
const LISTED: usize = 20;

/// Reads the table, and that of the test split if there is one; both below `folder`.
pub(super) fn read(source: &CsvSource, target: &Target, folder: &Path) -> Result<Raw, DataError> {
    let (all, digest) = table(&folder.join(&source.file), source, target)?;
    let mut digests = vec![digest];
    let test = match &source.test {
        TestExamples::Share(share) => Err(*share),
        TestExamples::Files(file) => {
            let (test, digest) = table(&folder.join(file), source, target)?;
            digests[0].check_differs(&digest, (&folder.join(&source.file), &folder.join(file)))?;
            digests.push(digest);
            Ok(test)
        }
    };
    let test_files = digests.len() - 1;
    Raw::of_numbers(all, test, (digests, test_files))
}

/// A place in a table.
struct Place<'p> {
    path: &'p Path,
    /// The whole text, and where in it the line begins.
    text: &'p [u8],
    start: u64,
    column: &'p str,
}

impl Place<'_> {
    fn fault(&self, problem: String, help: &str) -> DataError {
        let (line, column) = (line_at(self.text, self.start), self.column);
        let place = format!(", line {line}, column `{column}`");
        DataError::Content { path: self.path.into(), place, problem, help: help.into() }
    }
}

/// The examples of one file.
fn table(path: &Path, source: &CsvSource, target: &Target) -> Result<(Numbers, Digest), DataError> {
    let (bytes, digest) = read_whole(path)?;
    let fault = |place: String, problem: String, help: &str| DataError::Content {
        path: path.into(),
        place,
        problem,
        help: help.into(),
    };
    // A byte order mark is no part of the first column's name.
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(text);
    let unreadable = |error: csv::Error| {
        let line = line_at(text, error.position().map_or(0, csv::Position::byte));
        fault(format!(", line {line}"), "it is not UTF-8 text".into(), "save the table as comma-separated UTF-8")
    };
    let mut record = csv::StringRecord::new();
    if !reader.read_record(&mut record).map_err(unreadable)? {
        return Err(DataError::Empty { path: path.into() });
    }
    let columns: Vec<String> = record.iter().map(str::to_owned).collect();
    let place_of = |name: &String| {
        let mut places = columns.iter().enumerate().filter(|(_, column)| *column == name).map(|(place, _)| place);
        match (places.next(), places.next()) {
            (Some(place), None) => Ok(place),
            (Some(_), Some(_)) => Err(fault(
                ", line 1".into(),
                format!("there are several columns `{name}`"),
                "give each column a name of its own",
            )),
            (None, _) => {
                if let Some(separator) = other_separator(&columns) {
                    let shown = short(&columns[0]);
                    return Err(fault(
                        ", line 1".into(),
                        format!("it is one long column, `{shown}`: {separator} separates its cells, not a comma"),
                        "save the table with commas between cells, and with points in its numbers",
                    ));
                }
                let shown: Vec<String> = columns.iter().take(LISTED).map(|column| format!("`{column}`")).collect();
                let more = if columns.len() > LISTED { ", …" } else { "" };
                Err(fault(
                    ", line 1".into(),
                    format!("there is no column `{name}`; the columns are {}{more}", shown.join(", ")),
                    "name a column of the table in `features` and `target`, spelt as in its first line",
                ))
            }
        }
    };
    let features = source.features.iter().map(place_of).collect::<Result<Vec<_>, _>>()?;
    let targets = source.target.iter().map(place_of).collect::<Result<Vec<_>, _>>()?;
    let mut values = Vec::new();
    let (mut classes, mut reals) = (Vec::new(), Vec::new());
    while reader.read_record(&mut record).map_err(unreadable)? {
        let start = record.position().map_or(0, csv::Position::byte);
        if record.len() != columns.len() {
            return Err(fault(
                format!(", line {}", line_at(text, start)),
                format!("it has {} cells, but the first line names {} columns", record.len(), columns.len()),
                "give every line as many cells as there are columns; a cell that holds a comma stands in quotes",
            ));
        }
        let cell = |at: usize| (&record[at], Place { path, text, start, column: &columns[at] });
        for &at in &features {
            let (text, place) = cell(at);
            values.push(number(text, &place)?);
        }
        match target {
            Target::Values { .. } => {
                for &at in &targets {
                    let (text, place) = cell(at);
                    reals.push(number(text, &place)?);
                }
            }
            Target::Classes { count, names } => {
                let (text, place) = cell(targets[0]);
                classes.push(class(text, *count, names, &place)?);
            }
        }
    }
    let labels = match target {
        Target::Values { names, .. } => Labels::Values { targets: names.len(), values: reals },
        Target::Classes { .. } => Labels::Classes(classes),
    };
    if labels.is_empty() {
        return Err(DataError::Empty { path: path.into() });
    }
    if u32::try_from(labels.len()).is_err() {
        return Err(fault(String::new(), "it has more than 2³² examples".into(), "use fewer"));
    }
    Ok((Numbers { shape: [features.len(), 1, 1], values, labels }, digest))
}

/// The number of the line that a record begins in, as editors count them: the reader's position may stand before what ends
/// the line above, and before empty lines.
fn line_at(text: &[u8], start: u64) -> usize {
    let start = usize::try_from(start).unwrap_or(usize::MAX).min(text.len());
    let ends = text[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    1 + text[..start + ends].iter().filter(|byte| **byte == b'\n').count()
}

/// What seems to separate the cells of a table in whose first line no comma does.
fn other_separator(columns: &[String]) -> Option<&'static str> {
    let [only] = columns else { return None };
    [(';', "`;`"), ('\t', "a tab"), ('|', "`|`")]
        .into_iter()
        .find(|(sign, _)| only.contains(*sign))
        .map(|(_, name)| name)
}

/// The number in a cell.
fn number(text: &str, place: &Place<'_>) -> Result<f32, DataError> {
    if text.is_empty() {
        return Err(place.fault("the cell is empty".into(), "fill in the value, or take the line out"));
    }
    let Ok(value) = text.parse::<f64>() else {
        return Err(place.fault(
            format!("`{}` is not a number", short(text)),
            "write numbers such as `3`, `-1.5` or `2e-3`; categories must be encoded as numbers",
        ));
    };
    let value = value as f32;
    if !value.is_finite() {
        return Err(place.fault(
            format!("`{}` is not a finite number of 32 bits", short(text)),
            "fill in the value, or take the line out",
        ));
    }
    Ok(value)
}

/// The class in a cell: one of the names, or a number.
fn class(text: &str, count: usize, names: &[String], place: &Place<'_>) -> Result<u16, DataError> {
    if names.is_empty() {
        let number = text.parse::<u16>().ok().filter(|class| usize::from(*class) < count);
        return number.ok_or_else(|| {
            let problem = format!("`{}` is not a class, a whole number from 0 to {}", short(text), count - 1);
            place.fault(problem, "number the classes from 0, or name them: `classes=[\"first\", \"second\"]`")
        });
    }
    let found = names.iter().position(|name| name == text);
    found.and_then(|class| u16::try_from(class).ok()).ok_or_else(|| {
        let problem = format!("`{}` is none of the {count} classes", short(text));
        place.fault(problem, "list every class in `classes`, spelt as in the table")
    })
}

/// The beginning of a cell, without what a terminal could take for more than letters.
pub(super) fn short(text: &str) -> String {
    let mut shown: String = text.chars().take(40).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(40).is_some() {
        shown.push('…');
    }
    shown
}
