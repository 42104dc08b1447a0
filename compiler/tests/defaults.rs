//! What the tables of the language say of defaults is what holds: every documented default, written out, gives the run
//! that leaving it out gives.

use elbo_compiler::compile;
use elbo_compiler::diagnostic::Severity;
use elbo_compiler::ir::{Run, to_json};
use elbo_compiler::render::{Format, render};
use elbo_compiler::sources::MemorySources;
use elbo_compiler::vocabulary::{LAYERS, MARKS, METRICS, OUTPUTS, POSTERIORS, PRIORS, Parameter, Signature, keys};
use elbo_grammar::ast::SettingsKind;

/// A value for each parameter that must be given.
const NEEDED: [(&str, &str); 32] = [
    ("width", "10"),
    ("kernel", "3"),
    ("size", "2"),
    ("groups", "2"),
    ("scale", "0.1"),
    ("pi", "0.5"),
    ("std1", "1"),
    ("std2", "0.1"),
    ("mean", "0"),
    ("std", "0.1"),
    ("file", "\"a.safetensors\""),
    ("lr", "0.1"),
    ("every", "2"),
    ("warmup", "2"),
    ("beta", "0.5"),
    ("epochs", "2"),
    ("maximum", "1"),
    ("monitor", "validation.nll"),
    ("train", "1"),
    ("n", "100"),
    ("share", "0.5"),
    ("amount", "1"),
    ("kind", "sine"),
    ("images", "\"x.npy\""),
    ("labels", "\"y.npy\""),
    ("shape", "1"),
    ("target", "\"y\""),
    ("features", "\"a\""),
    ("objective", "elbo(kl=exact)"),
    ("optimizer", "adam()"),
    ("batch", "32"),
    ("source", "digits()"),
];

/// Parameters that must be given though others stand before them, and one of two that must be.
const NEEDED_TOO: [(&str, &str, &str); 2] = [("laplace", "scale", "0.1"), ("npy", "targets", "1")];

/// Defaults that are said in words, because they depend on what else is given: the owner and the parameter.
const IN_WORDS: [(&str, &str); 8] = [
    ("fraction", "validation"),
    ("maxpool", "stride"),
    ("avgpool", "stride"),
    ("bayes", "estimator"),
    ("report", "estimator"),
    ("run", "report"),
    ("corruptions", "kinds"),
    ("weights", "layer"),
];

/// A spec with four entries replaced.
#[derive(Clone)]
struct Spec {
    model: String,
    dataset: Vec<String>,
    train: Vec<String>,
    report: Vec<String>,
}

impl Spec {
    /// A network on the digits.
    fn of_classes() -> Self {
        Self {
            model: "input image[1, 8, 8]; default point; flatten; head: linear(10); output categorical".into(),
            dataset: vec!["source = digits()".into(), "split = fraction(train=0.8, validation=0.2)".into()],
            train: ["objective = elbo(kl=exact)", "optimizer = adam()", "epochs = 20", "batch = 32"]
                .map(str::to_owned)
                .to_vec(),
            report: Vec::new(),
        }
    }

    fn with_model(model: &str) -> Self {
        Self { model: model.into(), ..Self::of_classes() }
    }

    /// A network of one number.
    fn of_values(source: &str) -> Self {
        Self {
            model: "input vector[1]; default point; head: linear(1); output gaussian".into(),
            dataset: vec![format!("source = {source}")],
            ..Self::of_classes()
        }
    }

    /// Puts `key = value` in the place of what the key had.
    fn entry(mut self, kind: SettingsKind, key: &str, value: Option<&str>) -> Self {
        let entries = match kind {
            SettingsKind::Dataset => &mut self.dataset,
            SettingsKind::Train => &mut self.train,
            SettingsKind::Report => &mut self.report,
            SettingsKind::Run | SettingsKind::Sweep => unreachable!("these have no defaults to write"),
        };
        entries.retain(|entry| !entry.starts_with(&format!("{key} =")));
        entries.extend(value.map(|value| format!("{key} = {value}")));
        self
    }

    fn run(&self) -> Result<Run, String> {
        let text = format!(
            "model net {{ {} }}\ndataset data {{ {} }}\ntrain regime {{ {} }}\nreport figures {{ {} }}\n\
             run trial {{ model = net; data = data; train = regime; report = figures }}\n",
            self.model,
            self.dataset.join("; "),
            self.train.join("; "),
            self.report.join("; ")
        );
        let compilation = compile("spec.elbo", &MemorySources::single("spec.elbo", text.as_str()), None, &[]);
        let errors: Vec<_> =
            compilation.diagnostics.iter().filter(|found| found.severity == Severity::Error).cloned().collect();
        match (errors.is_empty(), compilation.runs.first()) {
            (true, Some(run)) => Ok(run.run.clone()),
            _ => Err(format!("{text}\n{}", render(&errors, &compilation.sources, Format::Plain, false))),
        }
    }
}

/// A call of the function with what must be given, and `further` arguments.
fn call(signature: &Signature, further: &str) -> String {
    let needed = signature.parameters[..signature.required].iter().map(|parameter| {
        let known = NEEDED.iter().find(|(name, _)| *name == parameter.name);
        let (name, value) = known.unwrap_or_else(|| panic!("a value for `{}` of `{}`", parameter.name, signature.name));
        // A crop gives images as large as those of the other splits.
        format!("{name}={}", if signature.name == "crop" { "8" } else { value })
    });
    let too = NEEDED_TOO.iter().filter(|(name, ..)| *name == signature.name);
    let arguments: Vec<String> = needed
        .chain(too.map(|(_, parameter, value)| format!("{parameter}={value}")))
        .chain(Some(further.to_owned()).filter(|further| !further.is_empty()))
        .collect();
    if arguments.is_empty() {
        signature.name.to_owned()
    } else {
        format!("{}({})", signature.name, arguments.join(", "))
    }
}

fn is_in_words(owner: &str, parameter: &Parameter) -> bool {
    IN_WORDS.iter().any(|(name, of)| *name == owner && *of == parameter.name)
}

/// Compares what leaving a default out gives with what writing it gives; counts the defaults.
fn compare(owner: &str, parameter: &Parameter, without: &Spec, with: &Spec) -> usize {
    let (without, with) = (without.run(), with.run());
    let [without, with] = [without, with].map(|run| {
        to_json(&run.unwrap_or_else(|error| panic!("`{}` of `{owner}` does not compile:\n{error}", parameter.name)))
    });
    assert_eq!(without, with, "the default of `{}` of `{owner}` is not what is documented", parameter.name);
    1
}

/// Every default of a function and of the functions that may stand in its arguments. `spec` puts a call where it belongs.
fn function(signature: &Signature, spec: &dyn Fn(&str) -> Spec) -> usize {
    let mut count = 0;
    for (place, parameter) in signature.parameters.iter().enumerate() {
        let must_be_given = place < signature.required
            || NEEDED_TOO.iter().any(|(name, of, _)| *name == signature.name && *of == parameter.name);
        assert!(!must_be_given || parameter.default.is_none(), "`{}` of `{}`", parameter.name, signature.name);
        if let Some(default) = parameter.default.filter(|_| !is_in_words(signature.name, parameter)) {
            let written = spec(&call(signature, &format!("{}={default}", parameter.name)));
            count += compare(signature.name, parameter, &spec(&call(signature, "")), &written);
        }
        for inner in parameter.values.iter().filter(|_| place >= signature.required) {
            count += function(inner, &|text| spec(&call(signature, &format!("{}={text}", parameter.name))));
        }
    }
    count
}

/// Every default of the keys of a block, and of the functions that may stand there.
fn block(kind: SettingsKind) -> usize {
    let mut count = 0;
    for key in keys(kind) {
        if let Some(default) = key.default.filter(|_| !is_in_words(kind.keyword(), key)) {
            let spec = |value| Spec::of_classes().entry(kind, key.name, value);
            count += compare(kind.keyword(), key, &spec(None), &spec(Some(default)));
        }
        let listed = matches!(key.name, "transform" | "augment" | "metrics" | "ood");
        for value in key.values {
            let of_values = matches!(value.name, "csv" | "npy" | "synthetic");
            count += function(value, &|text| match (of_values, listed) {
                (true, _) => Spec::of_values(text),
                (false, true) => {
                    // A bare name of a set would be that of a dataset.
                    let brackets = if key.name == "ood" && !text.contains('(') { "()" } else { "" };
                    Spec::of_classes().entry(kind, key.name, Some(&format!("[{text}{brackets}]")))
                }
                (false, false) => Spec::of_classes().entry(kind, key.name, Some(text)),
            });
        }
    }
    count
}

#[test]
fn defaults_of_blocks_are_those_documented() {
    use SettingsKind::{Dataset, Report, Train};
    let counts = [Dataset, Train, Report].map(block);
    assert!(counts.iter().sum::<usize>() >= 50, "only {counts:?} defaults were compared");
}

#[test]
fn defaults_of_networks_are_those_documented() {
    let mut count = 0;
    for layer in LAYERS {
        count += function(layer, &|text| {
            let named =
                if matches!(layer.name, "conv1d" | "conv2d" | "linear" | "batchnorm" | "groupnorm" | "layernorm") {
                    format!("x: {text}")
                } else {
                    text.to_owned()
                };
            let rest = "head: linear(10); output categorical";
            match layer.name {
                "linear" => Spec::with_model(&format!("input image[1, 8, 8]; default point; flatten; {named}; {rest}")),
                "conv1d" => Spec::with_model(&format!("input sequence[8, 8]; default point; {named}; flatten; {rest}"))
                    .entry(SettingsKind::Dataset, "transform", Some("[rows()]")),
                _ => Spec::with_model(&format!(
                    "input image[1, 8, 8]; default point; first: conv2d(4, kernel=1); {named}; flatten; {rest}"
                )),
            }
        });
    }
    let marked = |mark: &str| {
        Spec::with_model(&format!(
            "input image[1, 8, 8]; default {mark}; flatten; head: linear(10); output categorical"
        ))
        .entry(SettingsKind::Train, "estimator", Some("reparameterization"))
    };
    for mark in MARKS {
        count += function(mark, &|text| marked(text));
    }
    for prior in PRIORS {
        count += function(prior, &|text| marked(&format!("bayes(prior={text})")));
    }
    for posterior in POSTERIORS {
        count += function(posterior, &|text| marked(&format!("bayes(posterior={text})")));
    }
    for output in OUTPUTS {
        count += function(output, &|text| match output.name {
            "gaussian" => Spec {
                model: format!("input vector[1]; default point; head: linear(2); {text}")
                    .replace("gaussian", "output gaussian"),
                ..Spec::of_values("csv(\"t.csv\", target=[\"y\", \"z\"], features=\"a\")")
            },
            _ => Spec::with_model(&format!(
                "input image[1, 8, 8]; default point; flatten; head: linear(10); output {text}"
            )),
        });
    }
    for metric in METRICS {
        count += function(metric, &|text| {
            Spec::of_classes().entry(SettingsKind::Report, "metrics", Some(&format!("[{text}]")))
        });
    }
    assert!(count >= 40, "only {count} defaults were compared");
}

#[test]
fn defaults_in_words_are_those_documented() {
    let same = |left: &Spec, right: &Spec| {
        assert_eq!(left.run().map(|run| to_json(&run)), right.run().map(|run| to_json(&run)))
    };
    let split = |text: &str| Spec::of_classes().entry(SettingsKind::Dataset, "split", Some(text));
    for (train, validation) in [("0.8", "0.2"), ("0.9", "0.1"), ("0.7", "0.3"), ("0.95", "0.05"), ("1", "0")] {
        let written = split(&format!("fraction(train={train}, validation={validation})"));
        assert!(written.run().is_ok());
        same(&split(&format!("fraction(train={train})")), &written);
    }
    for pool in ["maxpool", "avgpool"] {
        let spec = |text: String| {
            Spec::with_model(&format!(
                "input image[1, 8, 8]; default point; {text}; flatten; head: linear(10); output categorical"
            ))
        };
        same(&spec(format!("{pool}(2)")), &spec(format!("{pool}(2, stride=2)")));
    }
    let report = |entry: Option<&str>| {
        let bayes = "input image[1, 8, 8]; default bayes; flatten; head: linear(10); output categorical";
        Spec::with_model(bayes).entry(SettingsKind::Report, "samples", Some("25")).entry(
            SettingsKind::Report,
            "metrics",
            entry,
        )
    };
    same(&report(None), &report(Some("[accuracy, nll, brier, ece, aleatoric, epistemic]")));
}
