//! The ledger says before training what the backend's KL is at its first step.

use candle_core::Device;
use elbo_compiler::analysis::{ExampleCounts, Ledger};
use elbo_compiler::compile;
use elbo_compiler::ir::Run;
use elbo_compiler::sources::MemorySources;
use elbo_runtime::backend::Backend;
use elbo_runtime::backend::candle::CandleBackend;
use std::path::Path;

/// The runs of a spec whose networks differ, those without `bayes` layers left out.
fn runs(name: &str, spec: &str) -> Vec<(String, Run)> {
    let compilation = compile(name, &MemorySources::single(name, spec), None, &[]);
    assert!(!compilation.has_errors(), "{name}: {:?}", compilation.diagnostics);
    let mut runs: Vec<(String, Run)> = Vec::new();
    for compiled in compilation.runs {
        let known = runs.iter().any(|(_, run)| run.network == compiled.run.network);
        if !known && !Ledger::of(&compiled.run.network).entries.is_empty() {
            runs.push((format!("{name}#{}", compiled.name), compiled.run));
        }
    }
    runs
}

/// What the backend's KL is beside what the ledger expects. Prints a line.
fn compare(name: &str, run: &Run) {
    let expected = Ledger::of(&run.network).total().expect("no means come from a file");
    let found = CandleBackend::new(run, Device::Cpu).expect("a network").kl().expect("a divergence");
    println!("{name}: ledger {} ± {}, backend {found}", expected.mean, expected.deviation);
    if expected.deviation == 0.0 {
        let error = (found - expected.mean).abs() / expected.mean.abs();
        assert!(error <= 1e-5, "{name}: ledger {}, backend {found}, relative error {error:e}", expected.mean);
    } else {
        let deviations = (found - expected.mean).abs() / expected.deviation;
        assert!(deviations <= 4.0, "{name}: ledger {} ± {}, backend {found}", expected.mean, expected.deviation);
        // A deviation so wide that nothing could lie outside would prove nothing.
        assert!(expected.deviation <= 0.05 * expected.mean, "{name}: {} ± {}", expected.mean, expected.deviation);
    }
}

#[test]
fn every_spec_starts_with_the_divergence_its_ledger_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs");
    let mut compared = 0;
    for entry in std::fs::read_dir(folder).expect("the specs are part of the sources") {
        let path = entry.expect("it can be read").path();
        let name = path.file_name().expect("it has a name").to_string_lossy().into_owned();
        if !name.ends_with(".elbo") {
            continue;
        }
        for (name, run) in runs(&name, &std::fs::read_to_string(&path).expect("a spec is UTF-8")) {
            compare(&name, &run);
            compared += 1;
        }
    }
    assert!(compared >= 7, "only {compared} networks");
}

/// A network with these marks and this input.
fn special(mark: &str, estimator: &str) -> Run {
    let spec = format!(
        "dataset data {{ source = digits() }}
train regime {{ objective = elbo(kl=exact); optimizer = adam(); epochs = 1; batch = 32; estimator = {estimator}; seed = 9 }}
model net {{
  input image[1, 8, 8]
  default {mark}
  conv1: conv2d(24, kernel=3, pad=1)
  relu
  conv2: conv2d(24, kernel=3, groups=4, bias=false)
  relu
  flatten
  fc1: linear(40)
  relu
  head: linear(10)
  output categorical
}}
run trial {{ model = net; data = data; train = regime }}"
    );
    runs("special", &spec).into_iter().next().expect("one run").1
}

#[test]
fn special_priors_and_posteriors_start_with_it_too() {
    for prior in PRIORS {
        for start in [
            "mean=zeros(), rho=-10",
            "mean=zeros(), std=0.05",
            "mean=normal(0.3, 0.05), rho=-4",
            "mean=normal(0.2, 0), rho=-3",
            "mean=lecun_normal(), rho=-5",
            "mean=kaiming_normal(), rho=-2",
        ] {
            for estimator in ["local_reparameterization", "reparameterization", "flipout"] {
                // Without a closed form the divergence is estimated on drawn weights, and local reparameterisation draws none.
                let drawn = ["scale_mixture", "student_t"].iter().any(|name| prior.starts_with(name));
                if drawn && estimator == "local_reparameterization" {
                    continue;
                }
                let mark = format!("bayes(prior={prior}, posterior=gaussian({start}))");
                compare(&format!("{mark} {estimator}"), &special(&mark, estimator));
            }
        }
    }
}

const PRIORS: &[&str] = &[
    "normal(mean=0, std=1)",
    "normal(mean=-0.2, std=0.3)",
    "laplace(mean=0, scale=0.1)",
    "laplace(mean=0.1, scale=1)",
    "scale_mixture(pi=0.5, std1=1, std2=0.05)",
    "scale_mixture(pi=0.25, std1=0.3, std2=0.01)",
    "student_t(df=4, scale=0.2)",
    "student_t(df=1, scale=0.05, mean=0.1)",
];

/// The published figures: prior N(0, 1), μ = 0, ρ = −10, in nats per example.
#[test]
fn published_networks_cost_what_is_known_of_them() {
    for (spec, run, examples, expected, tolerance) in [
        ("alexnet.elbo", "alexnet_cifar10_bayes", 50_000, 413.0, 0.5),
        ("vgg16.elbo", "vgg16_cifar10_bayes", 50_000, 2_897.0, 0.5),
        ("lenet5.elbo", "lenet5_mnist_bayes", 60_000, 9.8, 0.05),
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs").join(spec);
        let text = std::fs::read_to_string(path).expect("the spec is part of the sources");
        let text = text.replace("normal(mean=0, std=0.1)", "normal(mean=0, std=1)");
        let text = text.replace("mean=lecun_normal(), rho=-5", "mean=zeros(), rho=-10");
        let text = text.replace("mean=kaiming_normal(), rho=-5", "mean=zeros(), rho=-10");
        let (_, run) = runs(spec, &text).into_iter().find(|(name, _)| name.ends_with(run)).expect("the run is there");
        let counts = ExampleCounts::published(&run.data).expect("all are used");
        assert_eq!(counts.training, examples);
        let total = Ledger::of(&run.network).total().expect("no file");
        assert_eq!(total.deviation, 0.0);
        let per_example = total.mean / examples as f64;
        assert!((per_example - expected).abs() <= tolerance, "{spec}: {per_example}");
        println!("{spec}: {per_example:.2} nats per example");
    }
}
