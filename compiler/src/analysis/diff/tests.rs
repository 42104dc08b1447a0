use super::{Side, compare, contents};
use crate::compile;
use crate::render::comparison::text;
use crate::sources::MemorySources;
use std::collections::BTreeMap;

const DATA: &str = "dataset images { source = cifar10(); transform = [normalize()] }
train regime { objective = elbo(kl=exact); optimizer = adam(lr=1e-3); epochs = 10; batch = 128; seed = 1 }
run trial { model = net; data = images; train = regime }
";

const NET: &str = "model net {
  input image[3, 32, 32]
  default point
  conv1: conv2d(64, kernel=3, pad=1)
  softplus
  maxpool(2)
  conv5: conv2d(128, kernel=3, pad=1)
  softplus
  maxpool(2)
  flatten
  head: linear(10)
  output categorical
}
";

/// The text of the comparison of `left` and `right`'s only runs.
fn compared(left: &str, right: &str) -> String {
    let [left, right] = [left, right].map(|spec| {
        let compilation = compile("spec.elbo", &MemorySources::single("spec.elbo", spec), None, &[]);
        assert!(!compilation.has_errors(), "{:?}", compilation.diagnostics);
        compilation.runs.into_iter().next().expect("one run").run
    });
    let there = compare(Side::Run(&left), Side::Run(&right));
    let back = compare(Side::Run(&right), Side::Run(&left));
    assert_eq!(there.differences.len(), back.differences.len(), "the order of the sides matters");
    text(&there)
}

/// `NET` with `DATA`, and the same with each `(old, new)` replaced.
fn changed(changes: &[(&str, &str)]) -> String {
    let spec = format!("{NET}{DATA}");
    let other = changes.iter().fold(spec.clone(), |spec, (old, new)| {
        assert!(spec.contains(old), "{old}");
        spec.replace(old, new)
    });
    compared(&spec, &other)
}

#[test]
fn what_a_normalisation_starts_from_is_compared() {
    let norm = "  maxpool(2)\n  flatten";
    let started = |init: &str| {
        let net = NET.replace(norm, &format!("  norm: batchnorm({init})\n{norm}"));
        format!("{net}{DATA}")
    };
    let (plain, first) = (started(""), started("init=weights(\"a.safetensors\")"));
    let second = started("init=weights(\"a.safetensors\", layer=\"bn1\")");
    let found = compared(&plain, &first);
    assert!(found.contains("norm start\n    - none\n    + weights(\"a.safetensors\")"), "{found}");
    let found = compared(&first, &second);
    assert!(found.contains("norm start\n    - weights(\"a.safetensors\")\n    + weights("), "{found}");
    assert!(found.contains("bn1"), "{found}");
    assert_eq!(compared(&first, &first), "identical\n");
    // `ones()` is what it starts from without a word.
    assert_eq!(compared(&plain, &started("init=ones()")), "identical\n");
}

#[test]
fn equal_meaning_is_identical_however_it_is_written() {
    assert_eq!(changed(&[]), "identical\n");
    let blocks = NET.replace("model net", "block act() {\n  softplus\n}\nmodel net").replacen(
        "softplus\n  maxpool",
        "relu\n  maxpool",
        0,
    );
    assert_eq!(compared(&format!("{NET}{DATA}"), &format!("{blocks}{DATA}")), "identical\n");
    let elsewhere = [("cifar10()", "cifar10(root=\"elsewhere\")")];
    assert_eq!(changed(&elsewhere), "identical\n");
}

#[test]
fn marks_and_objectives_are_inference() {
    for change in [
        ("default point", "default bayes"),
        ("default point", "default dropout(p=0.2)"),
        ("head:", "dropout(p=0.5, on=output) head:"),
        ("elbo(kl=exact)", "elbo(kl=exact, temperature=0.1)"),
    ] {
        let found = changed(&[change]);
        assert!(found.starts_with("identical but for inference\n"), "{found}");
    }
}

#[test]
fn published_networks_that_are_not_identical_are_told_apart() {
    insta::assert_snapshot!("last_convolution", changed(&[("conv2d(128,", "conv2d(256,")]));
    insta::assert_snapshot!(
        "activation",
        changed(&[("128, kernel=3, pad=1)\n  softplus", "128, kernel=3, pad=1)\n  relu")])
    );
}

#[test]
fn added_and_removed_layers_do_not_shift_the_others() {
    let inserted = ("  flatten\n", "  relu\n  flatten\n  fc1: linear(64)\n  softplus\n");
    insta::assert_snapshot!(
        "inserted_and_removed",
        changed(&[inserted, ("  conv1: conv2d(64, kernel=3, pad=1)\n  softplus\n", "")])
    );
    insta::assert_snapshot!("renamed", changed(&[("conv5:", "last:")]));
}

#[test]
fn every_setting_is_compared() {
    insta::assert_snapshot!(
        "settings",
        changed(&[
            ("source = cifar10()", "source = cifar10(); split = fraction(train=0.9, validation=0.1)"),
            ("seed = 1", "seed = 2; samples = 3"),
            ("adam(lr=1e-3)", "sgd(lr=0.1)"),
            ("train = regime }", "train = regime; report = few }\nreport few { samples = 4; metrics = [accuracy] }"),
        ])
    );
}

#[test]
fn files_of_other_content_are_named_whatever_the_settings_say() {
    let side = |files: &[(&str, &str)]| -> BTreeMap<String, String> {
        files.iter().map(|(name, digit)| ((*name).to_owned(), digit.repeat(64))).collect()
    };
    let easy = side(&[("easy.csv", "a"), ("weights/head", "1")]);
    assert_eq!(contents(&easy, &side(&[("renamed.csv", "a"), ("weights/head", "1")])), []);
    let found = contents(&easy, &side(&[("hard.csv", "b"), ("weights/head", "2")]));
    let shown: Vec<String> = found
        .iter()
        .map(|one| format!("{}: {:?} / {:?}", one.place, one.left.as_deref(), one.right.as_deref()))
        .collect();
    assert_eq!(
        shown,
        [
            "content of weights/head: Some(\"111111111111\") / Some(\"222222222222\")",
            "content of files: Some(\"easy.csv aaaaaaaaaaaa\") / Some(\"hard.csv bbbbbbbbbbbb\")",
        ]
    );
}
