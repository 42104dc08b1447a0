//! Examples in two splits: a test file that is the training file, and rows that both hold.

use super::super::{DataError, DataOpener, Raw, prepare};
use elbo_compiler::ir::{DataSource, Run};
use elbo_compiler::opened::{OpenedData, SharedExamples};
use elbo_compiler::sources::MemorySources;
use std::fs;
use std::path::Path;

/// A run on data of one's own.
fn run(source: &str, split: &str) -> Run {
    let (input, head) =
        if source.starts_with("image_folder") { ("image[3, 2, 3]", "flatten; ") } else { ("vector[2]", "") };
    let text = format!(
        "model net {{ input {input}; default point; {head}head: linear(2); output categorical }}
         dataset data {{ source = {source}; split = {split} }}
         train regime {{ objective = maximum_likelihood(); optimizer = adam(); epochs = 1; batch = 8 }}
         run trial {{ model = net; data = data; train = regime }}"
    );
    let compilation = elbo_compiler::compile("spec.elbo", &MemorySources::single("spec.elbo", text), None, &[]);
    assert!(!compilation.has_errors(), "{:?}", compilation.diagnostics);
    compilation.runs[0].run.clone()
}

const TABLE: &str = r#"csv("x.csv", target="y", features=["a", "b"], classes=2, test_file="t.csv")"#;
const ALL: &str = "fraction(train=1)";

fn opened(run: &Run, folder: &Path) -> Result<OpenedData, DataError> {
    Ok(DataOpener::new(&[]).open(run, folder)?.expect("files of one's own are read"))
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).expect("it can be written");
}

#[test]
fn rows_that_both_files_hold_are_counted() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let folder = folder.path();
    write(folder, "x.csv", "a,b,y\n1,2,0\n3,4,1\n0,0,1\n5,6,0\n5,6,0\n");
    // The same numbers in other spelling and order, one row with another class, and one that is new.
    write(folder, "t.csv", "y,b,a\n0,2.0,1e0\n1,-0,0\n1,6,5\n0,6,5\n0,7,8\n");
    let found = opened(&run(TABLE, ALL), folder).expect("they are sound");
    assert_eq!(found.classes, [3, 2]);
    assert_eq!(found.test, SharedExamples { shared: 3, of: 5 });
    assert_eq!(found.validation, SharedExamples { shared: 0, of: 0 });
}

#[test]
fn validation_examples_are_compared_with_those_that_are_trained_on() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let folder = folder.path();
    // Every row twice: where one of a pair is kept for validation, the other most likely is trained on.
    let rows: String = (0..100).map(|row| format!("{},{},{}\n", row / 2, row / 4, row % 4 / 2)).collect();
    write(folder, "x.csv", &format!("a,b,y\n{rows}"));
    write(folder, "t.csv", "a,b,y\n-1,0,0\n-2,0,1\n");
    let run = run(TABLE, "fraction(train=0.8, validation=0.2)");
    let found = opened(&run, folder).expect("they are sound");
    assert_eq!((found.test.shared, found.validation.of), (0, 20));
    let raw = Raw::open(&run.data, folder, &[]).expect("it is sound");
    let dataset = prepare(&run.data, run.training.seed, &raw).expect("it can be divided");
    let trained = dataset.training.indices();
    let expected = dataset.validation.indices().iter().filter(|&&row| trained.contains(&(row ^ 1))).count();
    assert!(expected > 10);
    assert_eq!(found.validation.shared, expected);
}

#[test]
fn a_test_file_with_the_bytes_of_the_training_file_is_refused() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let folder = folder.path();
    write(folder, "x.csv", "a,b,y\n1,2,0\n3,4,1\n");
    write(folder, "t.csv", "a,b,y\n1,2,0\n3,4,1\n");
    let error = opened(&run(TABLE, ALL), folder).expect_err("they are the same");
    assert!(matches!(error, DataError::TestIsTraining { .. }));
    let (message, help) = (error.to_string(), error.help());
    assert!(
        message.contains("t.csv` holds the same bytes as the training data") && help.contains("test_share"),
        "{message}"
    );
}

#[test]
fn images_of_both_folders_are_counted_and_equal_folders_refused() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let folder = folder.path();
    let picture = |path: &str, colour: u8| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("folders can be made");
        image::RgbImage::from_pixel(3, 2, image::Rgb([colour; 3])).save(path).expect("it can be written");
    };
    for (class, colour) in [("cat", 1), ("dog", 2)] {
        picture(&format!("train/{class}/1.png"), colour);
        picture(&format!("train/{class}/2.png"), colour + 10);
        picture(&format!("test/{class}/other.png"), colour);
        picture(&format!("test/{class}/new.png"), colour + 20);
    }
    let run = run(r#"image_folder(".", shape=[3, 2, 3], classes=2)"#, ALL);
    assert_eq!(opened(&run, folder).expect("they are sound").test, SharedExamples { shared: 2, of: 4 });
    fs::remove_dir_all(folder.join("test")).expect("it is there");
    for (class, colour) in [("cat", 1), ("dog", 2)] {
        picture(&format!("test/{class}/1.png"), colour);
        picture(&format!("test/{class}/2.png"), colour + 10);
    }
    assert!(matches!(opened(&run, folder), Err(DataError::TestIsTraining { .. })));
}

#[test]
fn published_sets_are_looked_for_and_not_read() {
    let mut run = run(TABLE, ALL);
    run.data = super::plain(DataSource::Digits);
    assert_eq!(DataOpener::new(&[]).open(&run, Path::new("")).expect("they are part of the program"), None);
    run.data = super::plain(DataSource::Mnist);
    assert!(matches!(DataOpener::new(&[]).open(&run, Path::new("")), Err(DataError::NotFound { .. })));
}
