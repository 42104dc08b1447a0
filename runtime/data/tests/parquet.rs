//! Tables in the Parquet format: the same rows as a table of text, and every way in which files can be wrong. The files
//! in `parquet/` were written by `parquet/make.py`.
#![cfg(feature = "parquet")]

use elbo_compiler::data_sources::{CsvSource, ParquetSource};
use elbo_compiler::ir::{Data, Shape, Source, Split, Subset, Target, TestExamples};
use elbo_data::{DataError, FileNotes, LabelledFiles, Labels, Numbers, Raw, Stored, read_features, read_labelled};
use parquet::data_type::{DoubleType, FixedLenByteArray, FixedLenByteArrayType, Int32Type, Int96, Int96Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const FEATURES: [&str; 6] = ["length", "count", "small", "huge", "single", "seconds"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parquet")
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn numbers(stored: &Stored) -> &Numbers {
    let Stored::Numbers(numbers) = stored else { panic!("these are numbers") };
    numbers
}

fn reals(names: &[&str]) -> Target {
    Target::Values { names: owned(names), normalize: false }
}

fn data(source: Source, shape: Shape, target: Target) -> Data {
    let (subset, split) = (Subset::All, Split { train: 1.0, validation: 0.0 });
    Data { source, root: None, shape, target, subset, split, transform: Vec::new(), augment: Vec::new() }
}

fn of(file: &str, features: &[&str], column: &str, target: Target) -> Data {
    let source = ParquetSource {
        file: file.to_owned(),
        features: owned(features),
        target: owned(&[column]),
        test: TestExamples::Share(0.25),
    };
    data(Source::Parquet(source), Shape::Vector { features: features.len() }, target)
}

fn open(data: &Data) -> Result<Raw, DataError> {
    Raw::open(data, &folder(), &[])
}

/// All that a network is trained on, as bits.
fn bits(found: &Numbers) -> (Vec<u32>, Vec<u64>, Vec<u64>, Vec<u16>) {
    let (values, classes) = match &found.labels {
        Labels::Values { values, .. } => (values.iter().map(|value| value.to_bits()).collect(), Vec::new()),
        Labels::Classes(classes) => (Vec::new(), classes.clone()),
    };
    let origins = found.origins.iter().map(|origin| origin.to_bits()).collect();
    (found.values.iter().map(|value| value.to_bits()).collect(), origins, values, classes)
}

#[test]
fn the_same_rows_as_a_table_of_text_are_the_same_bits() {
    let names = Target::Classes { count: 2, names: owned(&["lang", "short"]) };
    for (column, target) in [("price", reals(&["price"])), ("kind", names), ("number", Target::of_classes(3))] {
        let source = CsvSource {
            file: "table.csv".into(),
            features: owned(&FEATURES),
            target: owned(&[column]),
            test: TestExamples::Share(0.25),
            separator: ',',
            decimal: '.',
        };
        let text = open(&data(Source::Csv(source), Shape::Vector { features: 6 }, target.clone())).expect("is sound");
        assert!(!numbers(&text.training).origins.is_empty(), "the seconds lie far from 0");
        for file in ["table", "groups", "plain", "newer", "newer_gzip"] {
            let raw = open(&of(&format!("{file}.parquet"), &FEATURES, column, target.clone())).expect("is sound");
            for (found, wanted) in [(&raw.training, &text.training), (&raw.test, &text.test)] {
                assert_eq!(bits(numbers(found)), bits(numbers(wanted)), "{file} {column}");
            }
            assert_eq!(raw.digests[0].name, format!("{file}.parquet"));
        }
    }
}

#[test]
fn flags_are_numbers_and_classes() {
    let flags = of("table.parquet", &["is_odd"], "is_odd", Target::of_classes(2));
    let raw = open(&flags).expect("is sound");
    let found = numbers(&raw.training);
    let classes: Vec<u16> = found.values.iter().map(|value| *value as u16).collect();
    assert_eq!(found.labels, Labels::Classes(classes));
    let named = Target::Classes { count: 2, names: owned(&["False", "True"]) };
    assert_eq!(numbers(&open(&of("table.parquet", &["is_odd"], "is_odd", named)).expect("is sound").training), found);
}

#[test]
fn faulty_files_are_refused_with_their_place() {
    for (file, expected, help) in [
        ("missing", ", row 1 (counted from 0), column `x`: the value is missing", "fill in the value"),
        ("not_a_number", ", row 2 (counted from 0), column `x`: `NaN` is not a finite number", "fill in the value"),
        ("large", ", row 1 (counted from 0), column `x`: `1e39` is too large", "larger unit"),
        ("texts", ", column `x`: it holds texts, not numbers", "encode categories"),
        ("nested", ", column `x`: each row holds a list or a structure", "a column of its own"),
        ("structure", ", column `x`: each row holds a list or a structure", "a column of its own"),
        ("dates", ", column `x`: it holds dates or times", "days since"),
        ("days", ", column `x`: it holds dates or times", "days since"),
        ("clock", ", column `x`: it holds dates or times", "days since"),
        ("durations", ", column `x`: it holds durations", "for example seconds: `.dt.total_seconds()`"),
        ("periods", ", column `x`: it holds dates or times", "days since"),
        ("decimals", ", column `x`: its numbers are decimals", "astype"),
        ("halves", ", column `x`: its numbers are of 16 bits", "astype(\"float32\")"),
        ("nothing", ", row 0 (counted from 0), column `x`: the value is missing", "fill in the value"),
        ("twice", ": there are several columns `x`", "another name"),
        ("empty", "holds no examples", "at least one example"),
    ] {
        let error = open(&of(&format!("{file}.parquet"), &["x"], "y", reals(&["y"]))).expect_err("is refused");
        let message = error.to_string();
        assert!(message.contains(&format!("{file}.parquet`")) && message.contains(expected), "{message}");
        assert!(error.help().contains(help), "{}", error.help());
    }
    for (file, feature, column, target, expected) in [
        ("zstd", "length", "price", reals(&["price"]), "column `length`: it is compressed by ZSTD, which is not"),
        ("split", "length", "price", reals(&["price"]), "column `length`: its values are encoded"),
        ("table", "width", "price", reals(&["price"]), "there is no column `width`; the columns are `length`, `count`"),
        ("table", "length", "number", Target::of_classes(2), "row 2 (counted from 0), column `number`: `2` is not"),
        ("table", "length", "price", Target::of_classes(2), "column `price`: its numbers are real"),
        (
            "table",
            "length",
            "kind",
            Target::Classes { count: 2, names: owned(&["lang", "kurz"]) },
            "row 1 (counted from 0), column `kind`: `short` is none of the 2 classes",
        ),
    ] {
        let error = open(&of(&format!("{file}.parquet"), &[feature], column, target)).expect_err("is refused");
        assert!(error.to_string().contains(expected), "{error}");
        if file == "zstd" {
            assert_eq!(error.help(), "save it with `compression=\"snappy\"`, `\"gzip\"` or none");
        }
    }
}

/// Writes a file with columns that may not be missing, by the crate that reads it.
fn written(path: &Path) {
    let schema = "message rows { required double x; required int32 y (INTEGER(8,false)); required int96 time;
                  required fixed_len_byte_array(2) pair; required fixed_len_byte_array(12) span (INTERVAL);
                  repeated double many; }";
    let schema = Arc::new(parse_message_type(schema).expect("is a schema"));
    let file = fs::File::create(path).expect("can be written");
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(WriterProperties::default())).expect("is sound");
    for part in 0..3 {
        let mut group = writer.next_row_group().expect("is sound");
        let mut column = |write: &mut dyn FnMut(&mut parquet::file::writer::SerializedColumnWriter<'_>)| {
            let mut column = group.next_column().expect("is sound").expect("is in the schema");
            write(&mut column);
            column.close().expect("is whole");
        };
        let x: Vec<f64> = (0..2000).map(|row| f64::from(part) + f64::from(row) / 8.0).collect();
        column(&mut |to| assert_eq!(to.typed::<DoubleType>().write_batch(&x, None, None).expect("is sound"), 2000));
        let y: Vec<i32> = (0..2000).map(|row| row % 256).collect();
        column(&mut |to| assert_eq!(to.typed::<Int32Type>().write_batch(&y, None, None).expect("is sound"), 2000));
        let times = vec![Int96::new(); 2000];
        column(&mut |to| assert_eq!(to.typed::<Int96Type>().write_batch(&times, None, None).expect("is sound"), 2000));
        let pairs = vec![FixedLenByteArray::from(vec![1, 2]); 2000];
        column(&mut |to| {
            assert_eq!(to.typed::<FixedLenByteArrayType>().write_batch(&pairs, None, None).expect("is sound"), 2000)
        });
        let spans = vec![FixedLenByteArray::from(vec![0; 12]); 2000];
        column(&mut |to| {
            assert_eq!(to.typed::<FixedLenByteArrayType>().write_batch(&spans, None, None).expect("is sound"), 2000)
        });
        let (levels, starts) = (vec![1; 2000], vec![0; 2000]);
        column(&mut |to| {
            let count = to.typed::<DoubleType>().write_batch(&x, Some(&levels), Some(&starts));
            assert_eq!(count.expect("is sound"), 2000);
        });
        group.close().expect("is whole");
    }
    writer.close().expect("is whole");
}

#[test]
fn columns_that_are_never_missing_are_read_across_batches_and_groups() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("x.parquet");
    written(&path);
    let all = of("x.parquet", &["x"], "y", Target::of_classes(256));
    let read = read_labelled(&LabelledFiles::Table(path.clone()), &all, (&[], &[]), &mut FileNotes::default());
    let stored = read.expect("is sound").expect("is a table");
    let found = numbers(&stored);
    assert_eq!((found.values.len(), found.values[4001], found.values[2000]), (6000, 2.125, 1.0));
    let Labels::Classes(classes) = &found.labels else { panic!("these are classes") };
    assert!(classes.iter().enumerate().all(|(row, class)| usize::from(*class) == row % 2000 % 256));
    for (column, expected) in [
        ("time", "dates or times"),
        ("pair", "bytes of a fixed length"),
        ("span", "it holds durations"),
        ("many", "a list or a structure"),
    ] {
        let error = Raw::open(&of("x.parquet", &[column], "y", reals(&["y"])), folder.path(), &[]);
        let message = error.expect_err("is refused").to_string();
        assert!(message.contains(&format!("column `{column}`: ")) && message.contains(expected), "{message}");
    }
}

#[test]
fn files_that_no_spec_names_need_the_columns_of_the_run() {
    let path = folder().join("table.parquet");
    let run = of("other.parquet", &["single", "count"], "y", reals(&["y"]));
    let found = read_features(&path, &run, &[]).expect("is sound").expect("is a table");
    assert_eq!(&found.values[..4], &[0.0, -500.0, 0.125, -499.0]);
    assert!(found.rows.lines.is_empty());
    let read = read_labelled(&LabelledFiles::Table(path.clone()), &run, (&[], &[]), &mut FileNotes::default());
    let error = read.expect_err("lacks the target");
    assert!(error.to_string().contains("the run reads column `y`, which this table lacks; it has `length`"), "{error}");
    assert!(error.help().starts_with("name the columns as the run's own table does"), "{}", error.help());
    let wide = of("other.parquet", &["single", "width", "depth"], "price", reals(&["price"]));
    let error = read_features(&path, &wide, &[]).expect_err("lacks two").to_string();
    assert!(error.contains("the run reads columns `width`, `depth`, which this table lacks"), "{error}");
}

/// A run on text takes no Parquet and the other way round, and both say what the run takes: nobody can change its source.
#[test]
fn new_examples_are_of_the_kind_of_the_runs_own_table() {
    let (text, binary) = (folder().join("table.csv"), folder().join("table.parquet"));
    let of_binary = of("other.parquet", &["single", "count"], "price", reals(&["price"]));
    let source = CsvSource {
        file: "other.csv".into(),
        features: owned(&["single", "count"]),
        target: owned(&["price"]),
        test: TestExamples::Share(0.25),
        separator: ',',
        decimal: '.',
    };
    let of_text = data(Source::Csv(source.clone()), Shape::Vector { features: 2 }, reals(&["price"]));
    for (run, path, problem, help) in [
        (
            &of_binary,
            &text,
            "it is not a Parquet file, and the run reads Parquet files alone",
            "to_parquet(\"new.parquet",
        ),
        (&of_text, &binary, "it is a Parquet file, and the run reads tables of text alone", "to_csv(\"new.csv\""),
    ] {
        let labelled = LabelledFiles::Table(path.clone());
        let scored = read_labelled(&labelled, run, (&[], &[]), &mut FileNotes::default()).map(drop);
        for error in [read_features(path, run, &[]).map(drop), scored] {
            let error = error.expect_err("is of another kind");
            assert_eq!(error.to_string(), format!("`{}`: {problem}", path.display()));
            let said = error.help();
            assert!(said.contains(help) && !said.contains("csv(…)") && !said.contains("parquet(…)"), "{said}");
        }
    }
    // A spec can name another source.
    let named = CsvSource { file: "table.parquet".into(), ..source };
    let error = open(&data(Source::Csv(named), Shape::Vector { features: 2 }, reals(&["price"])));
    let error = error.expect_err("is no text");
    assert!(error.to_string().contains("it is a Parquet file, not a table of text"), "{error}");
    assert!(error.help().starts_with("say `parquet(…)`"), "{}", error.help());
}

#[test]
fn a_test_file_is_another_one() {
    let with = |test: &str| {
        let mut data = of("table.parquet", &["length"], "price", reals(&["price"]));
        let Source::Parquet(source) = &mut data.source else { panic!("this is a table") };
        source.test = TestExamples::Files(test.to_owned());
        open(&data)
    };
    let raw = with("groups.parquet").expect("the same rows in other bytes");
    assert_eq!((raw.training.len(), raw.test.len(), raw.test_files), (60, 60, 1));
    assert!(matches!(with("table.parquet"), Err(DataError::TestIsTraining { .. })));
    assert!(matches!(with("nowhere.parquet"), Err(DataError::Absent { .. })));
}

#[test]
fn what_is_no_parquet_file_or_is_cut_short_says_so() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let read = |bytes: &[u8]| {
        fs::write(folder.path().join("x.parquet"), bytes).expect("can be written");
        Raw::open(&of("x.parquet", &["x"], "y", reals(&["y"])), folder.path(), &[])
    };
    let said = |bytes: &[u8]| read(bytes).expect_err("is refused").to_string();
    assert!(said(b"").contains("holds no examples"));
    assert!(said(b"x,y\n1,2\n").contains("it is not a Parquet file"));
    let whole = fs::read(crate::folder().join("sound.parquet")).expect("is there");
    for length in 1..whole.len() {
        let message = said(&whole[..length]);
        assert!(message.contains("is not a Parquet file") || message.contains("is cut short"), "{length}: {message}");
    }
    // A longer description than there are bytes, and one of nothing.
    let mut forged = whole.clone();
    let tail = forged.len() - 8;
    forged[tail..tail + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(said(&forged).contains("is cut short"));
    forged[tail..tail + 4].copy_from_slice(&0_u32.to_le_bytes());
    assert!(said(&forged).contains("its description is damaged"));
}

#[test]
fn every_changed_byte_is_read_or_refused() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let whole = fs::read(crate::folder().join("sound.parquet")).expect("is there");
    for at in 0..whole.len() {
        for change in [0x01, 0x10, 0x80, 0xff] {
            let mut changed = whole.clone();
            changed[at] ^= change;
            fs::write(folder.path().join("x.parquet"), &changed).expect("can be written");
            if let Ok(raw) = Raw::open(&of("x.parquet", &["x"], "y", reals(&["y"])), folder.path(), &[]) {
                assert!(numbers(&raw.training).values.iter().all(|value| value.is_finite()));
            }
        }
    }
}
