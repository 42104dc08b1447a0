//! Tables in the Parquet format (<https://parquet.apache.org/docs/file-format/>): columns in pages, in groups of rows.
//!
//! The format is read by the crate `parquet`. What it takes memory for because a file says so is checked before
//! (`pages.rs`).

mod arrow_types;
mod held;
mod pages;

use super::cells::{MOST_SAID, PARQUET, TOO_LARGE_HELP, class, short};
use super::reader::Reader;
use super::table::{self, ReadTable};
use crate::digest::Digest;
use crate::error::DataError;
use crate::file::read_whole;
use crate::raw::Raw;
use crate::room;
use crate::spread::Spread;
use crate::stored::{Labels, Numbers, Rows};
use arrow_types::ArrowType;
use bytes::Bytes;
use elbo_compiler::data_sources::ParquetSource;
use elbo_compiler::ir::{Data, TableColumns, Target};
use held::{Held, held};
use pages::{Pages, schema_depth};
use parquet::basic::{Compression, Repetition};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::Result as Parsed;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::serialized_reader::SerializedPageReader;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};

const MAGIC: &[u8] = PARQUET.as_bytes();
/// The length of what follows the description of a file: its length, and [`MAGIC`] again.
const TAIL: usize = 8;
/// Bytes in memory for each of the description, at most: an entry of a list is at least one byte.
const DESCRIBED: u64 = 1024;
/// Rows that are read at once.
const BATCH: usize = 1 << 10;
/// Columns that a message lists at most.
const LISTED: usize = 20;

const SAVE_AGAIN: &str = "write it again, for example by `DataFrame.to_parquet`; the file may be cut short";

impl Reader for ParquetSource {
    fn read(&self, data: &Data, folder: &Path, search: &[PathBuf]) -> Result<Raw, DataError> {
        table::read(self, data, (folder, search))
    }

    fn table(&self) -> Option<&dyn ReadTable> {
        Some(self)
    }
}

impl ReadTable for ParquetSource {
    fn scan(
        &self,
        path: &Path,
        columns: TableColumns<'_>,
        target: &Target,
        origins: &[f64],
    ) -> Result<(Numbers, Digest, Vec<Spread>), DataError> {
        let file = File::open(path)?;
        let (numbers, spreads) = file.scan(columns, target, origins)?;
        Ok((numbers, file.digest, spreads))
    }

    fn column_names(&self, path: &Path) -> Result<Vec<String>, DataError> {
        Ok(File::open(path)?.names())
    }

    fn other_kind(&self, beginning: &str) -> Option<[&'static str; 2]> {
        (!beginning.starts_with(PARQUET)).then_some([
            "it is not a Parquet file, and the run reads Parquet files alone",
            "save the table by `DataFrame.to_parquet` with the columns of the run, for example \
             `pandas.read_csv(\"new.csv\").to_parquet(\"new.parquet\")`",
        ])
    }
}

/// A file whose description has been read.
struct File<'p> {
    path: &'p Path,
    bytes: Bytes,
    digest: Digest,
    reader: SerializedFileReader<Bytes>,
    /// What Arrow says of columns whose types the format has no words for, by their names.
    arrow_types: Vec<(String, ArrowType)>,
}

impl<'p> File<'p> {
    fn open(path: &'p Path) -> Result<Self, DataError> {
        let (bytes, digest) = read_whole(path)?;
        let fault = |problem: &str, help: &str| content(path, String::new(), problem.into(), help);
        if !bytes.starts_with(MAGIC) {
            let help = "write it by `DataFrame.to_parquet`, without encryption, or say `csv(…)` for a table of text";
            return Err(fault("it is not a Parquet file, which begins with `PAR1`", help));
        }
        let tail = bytes.len().checked_sub(TAIL).filter(|_| bytes.ends_with(MAGIC));
        let described = tail.and_then(|tail| {
            let length = u32::from_le_bytes(bytes[tail..tail + 4].try_into().ok()?);
            bytes.get(tail.checked_sub(length as usize).filter(|start| *start >= MAGIC.len())?..tail)
        });
        let Some(description) = described else {
            return Err(fault("it is cut short: a Parquet file ends with its description and `PAR1`", SAVE_AGAIN));
        };
        room::check(path, (description.len() as u64).saturating_mul(DESCRIBED))?;
        if schema_depth(description).is_none() {
            return Err(fault("its description is damaged, or columns are nested too deep", SAVE_AGAIN));
        }
        let bytes = Bytes::from(bytes);
        let reader = guarded(|| SerializedFileReader::new(bytes.clone()))
            .map_err(|problem| fault(&format!("its description is damaged ({problem})"), SAVE_AGAIN))?;
        let arrow_types = arrow_types::read(reader.metadata().file_metadata().key_value_metadata());
        Ok(Self { path, bytes, digest, reader, arrow_types })
    }

    /// The names of the columns, those of nested ones by what they are nested in.
    fn names(&self) -> Vec<String> {
        let schema = self.reader.metadata().file_metadata().schema_descr();
        schema.root_schema().get_fields().iter().map(|field| field.name().to_owned()).collect()
    }

    /// All examples, with the spread of each feature.
    fn scan(
        &self,
        columns: TableColumns<'_>,
        target: &Target,
        origins: &[f64],
    ) -> Result<(Numbers, Vec<Spread>), DataError> {
        let are_classes = matches!(target, Target::Classes { .. });
        let features = columns.features.iter().map(|name| self.column(name, false));
        let all = features.chain(columns.targets.iter().map(|name| self.column(name, are_classes)));
        let all = all.collect::<Result<Vec<_>, _>>()?;
        let (width, targets) = (columns.features.len(), columns.targets.len());
        let rows = self.rows((4 * width + 8 * targets) as u64)?;
        let (mut values, mut reals, mut classes) = (Vec::<f32>::new(), Vec::<f64>::new(), Vec::<u16>::new());
        let mut spreads = vec![Spread::default(); width];
        let mut first = 0;
        for group in self.reader.metadata().row_groups() {
            let chunks = all.iter().map(|column| column.chunk(group)).collect::<Result<Vec<_>, _>>()?;
            let (mut chunks, needed): (Vec<ColumnReader>, Vec<u64>) = chunks.into_iter().unzip();
            room::check(self.path, needed.into_iter().fold(0, u64::saturating_add))?;
            let end = first + group.num_rows() as u64;
            while first < end {
                let count = BATCH.min((end - first) as usize);
                let batches = all.iter().zip(&mut chunks).map(|(column, chunk)| column.batch(chunk, count, first));
                let batches = batches.collect::<Result<Vec<Cells>, _>>()?;
                room::grow(&mut values, count * width, self.path)?;
                room::grow(&mut reals, if are_classes { 0 } else { count * targets }, self.path)?;
                room::grow(&mut classes, if are_classes { count } else { 0 }, self.path)?;
                for row in 0..count {
                    for (at, (column, cells)) in all.iter().zip(&batches).enumerate() {
                        let place = first + row as u64;
                        if at < width {
                            let value = column.number(cells, row, place)?;
                            spreads[at].add(value);
                            values.push((value - origins.get(at).unwrap_or(&0.0)) as f32);
                        } else if are_classes {
                            classes.push(column.class(cells, row, place, target)?);
                        } else {
                            reals.push(column.number(cells, row, place)?);
                        }
                    }
                }
                first += count as u64;
            }
        }
        let labels = if are_classes { Labels::Classes(classes) } else { Labels::Values { targets, values: reals } };
        debug_assert_eq!(labels.len() as u64, rows);
        let shape = [width, 1, 1];
        Ok((Numbers { shape, values, origins: origins.to_vec(), labels, rows: Rows::of(self.path) }, spreads))
    }

    /// How many rows there are, for each of which `needed` bytes are taken.
    fn rows(&self, needed: u64) -> Result<u64, DataError> {
        let counts = self.reader.metadata().row_groups().iter().map(|group| u64::try_from(group.num_rows()).ok());
        let rows = counts.into_iter().try_fold(0_u64, |sum, rows| sum.checked_add(rows?));
        match rows {
            Some(0) => Err(DataError::Empty { path: self.path.into() }),
            Some(rows) if u32::try_from(rows).is_ok() => {
                room::check(self.path, rows.saturating_mul(needed))?;
                Ok(rows)
            }
            _ => Err(content(self.path, String::new(), "it has more than 2³² examples".into(), "use fewer")),
        }
    }

    /// The column of this name, which holds numbers, or classes.
    fn column<'c>(&'c self, name: &'c str, are_classes: bool) -> Result<Column<'c>, DataError> {
        let fault = |place: String, problem: String, help: &str| Err(content(self.path, place, problem, help));
        let names = self.names();
        let mut places = (0..names.len()).filter(|&at| names[at] == name);
        let place = match (places.next(), places.next()) {
            (Some(place), None) => place,
            (Some(_), Some(_)) => {
                let problem = format!("there are several columns `{name}`");
                return fault(String::new(), problem, "give each column another name");
            }
            (None, _) => {
                let shown: Vec<String> = names.iter().take(LISTED).map(|name| format!("`{}`", short(name))).collect();
                let more = if names.len() > LISTED { ", …" } else { "" };
                let problem = format!("there is no column `{name}`; the columns are {}{more}", shown.join(", "));
                return fault(String::new(), problem, "name a column of the table in `features` and `target`");
            }
        };
        let schema = self.reader.metadata().file_metadata().schema_descr();
        let field = &schema.root_schema().get_fields()[place];
        let at = format!(", column `{name}`");
        let is_repeated =
            field.get_basic_info().has_repetition() && field.get_basic_info().repetition() == Repetition::REPEATED;
        if !field.is_primitive() || is_repeated {
            let help = "give each of its numbers a column of its own";
            return fault(at, "each row holds a list or a structure, not one value".into(), help);
        }
        let Some(leaf) = (0..schema.num_columns()).find(|&leaf| schema.get_column_root_idx(leaf) == place) else {
            return fault(at, "it is not in the description of the file".into(), SAVE_AGAIN);
        };
        let described = schema.column(leaf);
        let arrow = self.arrow_types.iter().find(|(column, _)| column == name).map(|(_, arrow)| *arrow);
        match held(&described, arrow) {
            Ok(Held::Texts) if !are_classes => fault(
                at,
                "it holds texts, not numbers".into(),
                "encode categories as numbers, for example by `pandas.get_dummies`",
            ),
            Ok(Held::Reals) if are_classes => {
                fault(at, "its numbers are real, and classes are whole".into(), "save it as `astype(\"int64\")`")
            }
            Ok(held) => Ok(Column { file: self, name, leaf, held }),
            Err((problem, help)) => fault(at, problem.into(), help),
        }
    }
}

/// 2⁵³, from which on not every whole number is one of double precision.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;

/// Values of a column.
enum Cells {
    Numbers(Vec<f64>),
    Texts(Vec<ByteArray>),
}

/// A column that is read.
struct Column<'c> {
    file: &'c File<'c>,
    name: &'c str,
    /// Its number among those without columns in them.
    leaf: usize,
    held: Held,
}

impl Column<'_> {
    fn fault(&self, row: Option<u64>, problem: String, help: &str) -> DataError {
        let row = row.map_or_else(String::new, |row| format!(", row {row} (counted from 0)"));
        content(self.file.path, format!("{row}, column `{}`", self.name), problem, help)
    }

    /// Its part of a group of rows, once the sizes that its pages say have been checked, with the memory that it takes at
    /// most while it is read: of its dictionary and of its largest page.
    fn chunk(&self, group: &RowGroupMetaData) -> Result<(ColumnReader, u64), DataError> {
        let damaged = || self.fault(None, "its description does not fit the file".into(), SAVE_AGAIN);
        let chunk = group.columns().get(self.leaf).ok_or_else(damaged)?;
        if chunk.num_values() != group.num_rows() {
            return Err(damaged());
        }
        let start = usize::try_from(chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset()));
        let length = usize::try_from(chunk.compressed_size());
        let end = start.ok().zip(length.ok()).and_then(|(start, length)| Some((start, start.checked_add(length)?)));
        let pages = end.and_then(|(start, end)| self.file.bytes.get(start..end)).ok_or_else(damaged)?;
        let compression = chunk.compression();
        if !matches!(compression, Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::GZIP(_)) {
            let name = compression.to_string();
            let name = name.split('(').next().unwrap_or_default();
            let help = "save it with `compression=\"snappy\"`, `\"gzip\"` or none";
            return Err(self.fault(None, format!("it is compressed by {name}, which is not read"), help));
        }
        let (mut largest, mut second) = (0_u64, 0_u64);
        for page in Pages::new(pages, compression) {
            let page = page.map_err(|problem| self.fault(None, problem.into(), SAVE_AGAIN))?;
            (largest, second) = (largest.max(page), second.max(page.min(largest)));
        }
        let needed = largest.saturating_add(second);
        let rows = usize::try_from(group.num_rows()).map_err(|_| damaged())?;
        let described = self.file.reader.metadata().file_metadata().schema_descr().column(self.leaf);
        let reader = guarded(|| SerializedPageReader::new(Arc::new(self.file.bytes.clone()), chunk, rows, None));
        let reader = reader.and_then(|pages| guarded(|| Ok(get_column_reader(described, Box::new(pages)))));
        match reader {
            Ok(reader) => Ok((reader, needed)),
            Err(problem) => Err(self.fault(None, format!("it is damaged ({problem})"), SAVE_AGAIN)),
        }
    }

    /// The next `count` values, of which the first is in the row `first`.
    fn batch(&self, chunk: &mut ColumnReader, count: usize, first: u64) -> Result<Cells, DataError> {
        let (is_unsigned, mut levels) = (self.held == Held::Counts, Vec::new());
        let numbers = |values: Vec<f64>| Cells::Numbers(values);
        let cells = guarded(|| {
            let levels = &mut levels;
            Ok(match chunk {
                ColumnReader::BoolColumnReader(chunk) => {
                    numbers(records(chunk, count, levels)?.into_iter().map(|flag| f64::from(u8::from(flag))).collect())
                }
                ColumnReader::Int32ColumnReader(chunk) => {
                    let value = |value: i32| if is_unsigned { f64::from(value as u32) } else { f64::from(value) };
                    numbers(records(chunk, count, levels)?.into_iter().map(value).collect())
                }
                ColumnReader::Int64ColumnReader(chunk) => {
                    let value = |value: i64| if is_unsigned { value as u64 as f64 } else { value as f64 };
                    numbers(records(chunk, count, levels)?.into_iter().map(value).collect())
                }
                ColumnReader::FloatColumnReader(chunk) => {
                    numbers(records(chunk, count, levels)?.into_iter().map(f64::from).collect())
                }
                ColumnReader::DoubleColumnReader(chunk) => numbers(records(chunk, count, levels)?),
                ColumnReader::ByteArrayColumnReader(chunk) => Cells::Texts(records(chunk, count, levels)?),
                // Columns of these are refused when they are looked for.
                ColumnReader::Int96ColumnReader(_) | ColumnReader::FixedLenByteArrayColumnReader(_) => {
                    numbers(Vec::new())
                }
            })
        });
        let cells = cells.map_err(|problem| self.fault(None, format!("it is damaged ({problem})"), SAVE_AGAIN))?;
        if let Some(missing) = levels.iter().position(|level| *level == 0) {
            let row = first + missing as u64;
            return Err(self.fault(Some(row), "the value is missing".into(), "fill in the value, or take the row out"));
        }
        let found = match &cells {
            Cells::Numbers(values) => values.len(),
            Cells::Texts(values) => values.len(),
        };
        if found != count {
            let problem = format!("it ends after {} rows", first + found as u64);
            return Err(self.fault(None, problem, SAVE_AGAIN));
        }
        Ok(cells)
    }

    /// The number in a row of a batch, which is the row `place` of the file.
    fn number(&self, cells: &Cells, row: usize, place: u64) -> Result<f64, DataError> {
        let Cells::Numbers(values) = cells else {
            return Err(self.fault(Some(place), "it is a text, not a number".into(), SAVE_AGAIN));
        };
        let value = values[row];
        if (value as f32).is_finite() {
            return Ok(value);
        }
        if value.is_finite() {
            return Err(self.fault(Some(place), format!("`{value:e}` is too large: {MOST_SAID}"), TOO_LARGE_HELP));
        }
        let help = "fill in the value, or take the row out";
        Err(self.fault(Some(place), format!("`{value}` is not a finite number"), help))
    }

    /// The class in a row of a batch, which is the row `place` of the file.
    fn class(&self, cells: &Cells, row: usize, place: u64, target: &Target) -> Result<u16, DataError> {
        let are_named = matches!(target, Target::Classes { names, .. } if !names.is_empty());
        let text = match cells {
            // As pandas writes them into a table of text.
            Cells::Numbers(values) if are_named && self.held == Held::Flags => {
                if values[row] == 0.0 {
                    "False".to_owned()
                } else {
                    "True".to_owned()
                }
            }
            // Neighbours of such numbers are the same in double precision.
            Cells::Numbers(values) if values[row].abs() >= LARGEST_WHOLE => {
                let problem = format!("`{}` is too large a number for a class", values[row]);
                return Err(self.fault(
                    Some(place),
                    problem,
                    "number the classes from 0, or write their names as texts",
                ));
            }
            Cells::Numbers(values) => values[row].to_string(),
            Cells::Texts(values) => String::from_utf8_lossy(values[row].data()).into_owned(),
        };
        class(&text, target).map_err(|fault| self.fault(Some(place), fault.problem, fault.help))
    }
}

/// The next `count` values of a column, and for each row whether there is one: 0 if not.
fn records<T: DataType>(chunk: &mut ColumnReaderImpl<T>, count: usize, levels: &mut Vec<i16>) -> Parsed<Vec<T::T>> {
    let mut values = Vec::with_capacity(count);
    chunk.read_records(count, Some(levels), None, &mut values)?;
    Ok(values)
}

fn content(path: &Path, place: String, problem: String, help: &str) -> DataError {
    DataError::Content { path: path.into(), place, problem, help: help.into() }
}

thread_local! {
    /// Whether a panic of this thread is one of the crate `parquet`.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// What the crate `parquet` makes of a file; else what it says is wrong. It has assertions that a damaged file can break
/// (such as on the widths of packed numbers), which are faults of the file and not of this program: here alone a panic is
/// caught, and its message is not printed.
fn guarded<T>(parse: impl FnOnce() -> Parsed<T>) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |found| {
            if !GUARDED.get() {
                others(found);
            }
        }));
    });
    GUARDED.set(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(parse));
    GUARDED.set(false);
    let plain = |text: String| text.chars().filter(|sign| !sign.is_control()).take(160).collect();
    outcome.map_or_else(
        |_| Err("no reader makes sense of it".to_owned()),
        |parsed| parsed.map_err(|e| plain(e.to_string())),
    )
}
