//! `elbo export` of a run that has just been trained, read by the programs it is meant for where they are installed.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const SPEC: &str = r"
dataset data { source = digits(); split = fraction(train=0.9, validation=0.1); transform = [normalize()] }
train regime { objective = elbo(kl=exact, temperature=0.1); optimizer = adam(lr=1e-3); epochs = 2; batch = 100; max_steps = 16; seed = 3 }
report few { samples = 4; ood = [noise()] }
model net {
  input image[1, 8, 8]
  default bayes
  conv1: conv2d(4, kernel=3, pad=1)
  bn1: batchnorm()
  relu
  conv2: conv2d(8, kernel=3, groups=4)
  relu
  maxpool(2)
  flatten
  point fc1: linear(16)
  tanh
  head: linear(10)
  output categorical
}
run trial { model = net; data = data; train = regime; report = few }
";

fn elbo(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_elbo"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("ELBO_DATA")
        .output()
        .expect("the binary has just been built")
}

/// A folder in which the run of [`SPEC`] is finished, and the directory of its result.
fn finished() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("spec.elbo"), SPEC).expect("it can be written");
    let output = elbo(folder.path(), &["run", "spec.elbo", "--quiet", "--format", "json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("the output is UTF-8");
    let value: serde_json::Value = serde_json::from_str(text.lines().last().expect("a line")).expect("JSON");
    let directory = value["directory"].as_str().expect("a path").to_owned();
    (folder, directory)
}

/// Runs `elbo export` and gives the path it prints.
fn export(folder: &Path, arguments: &[&str]) -> PathBuf {
    let output = elbo(folder, &[&["export"], arguments].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("the output is UTF-8");
    folder.join(text.trim_end())
}

/// A Python that has these modules: `ELBO_PYTHON`, else `python3`. `None`, with the reason printed, where there is none.
fn python(modules: &str) -> Option<String> {
    let python = std::env::var("ELBO_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has = Command::new(&python).args(["-c", &format!("import {modules}")]).output();
    if has.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    println!("skipped: `{python}` has not all of {modules}; ELBO_PYTHON names another Python");
    None
}

/// Runs a script of `tests/export/` and gives what it printed, as JSON.
fn script(python: &str, name: &str, arguments: &[&Path]) -> serde_json::Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/export").join(name);
    let output = Command::new(python).arg(path).args(arguments).output().expect("it has just answered");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("scripts print JSON")
}

#[test]
fn tensorboard_finds_every_kind_of_value() {
    let (folder, run) = finished();
    let logs = export(folder.path(), &[&run, "--format", "tensorboard"]);
    assert_eq!(logs, folder.path().join("trial-tensorboard"));
    let Some(python) = python("tensorboard, requests") else { return };
    let found = script(&python, "read_events.py", &[&logs]);
    let report = std::fs::read_to_string(folder.path().join(&run).join("report.json")).expect("every result has it");
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    let number = |value: &serde_json::Value| value.as_f64().expect("a number");
    let metrics = std::fs::read_to_string(folder.path().join(&run).join("metrics.jsonl")).expect("every result has it");
    let lines: Vec<serde_json::Value> =
        metrics.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    let close = |found: &serde_json::Value, expected: f64| {
        assert!((number(found) - expected).abs() <= 1e-6 * expected.abs(), "{found}, in the result {expected}");
    };
    // By the reader itself, and by the server.
    for scalars in [&found["scalars"], &found["served"]["scalars"]] {
        let losses = scalars["step/loss"].as_array().expect("a series");
        let steps: Vec<_> = lines.iter().filter(|line| line["event"] == "step").collect();
        assert_eq!((losses.len(), steps.len()), (16, 16));
        for (found, step) in losses.iter().zip(&steps) {
            assert_eq!(found[1], step["step"]);
            close(&found[2], number(&step["loss"]));
        }
        let epochs: Vec<_> = lines.iter().filter(|line| line["event"] == "epoch").collect();
        for (series, part, figure) in [("train/kl", "train", "kl"), ("validation/accuracy", "validation", "accuracy")] {
            let series = scalars[series].as_array().expect("a series");
            assert_eq!(series.len(), epochs.len());
            for (found, epoch) in series.iter().zip(&epochs) {
                close(&found[2], number(&epoch[part][figure]));
            }
        }
        close(
            &scalars["test/negative_log_likelihood"][0][2],
            number(&report["scores"]["classes"]["negative_log_likelihood"]),
        );
    }
    for kind in ["histograms", "images", "texts"] {
        assert_eq!(found[kind], found["served"][kind], "{kind}");
    }
    let tags = |kind: &str| found[kind].as_array().expect("a list").clone();
    for tensor in ["conv1.weight.mu", "conv1.weight.rho", "conv1.weight.sigma", "bn1.running_mean", "fc1.weight"] {
        assert!(tags("histograms").contains(&format!("weights/{tensor}").into()), "{tensor}");
    }
    for figure in ["learning-likelihood", "reliability", "class-uncertainty", "detection", "signal-to-noise"] {
        assert!(tags("images").contains(&format!("figures/{figure}").into()), "{figure}");
    }
    assert_eq!(found["spec"].as_str().map(|text| text.contains("conv2: conv2d(8, kernel=3, groups=4)")), Some(true));
    assert_eq!(found["served"]["hyperparameters"]["optimizer"], "adam");
    assert_eq!(found["served"]["hyperparameters"]["batch"], 100.0);
    assert_eq!(found["served"]["status"], "STATUS_SUCCESS");
}

#[test]
fn a_torch_model_loads_the_means_and_computes_with_them() {
    let (folder, run) = finished();
    let means = export(folder.path(), &[&run, "--format", "safetensors", "--mean"]);
    assert_eq!(means, folder.path().join("trial.safetensors"));
    let posterior = export(folder.path(), &[&run, "--format", "safetensors", "--output", "new/posterior.safetensors"]);
    let Some(python) = python("torch, safetensors.torch, numpy") else { return };
    let found = script(&python, "load_weights.py", &[&means, &posterior]);
    assert_eq!(found["missing"], serde_json::json!([]));
    assert_eq!(found["unexpected"], serde_json::json!([]));
    assert_eq!(found["means_equal_mu"], true);
    assert_eq!(found["outputs"], serde_json::json!([2, 10]));
    let report = std::fs::read_to_string(folder.path().join(&run).join("report.json")).expect("every result has it");
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    let sigma = report["layers"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|layer| layer["tensor"] == "conv1.weight")
        .and_then(|layer| layer["mean_sigma"].as_f64())
        .expect("it is Gaussian");
    let found = found["mean_sigma_of_conv1_weight"].as_f64().expect("a number");
    assert!((found - sigma).abs() <= 1e-6 * sigma, "{found}, in the report {sigma}");
}

#[test]
fn an_output_that_exists_is_left_alone() {
    let (folder, run) = finished();
    let arguments = ["export", &run, "--format", "svg", "--output", "figures"];
    assert!(elbo(folder.path(), &arguments).status.success());
    let output = elbo(folder.path(), &arguments);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("`figures` exists") && message.contains("--force"), "{message}");
    assert!(elbo(folder.path(), &[&arguments[..], &["--force"]].concat()).status.success());
    let output = elbo(folder.path(), &["export", &run, "--format", "png", "--output", "spec.elbo/figures"]);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("could not be written") && message.contains("help:"), "{message}");
}

/// torchvision's state dict of a network, in a spec that calls the layers as torchvision does, and back.
fn goes_to_elbo_and_back(network: &str, spec: &str) {
    let Some(python) = python("torch, torchvision, safetensors.torch, numpy") else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    std::fs::write(folder.join("spec.elbo"), spec).expect("it can be written");
    let (network, place) = (Path::new(network), Path::new);
    let made = script(&python, "torchvision_models.py", &[place("make"), network, folder]);
    assert!(made["spread"].as_f64().is_some_and(|spread| spread > 0.01), "the logits are all alike: {made}");
    let output = elbo(folder, &["run", "spec.elbo", "--quiet", "--format", "json", "--ignore-memory"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("the output is UTF-8");
    let value: serde_json::Value = serde_json::from_str(text.lines().last().expect("a line")).expect("JSON");
    let run = value["directory"].as_str().expect("a path");
    let exported = export(folder, &[run, "--format", "safetensors", "--output", "exported.safetensors"]);
    let predictions = folder.join(run).join("predictions.csv");
    let found = script(&python, "torchvision_models.py", &[place("compare"), network, folder, &predictions, &exported]);
    assert_eq!(found["missing"], serde_json::json!([]));
    assert_eq!(found["unexpected"], serde_json::json!([]));
    for difference in ["difference", "difference_of_exported"] {
        assert!(found[difference].as_f64().is_some_and(|difference| difference < 1e-4), "{network:?}: {found}");
    }
    println!("{network:?}: {found}");
}

#[test]
fn resnet18_of_torchvision_gives_the_same_logits_and_loads_back() {
    goes_to_elbo_and_back("resnet18", include_str!("export/resnet18.elbo"));
}

#[test]
fn vgg16_bn_of_torchvision_gives_the_same_logits_and_loads_back() {
    goes_to_elbo_and_back("vgg16_bn", include_str!("export/vgg16_bn.elbo"));
}
