//! Exports of a small result that was put together by hand.

use super::*;
use crate::backend::{NamedTensor, Parameters};
use crate::report::REPORT;
use crate::report::tests::report;
use crate::store::{
    Comparison, EVALUATION_RECORD, EvaluationParts, EvaluationRecord, ResultFile, RunKeys, RunRecord, RunStatus, Store,
    TrainingParts, WEIGHTS, read_result_weights, weights_bytes,
};
use crate::train::{EpochRecord, Event, MetricsLog, Observer, StepRecord, TrainingMeans};
use crate::uncertainty::{DrawGroups, InputSources, Predictions};
use elbo_compiler::compile;
use elbo_compiler::ir;
use elbo_compiler::sources::MemorySources;
use std::collections::BTreeMap;
use std::fs;

const SPEC: &str = "
model net {
  input image[1, 8, 8]
  default bayes
  flatten
  head: linear(10)
  output categorical
}
dataset digits_data { source = digits() }
train regime { objective = elbo(); optimizer = adam(lr=1e-3); epochs = 3; batch = 64 }
run trial { model = net; data = digits_data; train = regime }
";

/// Three epochs of two steps; each epoch takes as many seconds as its number.
fn metrics() -> Vec<u8> {
    let mut log = MetricsLog::new(Vec::new());
    for epoch in 1..=3 {
        for half in 0..2 {
            let step = StepRecord {
                step: 2 * (epoch as u64 - 1) + half,
                epoch,
                loss: 1.5,
                negative_log_likelihood: 0.5,
                kl: 1232.0,
                kl_weight: 0.25,
                learning_rate: 0.001,
                accuracy: Some(0.75),
                root_mean_squared_error: None,
            };
            log.event(&Event::Step(step)).expect("memory takes everything");
        }
        let train = TrainingMeans {
            loss: 1.5,
            negative_log_likelihood: 0.5,
            kl: 1232.0,
            accuracy: Some(0.75),
            root_mean_squared_error: None,
        };
        let seconds = epoch as f64;
        let record = EpochRecord { epoch, train, validation: None, images_per_second: 64.0, seconds };
        log.event(&Event::Epoch(record)).expect("memory takes everything");
    }
    log.finish().expect("memory takes everything")
}

fn predictions() -> Predictions {
    let mut groups = DrawGroups::new(2, 3, 4);
    for draw in 0..4 {
        let p = 0.25 + f64::from(draw) / 16.0;
        groups.add(&[p, 0.75 - p, 0.25, 0.5, 0.25, 0.25]).expect("the right size");
    }
    let predictive = groups.finish().expect("draws were added").0;
    let labels = vec![1, 0];
    let inputs = predictive.score(&labels).expect("labels fit");
    Predictions { predictive, labels, inputs, sources: InputSources::Unnamed }
}

fn parameters() -> Parameters {
    let tensor = |shape: &[usize], value: f32| {
        let values = (0..shape.iter().product::<usize>()).map(|place| value + place as f32 / 1024.0).collect();
        NamedTensor { shape: shape.to_vec(), values }
    };
    Parameters::from([
        ("head.bias.mu".to_owned(), tensor(&[10], 0.25)),
        ("head.bias.rho".to_owned(), tensor(&[10], -5.0)),
        ("head.weight.mu".to_owned(), tensor(&[10, 64], -0.25)),
        ("head.weight.rho".to_owned(), tensor(&[10, 64], -5.0)),
    ])
}

/// The directory of a published evaluation in a store; `change` may alter the record of its training.
pub(super) fn published(store: &Path, change: impl Fn(&mut RunRecord)) -> PathBuf {
    let run = compile("spec.elbo", &MemorySources::single("spec.elbo", SPEC), None, &[]).runs.remove(0).run;
    let training = TrainingParts {
        ir_digest: ir::training_digest(&run),
        data: Vec::new(),
        weights: BTreeMap::new(),
        seed: 0,
        numerics_version: 2,
        backend: "candle".to_owned(),
        device_kind: "cpu".to_owned(),
        kernel_table: "generic".to_owned(),
    };
    let evaluation = EvaluationParts {
        training: training.key(),
        dataset: "digits_data".to_owned(),
        report_digest: ir::evaluation_digest(&run),
        report_version: crate::report::VERSION,
        test: Vec::new(),
        out_of_distribution: BTreeMap::new(),
    };
    let keys = RunKeys { training: training.key(), evaluation: evaluation.key() };
    let attempt = Store::new(store).begin(&keys).expect("begins");
    let digests = |files: &[ResultFile]| files.iter().map(|file| (file.name.clone(), file.sha256())).collect();
    let weights = weights_bytes(&attempt.path(WEIGHTS), &parameters()).expect("they fit");
    let mut files = vec![
        ResultFile::new("spec.elbo", SPEC, Comparison::Recorded),
        ResultFile::new("ir.json", ir::to_json(&run), Comparison::Recorded),
        ResultFile::new("metrics.jsonl", metrics(), Comparison::WithoutTiming),
        ResultFile::new(WEIGHTS, weights, Comparison::Exact),
    ];
    let time = |text: &str| text.parse().expect("is one of TOML's");
    let mut record = RunRecord::begin(&training, BTreeMap::new(), time("2026-01-01T00:00:00Z"));
    record.finished = Some(time("2026-01-01T00:00:10Z"));
    record.status = RunStatus::Finished;
    record.files = digests(&files);
    change(&mut record);
    attempt.write("run.toml", record.to_toml().as_bytes()).expect("writes");
    files.push(ResultFile::new("run.toml", record.to_toml(), Comparison::Recorded));
    attempt.publish_training(&files).expect("publishes");
    let mut report = report(4);
    report.run.identity = evaluation.key();
    let mut files = vec![
        ResultFile::new("predictions.csv", predictions().to_csv(&[]), Comparison::Exact),
        ResultFile::new(REPORT, report.to_json(), Comparison::Exact),
    ];
    let own = (BTreeMap::new(), digests(&files));
    let record = EvaluationRecord::new(
        &evaluation,
        ("trial", "digits_data"),
        None,
        &run.report,
        own,
        time("2026-01-01T00:00:10Z"),
    );
    files.push(ResultFile::new(EVALUATION_RECORD, record.to_toml(), Comparison::Recorded));
    attempt.publish_evaluation(&files).expect("publishes").directory().to_owned()
}

/// The directory of the training that an evaluation belongs to.
fn training(evaluation: &Path) -> PathBuf {
    evaluation.parent().expect("it lies among evaluations").with_file_name("training")
}

/// The directory of a run, of which an evaluation is one.
fn run_of(evaluation: &Path) -> &Path {
    evaluation.ancestors().nth(2).expect("it lies among evaluations")
}

/// A folder with a result in it.
pub(super) struct Place {
    folder: tempfile::TempDir,
    pub result: PathBuf,
}

impl Place {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let result = published(&folder.path().join("runs"), |_| {});
        Self { folder, result }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

const FORMS: [Form; 5] =
    [Form::Tensorboard, Form::Safetensors(Tensors::Posterior), Form::Safetensors(Tensors::Means), Form::Svg, Form::Png];

/// Every file below a path, by name.
fn contents(path: &Path) -> BTreeMap<String, Vec<u8>> {
    if path.is_file() {
        return BTreeMap::from([(String::new(), fs::read(path).expect("reads"))]);
    }
    let entries = fs::read_dir(path).expect("is a folder").map(|entry| entry.expect("an entry").path());
    let name = |path: &Path| path.file_name().expect("it has a name").to_string_lossy().into_owned();
    entries.map(|path| (name(&path), fs::read(&path).expect("reads"))).collect()
}

#[test]
fn every_form_is_written_the_same_each_time_and_replaced_only_when_told_to() {
    let place = Place::new();
    let before = contents(&place.result);
    for (number, form) in FORMS.into_iter().enumerate() {
        let output = place.path(&format!("new/{number}"));
        let exported = export(&place.result, form, Some(&output), false).expect("is exported");
        assert_eq!(exported.path, output);
        let first = contents(&output);
        assert_eq!(first.len(), exported.files);
        assert!(first.values().all(|bytes| !bytes.is_empty()));
        let error = export(&place.result, form, Some(&output), false).expect_err("is there");
        assert!(matches!(error, ExportError::Exists { .. }) && error.help().is_some(), "{error}");
        // The run's directory means its result.
        export(run_of(&place.result), form, Some(&output), true).expect("is replaced");
        assert!(contents(&output) == first, "{form:?} differs when it is written again");
    }
    let left = contents(&place.path("new/0"));
    assert_eq!(left.keys().map(String::as_str).collect::<Vec<_>>().len(), 1);
    assert!(left.keys().all(|name| name.starts_with("events.out.tfevents.1767225600.elbo-")), "{left:?}");
    assert_eq!(fs::read_dir(place.path("new")).expect("a folder").count(), FORMS.len(), "nothing else is left");
    assert!(contents(&place.result) == before, "the result is as it was");
}

#[test]
fn figures_are_those_of_the_page() {
    let place = Place::new();
    let mut names = Vec::new();
    for (form, ending, beginning) in [(Form::Svg, ".svg", "<svg".as_bytes()), (Form::Png, ".png", b"\x89PNG")] {
        let output = place.path(ending);
        export(&place.result, form, Some(&output), false).expect("is exported");
        let files = contents(&output);
        assert!(files.values().all(|bytes| bytes.starts_with(beginning)), "{ending}");
        names.push(files.keys().map(|name| name.trim_end_matches(ending).to_owned()).collect::<Vec<_>>());
    }
    assert_eq!(names[0], names[1]);
    for name in ["learning-likelihood", "reliability", "class-uncertainty", "confusion", "signal-to-noise"] {
        assert!(names[0].iter().any(|found| found == name), "{name} in {:?}", names[0]);
    }
}

#[test]
fn tensors_are_those_of_the_result() {
    let place = Place::new();
    let output = place.path("posterior.safetensors");
    export(&place.result, Form::Safetensors(Tensors::Posterior), Some(&output), false).expect("is exported");
    assert_eq!(read_result_weights(&output).expect("reads"), parameters());
    let output = place.path("means.safetensors");
    export(&place.result, Form::Safetensors(Tensors::Means), Some(&output), false).expect("is exported");
    let found = read_result_weights(&output).expect("reads");
    assert_eq!(found.keys().collect::<Vec<_>>(), ["head.bias", "head.weight"]);
    assert_eq!(found["head.weight"], parameters()["head.weight.mu"]);
    let bytes = fs::read(&output).expect("reads");
    let (_, metadata) = ::safetensors::SafeTensors::read_metadata(&bytes).expect("has a header");
    let metadata: BTreeMap<String, String> = metadata.metadata().clone().expect("has metadata").into_iter().collect();
    let keys =
        ["elbo_version", "elbo_weights_version", "format", "identity", "ir_digest", "run", "spec_sha256", "tensors"];
    assert_eq!(metadata.keys().collect::<Vec<_>>(), keys);
    assert_eq!((metadata["format"].as_str(), metadata["tensors"].as_str()), ("pt", "means"));
    assert_eq!(metadata["spec_sha256"], ResultFile::new("spec.elbo", SPEC, Comparison::Recorded).sha256());
}

#[test]
fn what_is_no_finished_run_is_refused() {
    let place = Place::new();
    let refusal = |path: &Path| export(path, Form::Svg, Some(&place.path("out")), false).expect_err("is refused");
    fs::create_dir(place.path("empty")).expect("is made");
    fs::write(place.path("file"), "").expect("is written");
    for (name, said) in [("absent", "there is no such directory"), ("empty", "it holds no"), ("file", "it is a file")] {
        let error = refusal(&place.path(name));
        assert!(matches!(error, ExportError::NoRun { .. }) && error.to_string().contains(said), "{error}");
    }
    // An attempt, and a run that has only attempts.
    let open = published(&place.path("open"), |_| {});
    let run = run_of(&open).to_owned();
    fs::remove_dir_all(run.join("evaluations")).expect("is removed");
    assert!(matches!(refusal(&run), ExportError::Unfinished { .. }));
    assert!(matches!(refusal(&run.join("attempt-0001")), ExportError::Unfinished { .. }));
    let timeless = published(&place.path("timeless"), |record| record.finished = None);
    let error = export(&timeless, Form::Tensorboard, Some(&place.path("out")), false).expect_err("has no end");
    assert!(error.to_string().contains("`finished` is no point in time"), "{error}");
    fs::write(training(&place.result).join("metrics.jsonl"), "").expect("is written");
    assert!(refusal(&place.result).to_string().contains("`metrics.jsonl` of the result in"));
    assert!(!place.path("out").exists());
}

#[test]
fn what_no_export_wrote_is_never_replaced() {
    let place = Place::new();
    let refusal = |form, output: &Path| export(&place.result, form, Some(output), true).expect_err("is refused");
    let mixed = place.path("mixed");
    fs::create_dir(&mixed).expect("is made");
    // An empty folder is as good as none.
    export(&place.result, Form::Svg, Some(&mixed), false).expect("is exported");
    fs::write(mixed.join("notes.txt"), "mine").expect("is written");
    let error = refusal(Form::Svg, &mixed);
    assert!(error.to_string().contains("holds `notes.txt`, which no such export wrote"), "{error}");
    assert!(matches!(refusal(Form::Tensorboard, &mixed), ExportError::Foreign { .. }));
    assert!(matches!(refusal(Form::Safetensors(Tensors::Means), &mixed), ExportError::Foreign { .. }));
    assert!(matches!(refusal(Form::Png, &mixed.join("notes.txt")), ExportError::Foreign { .. }));
    assert!(matches!(refusal(Form::Png, &mixed.join("notes.txt/out")), ExportError::Write { .. }));
    // A file of the same name, and pictures of somebody else.
    let other = place.path("model.safetensors");
    fs::write(&other, "mine").expect("is written");
    let error = refusal(Form::Safetensors(Tensors::Means), &other);
    assert!(matches!(error, ExportError::Foreign { .. }) && error.help().is_some(), "{error}");
    let plain = crate::store::weights_bytes(&other, &parameters()).expect("is laid out");
    fs::write(&other, &plain).expect("is written");
    assert!(matches!(refusal(Form::Safetensors(Tensors::Means), &other), ExportError::Foreign { .. }));
    assert_eq!(fs::read(&other).expect("reads"), plain);
    for (form, name) in [(Form::Png, "holiday.png"), (Form::Svg, "logo.svg")] {
        let pictures = place.path(form.name());
        fs::create_dir(&pictures).expect("is made");
        fs::write(pictures.join(name), "mine").expect("is written");
        assert!(refusal(form, &pictures).to_string().contains(name));
    }
    let exported = place.path("earlier.safetensors");
    for _ in 0..2 {
        export(&place.result, Form::Safetensors(Tensors::Means), Some(&exported), true).expect("replaces its own");
    }
    for form in [Form::Png, Form::Svg, Form::Tensorboard] {
        let exported = place.path(&format!("earlier-{}", form.name()));
        for _ in 0..2 {
            export(&place.result, form, Some(&exported), true).expect("replaces its own");
        }
    }
    // An event file that another program wrote under such a name.
    let log = place.path("earlier-tensorboard");
    let written = fs::read_dir(&log).expect("is there").next().expect("holds one").expect("reads").path();
    let bytes = fs::read(&written).expect("reads");
    let first_record = 12 + u64::from_le_bytes(bytes[..8].try_into().expect("is a length")) as usize + 4;
    for other in [b"mine".as_slice(), &bytes[..first_record], &[], &bytes[..40], &bytes[first_record..]] {
        fs::write(&written, other).expect("is written");
        assert!(matches!(refusal(Form::Tensorboard, &log), ExportError::Foreign { .. }), "{} bytes", other.len());
        assert_eq!(fs::read(&written).expect("reads"), other);
    }
    assert!(refusal(Form::Svg, Path::new("-")).to_string().contains("standard output"));
    let spec = place.path("spec.elbo");
    fs::write(&spec, SPEC).expect("is written");
    assert!(matches!(refusal(Form::Safetensors(Tensors::Means), &spec), ExportError::Output(_)));
    let weights = training(&place.result).join("weights.safetensors");
    assert!(matches!(refusal(Form::Safetensors(Tensors::Means), &weights), ExportError::Inside { .. }));
    assert!(matches!(refusal(Form::Svg, &place.result.join("new/svg")), ExportError::Inside { .. }));
    assert_eq!(read_result_weights(&weights).expect("reads"), parameters());
}

#[test]
fn outputs_go_by_the_runs_name() {
    let named = |form: Form| form.default_output("seeds/train.seed=0").display().to_string();
    assert_eq!(named(Form::Safetensors(Tensors::Means)), "seeds-train.seed=0.safetensors");
    assert_eq!(named(Form::Tensorboard), "seeds-train.seed=0-tensorboard");
    for letter in ["r", "é", "漢"] {
        let long = Form::Tensorboard.default_output(&letter.repeat(255)).display().to_string();
        assert!(long.len() <= 220 && long.ends_with(&format!("{letter}-tensorboard")), "{long}");
    }
}
