use super::*;
use elbo_compiler::sources::SourceMap;
use std::time::Duration;

const WHOLE: &str = r#"
[batch]
name      = "paper-2"
specs     = ["specs/*.elbo", "other#*_bayes"]
store     = "results"
data_root = "/srv/data"
device    = "cpu"
backend   = "native"
kernels   = "avx2"

[[override]]
match = "vgg16_*"
set   = { "train.epochs" = 5, "train.select" = "best(validation.nll)", "train.optimizer.lr" = 1e-4 }

[[override]]
match = "*"
set   = { "train.clip" = true }

[local]
jobs    = 2
threads = 0x8
retries = 0

[slurm]
partition = "gpu"
time      = "4h"
"#;

fn read(text: &str) -> Result<Manifest, Vec<Diagnostic>> {
    let source = SourceMap::default().add("batch.toml", text);
    Manifest::parse("batch.toml", text, source)
}

#[test]
fn every_key_acts() {
    let found = read(WHOLE).expect("it is sound");
    assert_eq!(found.name, "paper-2");
    let specs: Vec<(&str, Option<&str>)> =
        found.specs.iter().map(|spec| (spec.files.as_str(), spec.names.as_ref().map(Pattern::as_str))).collect();
    assert_eq!(specs, [("specs/*.elbo", None), ("other", Some("*_bayes"))]);
    assert_eq!((found.store, found.data_root), (Some("results".into()), Some("/srv/data".into())));
    assert_eq!((found.device, found.backend), (Some(DeviceChoice::Cpu), Some(BackendChoice::Native)));
    assert_eq!(found.kernels.as_deref(), Some("avx2"));
    let set: Vec<Vec<&str>> = found
        .overrides
        .iter()
        .map(|table| {
            let mut set: Vec<&str> = table.set.iter().map(|one| one.0.as_str()).collect();
            set.sort_unstable();
            set
        })
        .collect();
    let first = ["train.epochs=5", "train.optimizer.lr=1e-4", "train.select=best(validation.nll)"];
    assert_eq!(set, [first.to_vec(), vec!["train.clip=true"]]);
    let local = found.local;
    let numbers = (local.jobs.map(NonZeroUsize::get), local.threads.map(NonZeroUsize::get), local.retries);
    assert_eq!(numbers, (Some(2), Some(8), Some(0)));
    assert_eq!(found.slurm.partition.as_deref(), Some("gpu"));
    assert_eq!(found.slurm.time, Some(Duration::from_secs(4 * 3600)));
}

#[test]
fn each_mistake_is_told_with_its_place() {
    for (line, instead, code, column) in [
        ("name      = \"paper-2\"", "name = \"../up\"", "E0205", 8),
        ("name      = \"paper-2\"", "name = \" \"", "E0205", 8),
        ("store     = \"results\"", "store = 3", "E0204", 9),
        ("specs     = [\"specs/*.elbo\", \"other#*_bayes\"]", "specs = []", "E0205", 9),
        ("specs     = [\"specs/*.elbo\", \"other#*_bayes\"]", "specs = [\"a.elbo#\"]", "E0205", 10),
        ("specs     = [\"specs/*.elbo\", \"other#*_bayes\"]", "specs = \"a.elbo\"", "E0204", 9),
        ("match = \"vgg16_*\"", "match = \"vgg16_[\"", "E0205", 9),
        ("device    = \"cpu\"", "device = \"tpu\"", "E0206", 10),
        ("backend   = \"native\"", "backend = \"torch\"", "E0206", 11),
        ("kernels   = \"avx2\"", "kernels = \"sse\"", "E0206", 11),
        ("set   = { \"train.clip\" = true }", "set = 3", "E0204", 7),
        ("jobs    = 2", "jobs = 257", "E0205", 8),
        ("threads = 0x8", "threads = 1.5", "E0204", 11),
    ] {
        let text = WHOLE.replace(line, instead);
        assert_ne!(text, WHOLE, "{line}");
        let found = read(&text).expect_err(instead);
        let [one] = found.as_slice() else { panic!("{instead}: {found:?}") };
        assert_eq!(one.code.identifier(), code, "{instead}");
        let start = text.find(instead).expect("it was put there") + column - 1;
        assert_eq!(one.labels[0].span.start, start, "{instead}: {one:?}");
        assert!(one.help.is_some(), "{instead}");
    }
}

/// Every text that is cut off, lacks a byte, or has a sign too many somewhere.
#[test]
fn no_damage_makes_it_panic_or_silent() {
    let mut texts: Vec<String> = Vec::new();
    for place in 0..WHOLE.len() {
        texts.push(WHOLE[..place].to_owned());
        texts.push(format!("{}{}", &WHOLE[..place], &WHOLE[place + 1..]));
        for sign in ["\"", "[", "]", "{", "}", "#", "=", "\n", "é", "'''", "-1", "\u{0}"] {
            texts.push(format!("{}{sign}{}", &WHOLE[..place], &WHOLE[place..]));
        }
    }
    for text in texts {
        match read(&text) {
            Ok(manifest) => assert!(!manifest.name.is_empty() && !manifest.specs.is_empty(), "{text}"),
            Err(found) => {
                assert!(!found.is_empty(), "{text}");
                let inside = |span: Span| span.start <= span.end && span.end <= text.len();
                assert!(found.iter().all(|one| one.labels.iter().all(|label| inside(label.span))), "{text}");
            }
        }
    }
}
