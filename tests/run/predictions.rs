//! `elbo predict` and `elbo eval` on tables, arrays and folders of one's own.

use super::support::{elbo, read, text};
use image::{ImageFormat, Luma, RgbImage};
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;
use std::process::Output;

const SPEC: &str = r#"
dataset kinds { source = csv("people.csv", target="kind", features=["age", "height"], classes=["cat", "dog"], test_share=0.2); transform = [normalize()] }
dataset prices { source = csv("people.csv", target="price", features=["age", "height"], test_share=0.2); transform = [normalize()]; targets = normalize() }
dataset pictures { source = image_folder(root="pictures", shape=[1, 4, 4], classes=["night", "day"]); transform = [normalize()] }
train regime { objective = elbo(); optimizer = adam(lr=1e-2); epochs = 5; batch = 8; seed = 3 }
model classifier {
  input vector[2]
  default bayes
  hidden: linear(8)
  relu
  head: linear(2)
  output categorical
}
model regressor {
  input vector[2]
  default bayes
  hidden: linear(8)
  relu
  head: linear(1)
  output gaussian(noise=learned)
}
model eye {
  input image[1, 4, 4]
  default bayes
  conv: conv2d(2, kernel=3)
  relu
  flatten
  dropout(p=0.3) head: linear(2)
  output categorical
}
run kind { model = classifier; data = kinds; train = regime }
run price { model = regressor; data = prices; train = regime }
run picture { model = eye; data = pictures; train = regime }
sweep seeds { run = kind; vary.train.seed = [4, 5] }
"#;

/// A folder with the spec and its data.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, content: &str| std::fs::write(folder.path().join(name), content).expect("is written");
    write("spec.elbo", SPEC);
    let mut table = "age,height,kind,price\n".to_owned();
    for row in 0..60_u32 {
        let (age, height) = (f64::from(row * 7 % 13) - 6.0, f64::from(row * 5 % 11));
        let _ =
            writeln!(table, "{age},{height},{},{}", if age > 0.0 { "cat" } else { "dog" }, 100.0 + 3.0 * age + height);
    }
    write("people.csv", &table);
    write("new.csv", "\u{feff}id,height,age\n1,2,3\n2,4.5,-1\n\n3,8,0.25\n");
    write("one.csv", "age,height\n0.25,8\n");
    for part in ["train", "test"] {
        for (class, brightness) in [("night", 20), ("day", 200)] {
            for number in 0..6_u8 {
                let path = folder.path().join("pictures").join(part).join(class);
                std::fs::create_dir_all(&path).expect("is made");
                picture(&path.join(format!("{number}.png")), brightness + 3 * number + u8::from(part == "test"));
            }
        }
    }
    folder
}

fn picture(path: &Path, brightness: u8) {
    let image = image::GrayImage::from_fn(4, 4, |x, y| Luma([brightness + (x * 5 + y) as u8]));
    image.save_with_format(path, ImageFormat::Png).expect("is written");
}

fn done(folder: &Path, arguments: &[&str]) -> String {
    let output = elbo(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output));
    String::from_utf8(output.stdout).expect("is UTF-8")
}

fn failed(folder: &Path, arguments: &[&str]) -> Output {
    let output = elbo(folder, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", text(&output));
    assert!(!text(&output).contains("panicked"), "{}", text(&output));
    output
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&done(folder, &[arguments, &["--format", "json"]].concat())).expect("is JSON")
}

#[test]
fn rows_of_tables_are_predicted_by_the_names_of_their_columns() {
    let folder = project();
    let folder = folder.path();
    done(folder, &["run", "spec.elbo#kind"]);
    let found = json(folder, &["predict", "kind", "new.csv", "one.csv"]);
    let predictions = found["predictions"].as_array().expect("a list");
    let places: Vec<(&str, u64, u64)> = predictions
        .iter()
        .map(|row| (row["file"].as_str().unwrap(), row["row"].as_u64().unwrap(), row["line"].as_u64().unwrap()))
        .collect();
    assert_eq!(places, [("new.csv", 0, 2), ("new.csv", 1, 3), ("new.csv", 2, 5), ("one.csv", 0, 2)]);
    assert!(["cat", "dog"].contains(&predictions[0]["class"].as_str().expect("a name")));
    // The same numbers in another order of columns, at another place, alone: the same prediction to the bit.
    assert_eq!(predictions[2]["probabilities"], predictions[3]["probabilities"]);
    let alone = json(folder, &["predict", "kind", "one.csv"]);
    assert_eq!(alone["predictions"][0], predictions[3]);
    let table = done(folder, &["predict", "kind", "new.csv"]);
    assert!(table.contains("new.csv:5"), "{table}");
    let array = folder.join("rows.npy");
    std::fs::write(&array, npy("(1, 2)", &[0.25, 8.0])).expect("is written");
    let array = json(folder, &["predict", "kind", "rows.npy"]);
    assert_eq!(array["predictions"][0]["probabilities"], predictions[3]["probabilities"]);
    // An array of one example has a first row; one example without the axis has none.
    assert_eq!(array["predictions"][0]["row"], 0);
    std::fs::write(folder.join("one.npy"), npy("(2,)", &[0.25, 8.0])).expect("is written");
    let single = json(folder, &["predict", "kind", "one.npy"]);
    assert_eq!(single["predictions"][0].get("row").and_then(serde_json::Value::as_u64), None);
}

#[test]
fn what_a_table_lacks_is_named_and_costs_its_file_alone() {
    let folder = project();
    let folder = folder.path();
    done(folder, &["run", "spec.elbo#kind"]);
    for (name, content) in [
        ("missing.csv", "id,height\n1,2\n"),
        ("words.csv", "age,height\n1,2\n2,tall\n"),
        ("empty.csv", ""),
        ("twice.csv", "age,height,age\n1,2,3\n"),
        ("other.npy", "no array"),
    ] {
        std::fs::write(folder.join(name), content).expect("is written");
    }
    std::fs::write(folder.join("wide.npy"), npy("(1, 3)", &[1.0, 2.0, 3.0])).expect("is written");
    let files = [
        "missing.csv",
        "words.csv",
        "new.csv",
        "empty.csv",
        "twice.csv",
        "other.npy",
        "wide.npy",
        "gone.csv",
        "one.csv",
    ];
    let output = failed(folder, &[&["predict", "kind"], &files[..], &["--format", "json"]].concat());
    let said = text(&output);
    for part in [
        "`missing.csv`, line 1: the run reads column `age`, which this table lacks; it has `id`, `height`",
        "`words.csv`, line 3, column `height`: `tall` is not a number",
        "`empty.csv` holds no examples",
        "`twice.csv`, line 1: there are several columns `age`",
        "`other.npy`: it is not an array of numpy",
        "`wide.npy`: it has the shape (1, 3)",
        "`gone.csv`",
    ] {
        assert!(said.contains(part), "`{part}` in {said}");
    }
    let found: Value = serde_json::from_slice(&output.stdout).expect("is JSON");
    assert_eq!(found["predictions"].as_array().map(Vec::len), Some(4));
    let not_predicted: Vec<&str> =
        found["failures"].as_array().expect("a list").iter().filter_map(|failed| failed["file"].as_str()).collect();
    assert_eq!(
        not_predicted,
        files.into_iter().filter(|file| !["new.csv", "one.csv"].contains(file)).collect::<Vec<_>>()
    );
    let output = failed(folder, &["predict", "kind", "missing.csv", "one.csv", "--format", "csv"]);
    let csv = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[0].ends_with(",p0,p1,error") && lines[1].starts_with("one.csv,0,2,"), "{csv}");
    assert!(lines[2].starts_with("missing.csv,,,") && lines[2].contains("lacks"), "{csv}");
}

#[test]
fn real_targets_are_predicted_in_their_own_units() {
    let folder = project();
    let folder = folder.path();
    done(folder, &["run", "spec.elbo#price"]);
    let found = json(folder, &["predict", "price", "one.csv"]);
    let price = &found["predictions"][0]["targets"][0];
    assert_eq!((&found["targets"][0], &price["target"]), (&"price".into(), &"price".into()));
    let figure = |name: &str| price[name].as_f64().expect("a number");
    assert!((60.0..140.0).contains(&figure("mean")), "{price}");
    let variance = figure("aleatoric_std").powi(2) + figure("epistemic_std").powi(2);
    assert!((figure("std") - variance.sqrt()).abs() < 1e-9, "{price}");
    assert!(figure("low_95") < figure("mean") && figure("mean") < figure("high_95"));
    let both = json(folder, &["predict", "price", "new.csv", "one.csv"]);
    assert_eq!(both["predictions"][3], found["predictions"][0]);
    let csv = done(folder, &["predict", "price", "one.csv", "--format", "csv"]);
    assert!(csv.starts_with("file,row,line,mean,std,aleatoric_std,epistemic_std,low_95,high_95,error\n"), "{csv}");
    let table = done(folder, &["predict", "price", "one.csv"]);
    assert!(table.contains("95 % interval") && table.contains("price"), "{table}");
}

#[test]
fn folders_of_images_are_predicted_whatever_else_is_in_them() {
    let folder = project();
    let folder = folder.path();
    done(folder, &["run", "spec.elbo#picture"]);
    let scans = folder.join("scans/more");
    std::fs::create_dir_all(&scans).expect("is made");
    for (name, brightness) in [("scans/b.png", 30), ("scans/a.png", 210), ("scans/more/c.png", 120)] {
        picture(&folder.join(name), brightness);
    }
    RgbImage::from_pixel(8, 8, image::Rgb([9, 9, 9])).save(folder.join("scans/large.png")).expect("is written");
    std::fs::write(folder.join("scans/broken.png"), "no image").expect("is written");
    std::fs::write(folder.join("scans/notes.txt"), "mine").expect("is written");
    std::fs::write(folder.join("scans/.hidden.png"), "mine").expect("is written");
    let output = failed(folder, &["predict", "picture", "scans", "--format", "json"]);
    let said = text(&output);
    for part in [
        "`scans/broken.png` is no image",
        "1 file was resized to 4 × 4 pixels (`scans/large.png`)",
        "1 file was converted from colour to grey (`scans/large.png`)",
        "1 file was skipped for an ending that no image has (`scans/notes.txt`)",
    ] {
        assert!(said.contains(part), "`{part}` in {said}");
    }
    let found: Value = serde_json::from_slice(&output.stdout).expect("is JSON");
    let predictions = found["predictions"].as_array().expect("a list");
    let files: Vec<&str> = predictions.iter().filter_map(|example| example["file"].as_str()).collect();
    assert_eq!(files, ["scans/a.png", "scans/b.png", "scans/large.png", "scans/more/c.png"]);
    assert_eq!(found["failures"][0]["file"], "scans/broken.png");
    assert!(["night", "day"].contains(&predictions[0]["class"].as_str().expect("a name")));
    // Noise and masks go by what an image shows, not by where it stands.
    let alone = json(folder, &["predict", "picture", "scans/more/c.png"]);
    assert_eq!(alone["predictions"][0], predictions[3]);
    let message = text(&failed(folder, &["predict", "picture", "pictures/none"]));
    assert!(message.contains("pictures/none"), "{message}");
    std::fs::create_dir(folder.join("empty")).expect("is made");
    assert!(text(&failed(folder, &["predict", "picture", "empty"])).contains("it holds no image"));
}

#[test]
fn runs_are_scored_on_labelled_files_of_ones_own() {
    let folder = project();
    let folder = folder.path();
    for run in ["kind", "price", "picture"] {
        done(folder, &["run", &format!("spec.elbo#{run}")]);
    }
    let write = |name: &str, content: &str| std::fs::write(folder.join(name), content).expect("is written");
    write("labelled.csv", "price,kind,height,age\n110,cat,2,3\n99,dog,4.5,-1\n");
    write("unknown.csv", "price,kind,height,age\n110,cat,2,3\n99,bird,4.5,-1\n");
    let scored = json(folder, &["eval", "kind", "--data", "labelled.csv"]);
    assert_eq!((&scored["data"], &scored["test"]["examples"]), (&"labelled.csv".into(), &2.into()));
    let scored = json(folder, &["eval", "price", "--data", "labelled.csv"]);
    assert_eq!(scored["regression"]["examples"], 2);
    let predictions = done(folder, &["eval", "price", "--data", "labelled.csv", "--predictions", "-"]);
    assert!(predictions.lines().nth(1).is_some_and(|line| line.starts_with("0,110,")), "{predictions}");
    for (data, part) in [
        ("unknown.csv", "`unknown.csv`, line 3, column `kind`: `bird` is none of the 2 classes"),
        ("new.csv", "the run reads column `kind`, which this table lacks"),
        ("gone.csv", "`gone.csv`"),
        ("pictures/test", "whose data come from `csv`"),
    ] {
        let message = text(&failed(folder, &["eval", "kind", "--data", data]));
        assert!(message.contains(part) && message.contains("help:"), "{message}");
    }
    let scored = json(folder, &["eval", "picture", "--data", "pictures/test"]);
    assert_eq!(scored["test"]["examples"], 12);
    let own = json(folder, &["eval", "picture"]);
    assert_eq!(scored["test"], own["test"]);
    std::fs::write(folder.join("x.npy"), npy("(2, 2)", &[1.0, 2.0, 3.0, 4.0])).expect("is written");
    std::fs::write(folder.join("y.npy"), npy("(2,)", &[0.5, 1.5])).expect("is written");
    let scored = json(folder, &["eval", "price", "--data", "x.npy,y.npy"]);
    assert_eq!(scored["regression"]["examples"], 2);
}

#[test]
fn a_report_does_not_depend_on_how_its_run_was_named() {
    let folder = project();
    let folder = folder.path();
    done(folder, &["run", "spec.elbo#seeds", "--store", "sweep"]);
    done(folder, &["run", "spec.elbo#seeds/train.seed=4", "--store", "member"]);
    let member = super::support::result(&folder.join("member"));
    let below = member.strip_prefix(folder.join("member")).expect("is in it");
    let of_sweep = folder.join("sweep").join(below);
    for file in ["report.json", "report.html", "predictions.csv"] {
        assert!(read(&member, file) == read(&of_sweep, file), "{file} differs");
    }
    let report: Value = serde_json::from_slice(&read(&member, "report.json")).expect("is JSON");
    assert_eq!(report["run"]["varied"]["train.seed"], "4");
}

/// An array of 32-bit numbers as numpy saves it.
fn npy(shape: &str, values: &[f32]) -> Vec<u8> {
    let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

/// What `run` and `eval` write of each example says where it stands, whatever its file.
#[test]
fn predictions_say_which_row_of_which_file() {
    let folder = project();
    let folder = folder.path();
    let lines: Vec<String> = String::from_utf8(std::fs::read(folder.join("people.csv")).expect("is there"))
        .expect("is UTF-8")
        .lines()
        .map(str::to_owned)
        .collect();
    for (run, label) in [("kind", "label"), ("price", "target")] {
        let store = format!("store_{run}");
        done(folder, &["run", &format!("spec.elbo#{run}"), "--store", &store]);
        let found = super::support::result(&folder.join(&store));
        let text = String::from_utf8(read(&found, "predictions.csv")).expect("is UTF-8");
        let mut table = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let header = table.next().expect("there is a header");
        let at = |name: &str| header.iter().position(|column| *column == name).unwrap_or_else(|| panic!("{text}"));
        let (file, row, line, label) = (at("file"), at("row"), at("line"), at(label));
        let records: Vec<Vec<&str>> = table.collect();
        assert_eq!(records.len(), 12);
        for record in &records {
            assert_eq!(record[file], "people.csv");
            let (row, line): (usize, usize) = (record[row].parse().unwrap(), record[line].parse().unwrap());
            assert_eq!(line, row + 2);
            let cells: Vec<&str> = lines[line - 1].split(',').collect();
            let expected = if run == "kind" { if cells[2] == "cat" { "0" } else { "1" } } else { cells[3] };
            assert_eq!(record[label], expected, "{record:?}");
            if run == "kind" {
                assert_eq!(record[at("label_name")], cells[2], "{record:?}");
                let predicted = if record[at("predicted")] == "0" { "cat" } else { "dog" };
                assert_eq!(record[at("predicted_name")], predicted, "{record:?}");
            }
        }
        // A table of its own, and arrays.
        let again = done(folder, &["eval", &found.display().to_string(), "--data", "people.csv", "--predictions", "-"]);
        assert!(again.lines().nth(60).is_some_and(|line| line.ends_with(",people.csv,59,61")), "{again}");
    }
    let folder_of_images = "store_picture";
    done(folder, &["run", "spec.elbo#picture", "--store", folder_of_images]);
    let found = super::support::result(&folder.join(folder_of_images));
    let again = done(folder, &["eval", &found.display().to_string(), "--data", "pictures/test", "--predictions", "-"]);
    assert!(again.lines().nth(1).is_some_and(|line| line.ends_with(",night/0.png")), "{again}");
    // The same content under another name is the same run.
    std::fs::copy(folder.join("people.csv"), folder.join("persons.csv")).expect("it can be copied");
    std::fs::write(folder.join("renamed.elbo"), SPEC.replace("people.csv", "persons.csv")).expect("is written");
    done(folder, &["run", "renamed.elbo#kind", "--store", "store_kind", "--force"]);
}
