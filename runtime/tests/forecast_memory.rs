//! The forecast of memory against a run in a process of its own.

#![cfg(target_os = "linux")]

use elbo_compiler::compile;
use elbo_compiler::ir::Run;
use elbo_compiler::sources::MemorySources;
use elbo_runtime::backend::{BackendChoice, DeviceChoice, Parameters, open};
use elbo_runtime::data::{Raw, prepare};
use elbo_runtime::forecast::{Counts, forecast};
use elbo_runtime::inference::TrainedNetwork;
use elbo_runtime::train::{Silent, TrainingData, assess, train};
use std::process::Command;

const CHILD: &str = "ELBO_TEST_MEMORY_CHILD";

const BACKEND: &str = "ELBO_TEST_MEMORY_BACKEND";

fn run(mark: &str) -> Run {
    let text = format!(
        "model net {{\n  input image[1, 16, 16]\n  default {mark}\n  c1: conv2d(32, kernel=3, pad=1)\n  softplus\n  \
         maxpool(2)\n  c2: conv2d(64, kernel=3, pad=1)\n  relu\n  flatten\n  head: linear(10)\n  output categorical\n}}\n\
         dataset set {{\n  source = digits()\n  transform = [resize(16)]\n}}\n\
         train regime {{\n  objective = elbo(kl=exact)\n  optimizer = adam(lr=1e-4)\n  epochs = 1\n  batch = 512\n  \
         max_steps = 2\n}}\nreport scores {{\n  metrics = [accuracy]\n  samples = 2\n}}\n\
         run trial {{\n  model = net\n  data = set\n  train = regime\n  report = scores\n}}\n"
    );
    let compilation = compile("trial.elbo", &MemorySources::single("trial.elbo", &text), None, &[]);
    compilation.runs.into_iter().next().expect("the spec is good").run
}

fn status(key: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").expect("Linux has it");
    let line = text.lines().find(|line| line.starts_with(key)).expect("Linux says it");
    line.split_whitespace().nth(1).and_then(|kibibytes| kibibytes.parse::<u64>().ok()).expect("it is a number") * 1024
}

/// What the process below runs; by itself it does nothing.
#[test]
fn child() {
    let Ok(mark) = std::env::var(CHILD) else { return };
    let backend: BackendChoice = std::env::var(BACKEND).expect("it is set, too").parse().expect("it is one");
    let run = run(&mark);
    let before = status("VmRSS");
    let raw = Raw::open(&run.data, std::path::Path::new(""), &[]).expect("digits are embedded");
    let dataset = prepare(&run.data, run.training.seed, &raw).expect("they can be prepared");
    let mut backend = open(backend, DeviceChoice::Cpu, &run, &Parameters::new()).expect("it is built");
    train(&run, backend.as_mut(), &dataset, &mut Silent).expect("it trains");
    let no_others = |_| unreachable!("the report has no out-of-distribution sets");
    assess(&run, &TrainedNetwork::new(&run, backend.as_ref()), &dataset, &no_others, &mut Silent)
        .expect("it is scored");
    println!("grown by {} bytes", status("VmHWM") - before);
}

/// How far a process of its own grows; `variables` say what it runs.
fn grown(test: &str, variables: &[(&str, &str)]) -> f64 {
    let output = Command::new(std::env::current_exe().expect("it runs"))
        .args(["--exact", test, "--nocapture"])
        .envs(variables.iter().copied())
        .output()
        .expect("it can be run again");
    let text = String::from_utf8_lossy(&output.stdout);
    let measured = text.split("grown by ").nth(1).and_then(|rest| rest.split(' ').next());
    measured.and_then(|bytes| bytes.parse().ok()).unwrap_or_else(|| panic!("{text}"))
}

/// candle's forecast is a bound: not below what is measured by more than 5 %, nor above by more than 70 %.
fn compare_bound(what: &str, bound: f64, measured: f64) {
    println!("{what}: bound {bound}, measured {measured}");
    let least = measured - (0.05 * measured).max(f64::from(20 << 20));
    let most = measured + (0.7 * measured).max(f64::from(20 << 20));
    assert!((least..=most).contains(&bound), "{what}: bound {bound}, measured {measured}");
}

fn compare(what: &str, expected: f64, measured: f64) {
    println!("{what}: forecast {expected}, measured {measured}");
    let allowed = (0.15 * measured).max(f64::from(20 << 20));
    assert!((expected - measured).abs() <= allowed, "{what}: forecast {expected}, measured {measured}");
}

fn check(backend: BackendChoice) {
    for mark in ["point", "bayes(prior=normal(mean=0, std=0.1))", "dropout(p=0.5)"] {
        let measured = grown("child", &[(CHILD, mark), (BACKEND, backend.name())]);
        let run = run(mark);
        let counts = Counts::published(&run.data).expect("the digits are there");
        let expected = forecast(&run, backend, counts, None).expect("it can be planned").memory.peak as f64;
        let compare = if backend == BackendChoice::Candle { compare_bound } else { compare };
        compare(&format!("{backend}, {mark}"), expected, measured);
    }
}

const TABLE: &str = "ELBO_TEST_MEMORY_TABLE";

/// Rows of the table, most of which are tested on.
const ROWS: usize = 75_000;

/// A small network on a table of many rows, with real targets or classes, and the folder of the table.
fn run_on_table(target: &str) -> Run {
    let (outputs, noise, source) = match target {
        "values" => (1, "gaussian(noise=learned)", ""),
        _ => (2, "categorical", ", classes=2"),
    };
    let text = format!(
        "model net {{ input vector[1]; default bayes(prior=normal(mean=0, std=1)); head: linear({outputs}); \
         output {noise} }}\n\
         dataset set {{ source = csv(\"rows.csv\", features=[\"x\"], target=\"y\", test_share=0.8{source}) }}\n\
         train regime {{ objective = elbo(kl=exact); optimizer = adam(lr=1e-3); epochs = 1; batch = 256; max_steps = 2 }}\n\
         report scores {{ samples = 2 }}\n\
         run trial {{ model = net; data = set; train = regime; report = scores }}\n"
    );
    let compilation = compile("trial.elbo", &MemorySources::single("trial.elbo", &text), None, &[]);
    compilation.runs.into_iter().next().expect("the spec is good").run
}

/// What the processes below run; by itself it does nothing.
#[test]
fn table_child() {
    let (Ok(target), Ok(folder)) = (std::env::var(TABLE), std::env::var(FOLDER)) else { return };
    let backend: BackendChoice = std::env::var(BACKEND).expect("it is set, too").parse().expect("it is one");
    let run = run_on_table(&target);
    let before = status("VmRSS");
    let raw = Raw::open(&run.data, std::path::Path::new(&folder), &[]).expect("it is there");
    let dataset = prepare(&run.data, run.training.seed, &raw).expect("it can be prepared");
    drop(raw);
    dataset.opened(&run.data);
    let mut backend = open(backend, DeviceChoice::Cpu, &run, &Parameters::new()).expect("it is built");
    train(&run, backend.as_mut(), &dataset, &mut Silent).expect("it trains");
    let none = |_| -> Box<dyn TrainingData> { unreachable!("there are no sets of another distribution") };
    let assessment =
        assess(&run, &TrainedNetwork::new(&run, backend.as_ref()), &dataset, &none, &mut Silent).expect("it is scored");
    assert!(assessment.scored.to_csv(&[]).len() > ROWS);
    println!("grown by {} bytes", status("VmHWM") - before);
}

const FOLDER: &str = "ELBO_TEST_MEMORY_FOLDER";

#[test]
fn what_is_kept_of_many_rows_is_forecast() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let rows = (0..ROWS).map(|row| format!("{},{}\n", (row * 7_919 % 1_000) as f64 / 500.0 - 1.0, row % 2));
    let table = format!("x,y\n{}", rows.collect::<String>());
    std::fs::write(folder.path().join("rows.csv"), table).expect("it can be written");
    let backend = match BackendChoice::Native.check(DeviceChoice::Cpu) {
        Ok(()) => BackendChoice::Native,
        Err(_) => BackendChoice::Candle,
    };
    let place = folder.path().to_str().expect("a temporary folder has a plain name");
    for target in ["values", "classes"] {
        let measured = grown("table_child", &[(TABLE, target), (FOLDER, place), (BACKEND, backend.name())]);
        let test = ROWS * 4 / 5;
        let counts = Counts { source: ROWS - test, training: ROWS - test, validation: 0, test };
        let run = run_on_table(target);
        let expected = forecast(&run, backend, counts, None).expect("it can be planned").memory.peak as f64;
        compare(target, expected, measured);
    }
}

#[test]
fn the_peak_of_a_run_on_candle_is_near_its_estimate() {
    check(BackendChoice::Candle);
}

#[test]
fn the_peak_of_a_run_on_the_native_backend_is_forecast_to_15_percent_or_20_mebibytes() {
    if BackendChoice::Native.check(DeviceChoice::Cpu).is_err() {
        return; // This binary has its interface only.
    }
    check(BackendChoice::Native);
}
