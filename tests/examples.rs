//! Every example is checked without a warning, and every run of it trains to what it promises.

use elbo_compiler::compile;
use elbo_compiler::sources::Sources;
use std::path::Path;
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What every example reaches on the digits' own test images.
const ACCURACY: f64 = 0.9;

/// How much of the variance of real targets every example explains; its test inputs reach beyond those it was trained on.
const EXPLAINED: f64 = 0.3;

/// The examples on disk, which use each other by name.
struct Examples;

impl Sources for Examples {
    fn resolve(&self, _from: Option<&str>, path: &str) -> Result<String, String> {
        Ok(path.to_owned())
    }

    fn read(&self, resolved: &str) -> Result<String, String> {
        std::fs::read_to_string(Path::new(ROOT).join("examples").join(resolved)).map_err(|error| error.to_string())
    }
}

/// The names of the example files.
fn names() -> Vec<String> {
    let entries = std::fs::read_dir(Path::new(ROOT).join("examples")).expect("the examples are part of the sources");
    let paths = entries.map(|entry| entry.expect("the folder can be read").path());
    let specs = paths.filter(|path| path.extension().is_some_and(|extension| extension == "elbo"));
    let mut names: Vec<String> =
        specs.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect();
    names.sort();
    names
}

#[test]
fn every_example_is_checked_without_a_warning() {
    assert!(names().len() >= 6);
    let output = Command::new(env!("CARGO_BIN_EXE_elbo"))
        .args(["check", "examples", "--deny", "warnings", "--format", "plain"])
        .current_dir(ROOT)
        .output()
        .expect("the binary was built");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn every_run_of_an_example_trains() {
    let store = tempfile::tempdir().expect("there is room for results");
    let mut trained = 0;
    for name in names() {
        for run in compile(&name, &Examples, None, &[]).runs {
            let output = Command::new(env!("CARGO_BIN_EXE_elbo"))
                .args(["run", &format!("examples/{name}#{}", run.name), "--format", "json", "--quiet", "--store"])
                .arg(store.path())
                .env("ELBO_CACHE", store.path())
                .current_dir(ROOT)
                .output()
                .expect("the binary was built");
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{name}#{}: {errors}", run.name);
            let text = String::from_utf8(output.stdout).expect("results are UTF-8");
            let result: serde_json::Value = serde_json::from_str(text.trim()).expect("results are JSON");
            match result["regression"]["r_squared"].as_f64() {
                Some(share) => assert!(share > EXPLAINED, "{name}#{}: {text}", run.name),
                None => {
                    let accuracy = result["test"]["accuracy"].as_f64();
                    assert!(accuracy.is_some_and(|accuracy| accuracy > ACCURACY), "{name}#{}: {text}", run.name);
                }
            }
            trained += 1;
        }
    }
    assert!(trained >= 8, "only {trained} runs were found");
}
