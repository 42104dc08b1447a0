//! Tables with one line per example: separated values as RFC 4180 has them, the names of the columns in the first line.

use super::cells::{MOST_SAID, PARQUET, TOO_LARGE_HELP, class, short};
use super::reader::Reader;
use super::table::{self, ReadTable};
use crate::digest::Digest;
use crate::error::DataError;
use crate::raw::Raw;
use crate::room;
use crate::spread::Spread;
use crate::stored::{Labels, Numbers, Rows};
use crate::table_text::{TableRows, beginning};
use elbo_compiler::ir::{CsvSource, Data, TableColumns, Target};
use std::path::{Path, PathBuf};

/// Columns that a message lists at most.
const LISTED: usize = 20;

/// What separates the cells of tables, and what messages call it.
const SEPARATORS: [(char, &str, &str); 4] =
    [(',', "a comma", ","), (';', "`;`", ";"), ('\t', "a tab", "\\t"), ('|', "`|`", "|")];

impl Reader for CsvSource {
    fn read(&self, data: &Data, folder: &Path, search: &[PathBuf]) -> Result<Raw, DataError> {
        table::read(self, data, (folder, search))
    }

    fn table(&self) -> Option<&dyn ReadTable> {
        Some(self)
    }
}

impl ReadTable for CsvSource {
    fn scan(
        &self,
        path: &Path,
        columns: TableColumns<'_>,
        target: &Target,
        origins: &[f64],
    ) -> Result<(Numbers, Digest, Vec<Spread>), DataError> {
        scan(path, self, (columns, target), origins)
    }

    fn column_names(&self, path: &Path) -> Result<Vec<String>, DataError> {
        let mut record = csv::StringRecord::new();
        TableRows::open(path, separator(self))?.next(&mut record)?;
        Ok(record.iter().map(str::to_owned).collect())
    }

    fn other_kind(&self, beginning: &str) -> Option<[&'static str; 2]> {
        beginning.starts_with(PARQUET).then_some([
            "it is a Parquet file, and the run reads tables of text alone",
            "save the table as text with the columns of the run, for example \
             `pandas.read_parquet(\"new.parquet\").to_csv(\"new.csv\", index=False)`",
        ])
    }

    fn heading(&self) -> [&'static str; 2] {
        [", line 1", "in the first line "]
    }
}

/// A place in a table.
struct Place<'p> {
    path: &'p Path,
    /// The line.
    line: usize,
    column: &'p str,
    /// What separates whole numbers from fractions.
    decimal: char,
}

impl Place<'_> {
    fn fault(&self, problem: String, help: &str) -> DataError {
        let place = format!(", line {}, column `{}`", self.line, self.column);
        DataError::Content { path: self.path.into(), place, problem, help: help.into() }
    }
}

fn separator(source: &CsvSource) -> u8 {
    u8::try_from(source.separator).unwrap_or(b',')
}

/// Reads one file from its beginning to its end, with the spread of each feature.
fn scan(
    path: &Path,
    source: &CsvSource,
    (read, target): (TableColumns<'_>, &Target),
    origins: &[f64],
) -> Result<(Numbers, Digest, Vec<Spread>), DataError> {
    let fault = |place: String, problem: String, help: &str| content(path, place, problem, help);
    let mut rows = TableRows::open(path, separator(source))?;
    let mut record = csv::StringRecord::new();
    let is_named = rows.next(&mut record).map_err(|error| match error {
        DataError::Content { .. } if beginning(path).starts_with(PARQUET) => {
            let help = "say `parquet(…)`, or save the table as UTF-8 text";
            fault(String::new(), "it is a Parquet file, not a table of text".into(), help)
        }
        error => error,
    })?;
    if !is_named {
        return Err(DataError::Empty { path: path.into() });
    }
    let columns: Vec<String> = record.iter().map(str::to_owned).collect();
    let place_of = |name: &String| place_of(path, source, &columns, name);
    let features = read.features.iter().map(place_of).collect::<Result<Vec<_>, _>>()?;
    let targets = read.targets.iter().map(place_of).collect::<Result<Vec<_>, _>>()?;
    let mut values: Vec<f32> = Vec::new();
    let (mut classes, mut reals): (Vec<u16>, Vec<f64>) = (Vec::new(), Vec::new());
    let mut spreads = vec![Spread::default(); features.len()];
    let mut lines: Vec<u32> = Vec::new();
    while rows.next(&mut record)? {
        let line = rows.line_number();
        if record.len() != columns.len() {
            if let Some(error) = rows.open_quote() {
                return Err(error);
            }
            return Err(fault(
                format!(", line {line}"),
                format!("it has {} cells, but the first line names {} columns", record.len(), columns.len()),
                &format!(
                    "give every line as many cells as there are columns; a cell that holds {} stands in quotes",
                    called(source.separator)
                ),
            ));
        }
        let cell = |at: usize| (&record[at], Place { path, line, column: &columns[at], decimal: source.decimal });
        room::grow(&mut lines, 1, path)?;
        lines.push(u32::try_from(line).unwrap_or(u32::MAX));
        room::grow(&mut values, features.len(), path)?;
        for (feature, &at) in features.iter().enumerate() {
            let (text, place) = cell(at);
            let value = number(text, &place)?;
            spreads[feature].add(value);
            values.push((value - origins.get(feature).unwrap_or(&0.0)) as f32);
        }
        match target {
            Target::Values { .. } => {
                room::grow(&mut reals, targets.len(), path)?;
                for &at in &targets {
                    let (text, place) = cell(at);
                    reals.push(number(text, &place)?);
                }
            }
            Target::Classes { .. } => {
                room::grow(&mut classes, 1, path)?;
                let (text, place) = cell(targets[0]);
                classes.push(class(text, target).map_err(|fault| place.fault(fault.problem, fault.help))?);
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
    let digest = rows.finish()?;
    let rows = Rows { lines, ..Rows::of(path) };
    let numbers = Numbers { shape: [features.len(), 1, 1], values, origins: origins.to_vec(), labels, rows };
    Ok((numbers, digest, spreads))
}

fn content(path: &Path, place: String, problem: String, help: &str) -> DataError {
    DataError::Content { path: path.into(), place, problem, help: help.into() }
}

/// What a separator is called in a sentence.
fn called(separator: char) -> String {
    let known = SEPARATORS.iter().find(|(sign, ..)| *sign == separator);
    known.map_or_else(|| format!("`{separator}`"), |(_, name, _)| (*name).to_owned())
}

/// The place of the column `name` among `columns`.
fn place_of(path: &Path, source: &CsvSource, columns: &[String], name: &str) -> Result<usize, DataError> {
    let fault = |problem: String, help: &str| content(path, ", line 1".into(), problem, help);
    let mut places = columns.iter().enumerate().filter(|(_, column)| *column == name).map(|(place, _)| place);
    match (places.next(), places.next()) {
        (Some(place), None) => Ok(place),
        (Some(_), Some(_)) => {
            Err(fault(format!("there are several columns `{name}`"), "give each column another name"))
        }
        (None, _) => {
            if let Some((found, written)) = other_separator(path, source.separator, columns, name) {
                let whole = match columns {
                    [only] => format!("it is one long column, `{}`: ", short(only)),
                    _ => String::new(),
                };
                let decimal = if source.decimal == '.' && written != "," && has_decimal_commas(path) {
                    ", and `decimal=\",\"` for numbers such as `1,5`"
                } else {
                    ""
                };
                return Err(fault(
                    format!("{whole}{found} separates its cells, not {}", called(source.separator)),
                    &format!("say `separator=\"{written}\"`{decimal}"),
                ));
            }
            let shown: Vec<String> = columns.iter().take(LISTED).map(|column| format!("`{}`", short(column))).collect();
            let more = if columns.len() > LISTED { ", …" } else { "" };
            Err(fault(
                format!("there is no column `{name}`; the columns are {}{more}", shown.join(", ")),
                "name a column of the table in `features` and `target`, spelt as in its first line",
            ))
        }
    }
}

/// What seems to separate the cells of a table in whose first line `separator` does not find the column `name`, and
/// how a spec writes it.
fn other_separator(
    path: &Path,
    separator: char,
    columns: &[String],
    name: &str,
) -> Option<(&'static str, &'static str)> {
    let text = beginning(path);
    let first = text.lines().next().unwrap_or_default();
    let names_it = |sign: char| first.split(sign).any(|cell| cell.trim().trim_matches('"') == name);
    let others = || SEPARATORS.into_iter().filter(|(sign, ..)| *sign != separator && first.contains(*sign));
    let found = others().find(|(sign, ..)| names_it(*sign));
    found.or_else(|| others().next().filter(|_| columns.len() == 1)).map(|(_, name, written)| (name, written))
}

/// Whether the table has numbers such as `1,5` in the lines after its first.
fn has_decimal_commas(path: &Path) -> bool {
    let is_number = |cell: &str| {
        cell.split_once(',').is_some_and(|(whole, part)| {
            let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits(whole.trim_start_matches(['-', '+'])) && digits(part)
        })
    };
    let text = beginning(path);
    text.lines().skip(1).take(10).any(|line| line.split([';', '\t', '|']).any(|cell| is_number(cell.trim())))
}

/// The number in a cell.
fn number(text: &str, place: &Place<'_>) -> Result<f64, DataError> {
    if text.is_empty() {
        return Err(place.fault("the cell is empty".into(), "fill in the value, or take the line out"));
    }
    let parsed = match place.decimal {
        '.' => text.parse::<f64>(),
        // A point beside another sign for fractions would separate thousands: 1.234 is not one and a bit.
        decimal if text.contains('.') => {
            let help = format!("write numbers without points, or leave out `decimal=\"{decimal}\"`");
            return Err(place.fault(format!("`{}` has a point, but fractions follow `{decimal}`", short(text)), &help));
        }
        decimal => text.replacen(decimal, ".", 1).parse::<f64>(),
    };
    let Ok(value) = parsed else {
        let help = if place.decimal == '.' && text.replacen(',', ".", 1).parse::<f64>().is_ok() {
            "say `decimal=\",\"` if fractions follow a comma"
        } else {
            "write numbers such as `3`, `-1.5` or `2e-3`; categories must be encoded as numbers"
        };
        return Err(place.fault(format!("`{}` is not a number", short(text)), help));
    };
    // Numbers beyond 64 bits are infinite once read, and `inf` has no digits.
    if value.is_finite() && !(value as f32).is_finite()
        || value.is_infinite() && text.contains(|c: char| c.is_ascii_digit())
    {
        return Err(place.fault(format!("`{}` is too large: {MOST_SAID}", short(text)), TOO_LARGE_HELP));
    }
    if !value.is_finite() {
        return Err(
            place.fault(format!("`{}` is not a finite number", short(text)), "fill in the value, or take the line out")
        );
    }
    Ok(value)
}
