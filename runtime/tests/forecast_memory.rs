//! The forecast of memory against a run in a process of its own.

#![cfg(target_os = "linux")]

use elbo_compiler::compile;
use elbo_compiler::ir::Run;
use elbo_compiler::sources::MemorySources;
use elbo_runtime::backend::candle::DeviceChoice;
use elbo_runtime::backend::{BackendChoice, Parameters, open};
use elbo_runtime::data::{Raw, prepare};
use elbo_runtime::forecast::{Counts, forecast};
use elbo_runtime::train::{Silent, evaluate, train};
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
    evaluate(&run, backend.as_ref(), &dataset, &mut Silent).expect("it is scored");
    println!("grown by {} bytes", status("VmHWM") - before);
}

fn check(backend: BackendChoice) {
    for mark in ["point", "bayes(prior=normal(mean=0, std=0.1))", "dropout(p=0.5)"] {
        let output = Command::new(std::env::current_exe().expect("it runs"))
            .args(["--exact", "child", "--nocapture"])
            .env(CHILD, mark)
            .env(BACKEND, backend.name())
            .output()
            .expect("it can be run again");
        let text = String::from_utf8_lossy(&output.stdout);
        let measured = text.split("grown by ").nth(1).and_then(|rest| rest.split(' ').next());
        let measured: f64 = measured.and_then(|bytes| bytes.parse().ok()).unwrap_or_else(|| panic!("{text}"));
        let run = run(mark);
        let counts = Counts::published(&run.data).expect("the digits are there");
        let expected = forecast(&run, backend, counts, None).expect("it can be planned").memory.peak as f64;
        println!("{backend}, {mark}: forecast {expected}, measured {measured}");
        let allowed = (0.15 * measured).max(f64::from(20 << 20));
        let off = (expected - measured).abs();
        assert!(off <= allowed, "{backend}, {mark}: forecast {expected}, measured {measured}");
    }
}

#[test]
fn the_peak_of_a_run_is_forecast_to_15_percent_or_20_mebibytes() {
    check(BackendChoice::Candle);
}

#[test]
fn so_is_the_peak_of_a_run_on_the_native_backend() {
    if BackendChoice::Native.check(DeviceChoice::Cpu).is_err() {
        return; // This binary has its interface only.
    }
    check(BackendChoice::Native);
}
