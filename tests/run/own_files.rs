//! Files of one's own, from the spec that names them to scores and predictions, wherever the program works.

use crate::support::{elbo, read, result};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Output;

fn write(folder: &Path, name: &str, content: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("folders can be made");
    fs::write(path, content).expect("it can be written");
}

/// All that a command printed.
fn text(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).concat()
}

/// A model and a regime for a table of two classes.
const REST: &str = "
model net { input vector[2]; default point; head: linear(2); output categorical }
train t { objective = maximum_likelihood(); optimizer = adam(lr=0.1); epochs = 5; batch = 8 }
";

fn table() -> String {
    let mut table = "a,b,y\n".to_owned();
    for row in 0..40 {
        let _ = writeln!(table, "{},{},{}", row * row % 17, row % 5, row % 2);
    }
    table
}

/// The line of a text that names the accuracy.
fn accuracy(text: &str) -> String {
    text.lines().find(|line| line.contains("accuracy")).unwrap_or_else(|| panic!("{text}")).to_owned()
}

/// A dataset is declared in another folder than the run, which is scored again from anywhere.
#[test]
fn eval_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let root = folder.path();
    write(root, "elbo.toml", "");
    write(root, "lib/d.csv", &table());
    let source = "csv(\"d.csv\", target=\"y\", features=[\"a\", \"b\"], classes=2)";
    write(root, "lib/data.elbo", &format!("dataset d {{ source = {source} }}\n"));
    write(
        root,
        "exp/spec.elbo",
        &format!("use \"../lib/data.elbo\"\n{REST}run r {{ model = net; data = d; train = t }}\n"),
    );
    let run = elbo(root, &["run", "exp/spec.elbo", "-q", "--store", "st"]);
    assert!(run.status.success(), "{}", text(&run));
    let expected = accuracy(&text(&run));
    let found = result(&root.join("st"));
    let place = found.to_str().expect("a temporary folder has a plain name");
    for folder in [".", "lib", "exp"] {
        let again = elbo(&root.join(folder), &["eval", place, "-q"]);
        assert!(again.status.success(), "{folder}: {}", text(&again));
        assert_eq!(accuracy(&text(&again)).split_whitespace().nth(1), expected.split_whitespace().nth(1));
    }
    let checked = elbo(&root.join("exp"), &["check", "--data", "spec.elbo"]);
    assert!(checked.status.success(), "{}", text(&checked));
    // Where the files have moved, what the message says helps.
    fs::rename(root.join("lib"), root.join("moved")).expect("it can be renamed");
    let lost = elbo(root, &["eval", place, "-q"]);
    assert_eq!(lost.status.code(), Some(1));
    assert!(text(&lost).contains("d.csv`: it is not there") && text(&lost).contains("--data-root"), "{}", text(&lost));
    let again = elbo(root, &["eval", place, "-q", "--data-root", "moved"]);
    assert!(again.status.success(), "{}", text(&again));
}

/// The file that a layer starts from lies beside the spec that names it, the table beside another.
#[test]
fn weights_lie_where_the_spec_says_that_names_them() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let root = folder.path();
    write(root, "elbo.toml", "");
    write(root, "lib/d.csv", &table());
    let source = "csv(\"d.csv\", target=\"y\", features=[\"a\", \"b\"], classes=2)";
    write(root, "lib/data.elbo", &format!("dataset d {{ source = {source} }}\n"));
    let run = "run r { model = net; data = d; train = t }\n";
    write(root, "exp/spec.elbo", &format!("use \"../lib/data.elbo\"\n{REST}{run}"));
    let first = elbo(root, &["run", "exp/spec.elbo", "-q", "--store", "st"]);
    assert!(first.status.success(), "{}", text(&first));
    fs::write(root.join("exp/w.safetensors"), read(&result(&root.join("st")), "weights.safetensors"))
        .expect("it can be written");
    let rest = REST.replace("default point", "default point(init=weights(\"w.safetensors\"))");
    write(root, "exp/again.elbo", &format!("use \"../lib/data.elbo\"\n{rest}{run}"));
    for (folder, spec) in [(".", "exp/again.elbo"), ("exp", "again.elbo"), ("lib", "../exp/again.elbo")] {
        let run = elbo(&root.join(folder), &["run", spec, "-q", "--store", "other"]);
        assert!(run.status.success(), "{folder}: {}", text(&run));
    }
}

/// Only some of the classes that are declared have examples.
#[test]
fn phantom_class() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let root = folder.path();
    write(root, "d.csv", &table());
    let source = "csv(\"d.csv\", target=\"y\", features=[\"a\", \"b\"], classes=4)";
    let rest = REST.replace("linear(2)", "linear(4)");
    let spec = format!("dataset d {{ source = {source} }}\n{rest}run r {{ model = net; data = d; train = t }}\n");
    write(root, "spec.elbo", &spec);
    let said = text(&elbo(root, &["run", "spec.elbo", "--store", "st"]));
    assert!(said.contains("classes `2` and `3` have no training example") || said.contains("W0126"), "{said}");
}

/// Targets that 32 bits cannot tell apart are scored as the table has them.
#[test]
fn f32_targets() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let root = folder.path();
    let mut rows = ["x,far,near\n".to_owned(), String::new()];
    for row in 0..80 {
        let y = f64::from(row) * 0.02 + 0.05 * (f64::from(row) * 12.9898).sin();
        let _ = writeln!(rows[0], "{},{:.2},{y:.2}", f64::from(row) / 40.0, 2_460_000.5 + y);
    }
    write(root, "d.csv", &rows.concat());
    let run = |target: &str, scaled: &str| {
        format!(
            "dataset d_{target} {{ source = csv(\"d.csv\", target=\"{target}\", features=[\"x\"])
  transform = [normalize()]
  {scaled} }}
run {target}_run {{ model = net; data = d_{target}; train = t }}\n"
        )
    };
    let spec = format!(
        "model net {{ input vector[1]; default point; head: linear(1); output gaussian(noise=learned) }}
train t {{ objective = maximum_likelihood(); optimizer = adam(lr=0.05); epochs = 60; batch = 16 }}
{}{}",
        run("far", "targets = normalize()"),
        run("near", "targets = normalize()")
    );
    write(root, "spec.elbo", &spec);
    let error = |name: &str| {
        let run = elbo(root, &["run", &format!("spec.elbo#{name}"), "-q", "--store", name]);
        assert!(run.status.success(), "{}", text(&run));
        let report: serde_json::Value =
            serde_json::from_slice(&read(&result(&root.join(name)), "report.json")).expect("it is JSON");
        report["scores"]["real_numbers"]["root_mean_squared_error"].as_f64().expect("it is a number")
    };
    let (far, near) = (error("far_run"), error("near_run"));
    assert!((far - near).abs() < 0.01 * near, "{far} against {near}");
    // Without `normalize()` it is said what 32 bits lose.
    write(root, "plain.elbo", &spec.replace("targets = normalize()", ""));
    let said = text(&elbo(root, &["check", "--data", "plain.elbo"]));
    assert!(said.contains("W0130") && said.contains("`far`"), "{said}");
    // Counts cannot be normalised, so that is not proposed.
    write(
        root,
        "counts.csv",
        &(0..20)
            .map(|row| format!("{row},{}\n", 100_000_000_000_000_000_u64 + row))
            .fold("x,y\n".to_owned(), |table, row| table + &row),
    );
    let counts = "model net { input vector[1]; default point; head: linear(1); output poisson }
dataset d { source = csv(\"counts.csv\", target=\"y\", features=[\"x\"]); transform = [normalize()] }
train t { objective = maximum_likelihood(); optimizer = adam(lr=0.05); epochs = 1; batch = 16 }
run r { model = net; data = d; train = t }\n";
    write(root, "counts.elbo", counts);
    let said = text(&elbo(root, &["check", "--data", "counts.elbo"]));
    assert!(said.contains("W0130") && !said.contains("targets = normalize()"), "{said}");
}

/// What was done to images is told by the run and kept in its report.
#[test]
fn folder_alpha() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let root = folder.path();
    for (place, path) in ["train/a", "train/b", "test/a", "test/b"].iter().enumerate() {
        for file in 0..8_u8 {
            let path = root.join("pics").join(path).join(format!("{file}.png"));
            fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("folders can be made");
            let pixel = image::Rgba([file, place as u8, 0, 9]);
            image::RgbaImage::from_pixel(4, 4, pixel).save(path).expect("it can be written");
        }
    }
    write(root, "pics/train/a/notes.txt", "no image");
    let rest = REST.replace("vector[2]; default point;", "image[3, 4, 4]; default point; flatten;");
    let source = "image_folder(\"pics\", shape=[3, 4, 4], classes=2)";
    let spec = format!("dataset d {{ source = {source} }}\n{rest}run r {{ model = net; data = d; train = t }}\n");
    write(root, "spec.elbo", &spec);
    let run = elbo(root, &["run", "spec.elbo", "--store", "st"]);
    let said = text(&run);
    assert!(run.status.success(), "{said}");
    let expected = ["32 files were read without transparency", "1 file was skipped for an ending"];
    let result = result(&root.join("st"));
    let page = String::from_utf8(read(&result, "report.html")).expect("it is text");
    let report: serde_json::Value = serde_json::from_slice(&read(&result, "report.json")).expect("it is JSON");
    for expected in expected {
        // Lines are wrapped.
        let whole = said.replace("\n  | ", " ");
        assert!(whole.split_whitespace().collect::<Vec<_>>().join(" ").contains(expected), "{said}");
        assert!(page.contains(expected), "{expected}");
    }
    assert_eq!(report["run"]["data"]["file_notes"][0]["files"], 32);
    let store = result.to_str().expect("a temporary folder has a plain name");
    let said = text(&elbo(root, &["predict", store, "pics/test/a/1.png", "pics/test/a/2.png"]));
    assert!(said.contains("2 files were read without transparency"), "{said}");
}

/// The same rows in two formats are the same training, and files of the run's format are predicted and scored.
#[test]
fn tables_of_text_and_of_parquet_train_alike() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let root = folder.path();
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("runtime/data/tests/parquet");
    for file in ["table.csv", "table.parquet", "groups.parquet", "sound.parquet", "missing.parquet"] {
        fs::copy(stored.join(file), root.join(file)).expect("it is there");
    }
    let mut found = Vec::new();
    for format in ["csv", "parquet"] {
        let columns = "target=\"kind\", features=[\"length\", \"count\"], classes=[\"lang\", \"short\"]";
        let data = format!("dataset d {{ source = {format}(\"table.{format}\", {columns}) }}\n");
        write(root, "spec.elbo", &format!("{data}{REST}run r {{ model = net; data = d; train = t }}\n"));
        let run = elbo(root, &["run", "spec.elbo", "-q", "--store", format]);
        assert!(run.status.success(), "{}", text(&run));
        let result = result(&root.join(format));
        let place = result.to_str().expect("a temporary folder has a plain name").to_owned();
        let predicted = elbo(root, &["predict", &place, &format!("table.{format}"), "--format", "csv", "-q"]);
        assert!(predicted.status.success(), "{}", text(&predicted));
        let scores = |line: &str| line.split(',').skip(3).collect::<Vec<_>>().join(",");
        let predicted: Vec<String> = String::from_utf8_lossy(&predicted.stdout).lines().map(scores).collect();
        assert_eq!(predicted.len(), 61);
        found.push((read(&result, "weights.safetensors"), predicted));
        let again = elbo(root, &["eval", &place, "-q", "--data", &format!("table.{format}")]);
        assert!(again.status.success(), "{}", text(&again));
    }
    assert!(found[0] == found[1], "weights or predictions differ");
    let place = result(&root.join("parquet"));
    let place = place.to_str().expect("a temporary folder has a plain name");
    let groups = elbo(root, &["eval", place, "-q", "--data", "groups.parquet"]);
    assert!(groups.status.success(), "{}", text(&groups));
    let other = elbo(root, &["predict", place, "sound.parquet", "-q"]);
    assert_eq!(other.status.code(), Some(1));
    assert!(
        text(&other).contains("the run reads columns `length`, `count`, which this table lacks"),
        "{}",
        text(&other)
    );
    // A fault of the file that a spec names stands with its place, and no panic beside it.
    let data = "dataset d { source = parquet(\"missing.parquet\", target=\"y\", features=[\"x\", \"y2\"]) }\n";
    let rest = REST.replace("linear(2); output categorical", "linear(1); output gaussian");
    write(root, "faulty.elbo", &format!("{data}{rest}run r {{ model = net; data = d; train = t }}\n"));
    let faulty = elbo(root, &["run", "faulty.elbo", "-q", "--store", "st"]);
    assert_eq!(faulty.status.code(), Some(1));
    let said = text(&faulty);
    assert!(said.contains("there is no column `y2`; the columns are `x`, `y`") && !said.contains("panicked"), "{said}");
}
