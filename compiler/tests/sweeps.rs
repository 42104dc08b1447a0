//! Sweeps and overrides: which members there are, what applies to which, and how long checking them takes.

use elbo_compiler::sources::MemorySources;
use elbo_compiler::{Compilation, Override, compile, ir};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

const SPEC: &str = r"
prior narrow = normal(mean=0, std=0.1)
prior wide = normal(mean=0, std=1)
model net(width: int = 16) {
  input image[1, 8, 8]
  default bayes(prior=narrow)
  flatten
  fc: linear(width)
  relu
  head: linear(10)
  output categorical
}
model other extends net { default bayes(prior=wide) }
dataset handwriting { source = digits() }
train regime { objective = elbo(kl=exact); optimizer = adam(lr=1e-3); epochs = 5; batch = 32 }
run trial { model = net; data = handwriting; train = regime }
run second { model = other; data = handwriting; train = regime }
sweep grid {
  run = trial
  vary.train.optimizer = [adam(lr=1e-3, betas=[0.9, 0.99]), sgd(0.1)]
  vary.model.width = [8, 16]
  zip(train.seed=range(0, 2), train.batch=[1_6, 32])
}
";

fn compiled(spec: &str, target: Option<&str>, overrides: &[&str]) -> Compilation {
    let overrides: Vec<Override> = overrides.iter().map(|text| Override((*text).to_owned())).collect();
    compile("spec.elbo", &MemorySources::single("spec.elbo", spec), target, &overrides)
}

fn codes(compilation: &Compilation) -> Vec<&'static str> {
    compilation.diagnostics.iter().map(|diagnostic| diagnostic.code.identifier()).collect()
}

#[test]
fn members_cross_in_the_order_written_the_last_fastest() {
    let compilation = compiled(SPEC, None, &[]);
    let names: Vec<&str> = compilation.sweeps[0].members.iter().map(|member| member.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "grid/train.optimizer=adam/lr=1e-3/betas=0.9/0.99,model.width=8,train.seed=0,train.batch=16",
            "grid/train.optimizer=adam/lr=1e-3/betas=0.9/0.99,model.width=8,train.seed=1,train.batch=32",
            "grid/train.optimizer=adam/lr=1e-3/betas=0.9/0.99,model.width=16,train.seed=0,train.batch=16",
            "grid/train.optimizer=adam/lr=1e-3/betas=0.9/0.99,model.width=16,train.seed=1,train.batch=32",
            "grid/train.optimizer=sgd/0.1,model.width=8,train.seed=0,train.batch=16",
            "grid/train.optimizer=sgd/0.1,model.width=8,train.seed=1,train.batch=32",
            "grid/train.optimizer=sgd/0.1,model.width=16,train.seed=0,train.batch=16",
            "grid/train.optimizer=sgd/0.1,model.width=16,train.seed=1,train.batch=32",
        ]
    );
    let unquoted = |sign: char| sign.is_ascii_alphanumeric() || "_.=,/+-".contains(sign);
    assert!(names.iter().all(|name| name.chars().all(unquoted)));
    for member in &compilation.sweeps[0].members {
        let run = &member.run.run;
        let value = |path: &str| &member.varied.iter().find(|(known, _)| known == path).expect("it varies").1;
        assert_eq!(value("train.seed"), &run.training.seed.to_string());
        assert_eq!(value("train.batch"), &run.training.batch.to_string());
        let head = run.network.layers.iter().find(|layer| layer.name == "head").expect("it has a head");
        assert_eq!(value("model.width"), &head.input.elements().to_string());
        assert_eq!(member.run.name, member.name);
    }
    let digests: BTreeSet<String> =
        compilation.sweeps[0].members.iter().map(|member| ir::digest(&member.run.run)).collect();
    assert_eq!(digests.len(), 8, "every member means something else");
}

#[test]
fn a_member_means_what_its_run_with_the_same_overrides_means() {
    let sweep = &compiled(SPEC, None, &[]).sweeps[0];
    let overrides = ["train.optimizer=sgd(0.1)", "model.width=8", "train.seed=1", "train.batch=32"];
    let run = compiled(SPEC, Some("trial"), &overrides).runs.remove(0);
    assert_eq!(sweep.members[5].run.run, run.run);
}

#[test]
fn overrides_reach_the_members_of_the_sweep_that_is_named_and_nothing_else() {
    let named = compiled(SPEC, Some("grid"), &["train.epochs=7"]);
    assert_eq!(codes(&named), [""; 0]);
    assert!(named.sweeps[0].members.iter().all(|member| member.run.run.training.epochs == 7));
    assert!(named.runs.iter().all(|run| run.run.training.epochs == 5));
    let member = compiled(
        SPEC,
        Some("grid/train.optimizer=sgd/0.1,model.width=8,train.seed=0,train.batch=16"),
        &["train.epochs=7"],
    );
    assert_eq!(codes(&member), [""; 0]);
    assert!(member.sweeps[0].members.iter().all(|member| member.run.run.training.epochs == 7));
    let run = compiled(SPEC, Some("trial"), &["train.seed=7"]);
    assert_eq!(codes(&run), [""; 0]);
    assert_eq!(run.sweeps[0].members[0].run.run.training.seed, 0);
}

#[test]
fn what_a_sweep_varies_cannot_be_overridden() {
    assert_eq!(codes(&compiled(SPEC, Some("grid"), &["train.seed=7"])), ["E0114"]);
}

#[test]
fn names_of_neither_run_nor_sweep_nor_member_are_told() {
    for (target, message) in [
        ("grit", "`spec.elbo` has no run or sweep `grit`"),
        ("grid/train.seed=9", "sweep `grid` has no member `grid/train.seed=9`"),
        ("trial/train.seed=0", "`spec.elbo` has no run or sweep `trial/train.seed=0`"),
    ] {
        let compilation = compiled(SPEC, Some(target), &[]);
        assert_eq!(codes(&compilation), ["E0412"], "{target}");
        assert_eq!(compilation.diagnostics[0].message, message);
    }
}

#[test]
fn an_override_of_what_the_run_does_not_use_is_told() {
    for (target, text, code) in [
        (Some("trial"), "prior.narrow.std=0.2", None),
        (Some("second"), "prior.wide.std=0.2", None),
        // `other` begins as `net`, but its own default takes the place of the one that names this prior.
        (Some("second"), "prior.narrow.std=0.2", Some("E0109")),
        (Some("trial"), "prior.wide.std=0.2", Some("E0109")),
        (None, "prior.wide.std=0.2", None),
        (Some("trial"), "prior.narow.std=0.2", Some("E0109")),
        (Some("trial"), "trian.seed=1", Some("E0109")),
        (Some("trial"), "train.sed=1", Some("E0201")),
    ] {
        assert_eq!(codes(&compiled(SPEC, target, &[text])), code.into_iter().collect::<Vec<_>>(), "{target:?} {text}");
    }
}

/// A sweep over seeds lowers its network once: a thousand members of VGG16 take a small multiple of the file alone.
#[test]
fn a_thousand_members_are_checked_fast() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs/vgg16.elbo");
    let spec = std::fs::read_to_string(path).expect("the spec is part of the sources");
    let started = Instant::now();
    assert!(!compiled(&spec, None, &[]).has_errors());
    let alone = started.elapsed();
    let sweep = "\nsweep seeds { run = vgg16_cifar10_bayes; vary.train.seed = range(0, 1000) }\n";
    let started = Instant::now();
    let compilation = compiled(&format!("{spec}{sweep}"), None, &[]);
    let swept = started.elapsed();
    assert!(!compilation.has_errors());
    assert_eq!(compilation.sweeps[0].members.len(), 1000);
    println!("vgg16.elbo alone {alone:?}, with a thousand members {swept:?}");
    assert!(swept < alone * 40 + std::time::Duration::from_secs(1), "{alone:?} became {swept:?}");
}
