//! The specs that come with elbo: each is clean, and the networks have the published sizes.

use elbo_compiler::analysis::count;
use elbo_compiler::sources::MemorySources;
use elbo_compiler::{Compilation, compile, ir};
use std::path::Path;

fn compiled(name: &str) -> Compilation {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs").join(name);
    let text = std::fs::read_to_string(path).expect("the spec is part of the sources");
    compile(name, &MemorySources::single(name, text), None, &[])
}

fn network(spec: &str, run: &str) -> ir::Network {
    let compilation = compiled(spec);
    let found = compilation.runs.iter().find(|compiled| compiled.name == run);
    found.unwrap_or_else(|| panic!("{spec} has no run {run}")).run.network.clone()
}

#[test]
fn specs_have_neither_errors_nor_warnings() {
    for name in ["digits.elbo", "lenet5.elbo", "alexnet.elbo", "vgg16.elbo", "3conv3fc.elbo"] {
        let compilation = compiled(name);
        let findings: Vec<String> = compilation
            .diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity != elbo_compiler::diagnostic::Severity::Note)
            .map(|diagnostic| format!("{}: {}", diagnostic.code, diagnostic.message))
            .collect();
        assert!(findings.is_empty(), "{name}: {findings:?}");
    }
}

#[test]
fn digits_has_exactly_one_run() {
    assert_eq!(compiled("digits.elbo").run_names.len(), 1);
}

#[test]
fn each_architecture_has_its_runs_by_their_names() {
    for (spec, architecture, data) in [
        ("lenet5.elbo", "lenet5", ["mnist", "fashion_mnist", "cifar10"]),
        ("alexnet.elbo", "alexnet", ["mnist", "cifar10", "cifar100"]),
        ("vgg16.elbo", "vgg16", ["mnist", "cifar10", "cifar100"]),
    ] {
        let names = compiled(spec).run_names;
        for data in data {
            for mark in ["point", "dropout", "bayes"] {
                let name = format!("{architecture}_{data}_{mark}");
                assert!(names.contains(&name), "{spec} has no {name}");
            }
        }
    }
}

/// Weights and biases as PyTorch counts them for the same architectures, and multiply-accumulates an image.
#[test]
fn networks_have_the_published_sizes() {
    for (spec, run, parameters, work) in [
        ("lenet5.elbo", "lenet5_mnist_point", 61_706, 416_520),
        ("alexnet.elbo", "alexnet_cifar10_bayes", 2_175_946, 13_776_128),
        ("alexnet.elbo", "alexnet_cifar100_point", 2_187_556, 13_787_648),
        ("alexnet.elbo", "alexnet_mnist_dropout", 2_160_458, 12_784_896),
        ("vgg16.elbo", "vgg16_cifar10_point", 15_245_130, 313_725_952),
        ("3conv3fc.elbo", "conv3fc3_cifar10_bayes", 1_782_634, 20_619_600),
    ] {
        let counts = count(&network(spec, run));
        assert_eq!(counts.parameters, parameters, "{run}: parameters");
        assert_eq!(counts.multiply_accumulates, work, "{run}: multiply-accumulates");
    }
}

#[test]
fn variants_differ_from_their_base_in_marks_only() {
    for (spec, architecture) in
        [("lenet5.elbo", "lenet5_mnist"), ("alexnet.elbo", "alexnet_cifar10"), ("vgg16.elbo", "vgg16_cifar10")]
    {
        let shape = |mark: &str| -> Vec<(String, ir::Operation, ir::Shape)> {
            network(spec, &format!("{architecture}_{mark}"))
                .layers
                .into_iter()
                .filter(|layer| !matches!(layer.operation, ir::Operation::Dropout(_)))
                .map(|layer| (layer.name, layer.operation, layer.output))
                .collect()
        };
        assert_eq!(shape("point"), shape("bayes"), "{architecture}");
        assert_eq!(shape("point"), shape("dropout"), "{architecture}");
    }
}
