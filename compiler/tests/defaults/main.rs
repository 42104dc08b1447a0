//! What the tables of the language say of defaults is what holds: for every row of every table, a spec that uses it
//! compiles, and every documented default, written out, gives the run that leaving it out gives.

mod spec;

use elbo_compiler::ir::{DataSource, to_json};
use elbo_compiler::vocabulary::{
    DefaultValue, ESTIMANDS, INPUTS, LAYERS, MARKS, METRICS, OUTPUTS, POSTERIORS, PRIORS, Parameter, Signature, keys,
    needs_name,
};
use elbo_grammar::ast::SettingsKind;
use spec::Spec;

/// A value for each parameter that must be given; where functions differ, by the function and the parameter.
const NEEDED: &[(&str, &str)] = &[
    ("crop.size", "8"),
    ("image_folder.shape", "[1, 8, 8]"),
    ("image_folder.classes", "10"),
    ("laplace.scale", "0.1"),
    ("student_t.df", "4"),
    ("student_t.scale", "0.1"),
    ("width", "10"),
    ("kernel", "3"),
    ("size", "2"),
    ("factor", "2"),
    ("groups", "2"),
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
    ("root", "\"folder\""),
    ("from", "1"),
];

/// Parameters that must be given though others stand before them, and one of two that must be.
const NEEDED_TOO: [(&str, &str, &str); 2] = [("laplace", "scale", "0.1"), ("npy", "targets", "1")];

/// Defaults that the tables say in words, each compared by a case of its own in this file, or without a value that
/// could be written: the owner and the parameter.
const IN_WORDS: [(&str, &str); 7] = [
    ("fraction", "validation"),
    ("bayes", "estimator"),
    ("report", "estimator"),
    ("report", "metrics"),
    ("run", "report"),
    ("corruptions", "kinds"),
    ("weights", "layer"),
];

fn needed(signature: &Signature, parameter: &str) -> &'static str {
    let find = |wanted: &str| NEEDED.iter().find(|(name, _)| *name == wanted);
    let known = find(&format!("{}.{parameter}", signature.name)).or_else(|| find(parameter));
    known.unwrap_or_else(|| panic!("`NEEDED` has no value for `{parameter}` of `{}`", signature.name)).1
}

/// A call of the function with what must be given, and one argument more, or in the place of one of these.
fn call(signature: &Signature, further: Option<(&str, &str)>) -> String {
    let required = signature.parameters[..signature.required].iter().map(|parameter| parameter.name);
    let too = NEEDED_TOO.iter().filter(|(name, ..)| *name == signature.name).map(|(_, parameter, _)| *parameter);
    let value = |name: &str| {
        let too = NEEDED_TOO.iter().find(|(owner, parameter, _)| *owner == signature.name && *parameter == name);
        too.map_or_else(|| needed(signature, name), |(.., value)| value)
    };
    let arguments: Vec<String> = required
        .chain(too)
        .filter(|name| further.is_none_or(|(other, _)| other != *name))
        .map(|name| format!("{name}={}", value(name)))
        .chain(further.map(|(name, value)| format!("{name}={value}")))
        .collect();
    if arguments.is_empty() {
        signature.name.to_owned()
    } else {
        format!("{}({})", signature.name, arguments.join(", "))
    }
}

/// Compares what leaving a default out gives with what writing it gives; counts the defaults.
fn compare(owner: &str, parameter: &Parameter, without: &Spec, with: &Spec) -> usize {
    let [without, with] = [without, with].map(|spec| {
        let run = spec.run();
        to_json(&run.unwrap_or_else(|error| panic!("`{}` of `{owner}` does not compile:\n{error}", parameter.name)))
    });
    assert_eq!(without, with, "the default of `{}` of `{owner}` is not what is documented", parameter.name);
    1
}

/// What to write for the default of a parameter; `None` where it has none, or one in words.
fn written(owner: &str, parameter: &Parameter, other: &dyn Fn(&str) -> &'static str) -> Option<&'static str> {
    match parameter.default? {
        DefaultValue::Written(text) => Some(text),
        DefaultValue::SameAs(name) => Some(other(name)),
        DefaultValue::InWords(_) => {
            let known = IN_WORDS.contains(&(owner, parameter.name));
            assert!(
                known,
                "the default of `{}` of `{owner}` is said in words, and no case compares it",
                parameter.name
            );
            None
        }
    }
}

/// A row and every default of its function and of the functions that may stand in its arguments. `spec` puts a call
/// where it belongs. Counts the defaults.
fn row(signature: &Signature, spec: &dyn Fn(&str) -> Spec) -> usize {
    let bare = spec(&call(signature, None));
    bare.run().unwrap_or_else(|error| panic!("no spec exercises `{}`:\n{error}", signature.name));
    let mut count = 0;
    for (place, parameter) in signature.parameters.iter().enumerate() {
        let must_be_given = place < signature.required
            || NEEDED_TOO.iter().any(|(name, of, _)| *name == signature.name && *of == parameter.name);
        assert!(!must_be_given || parameter.default.is_none(), "`{}` of `{}`", parameter.name, signature.name);
        if let Some(default) = written(signature.name, parameter, &|name| needed(signature, name)) {
            let with = spec(&call(signature, Some((parameter.name, default))));
            count += compare(signature.name, parameter, &bare, &with);
        }
        for inner in parameter.values {
            count += row(inner, &|text| spec(&call(signature, Some((parameter.name, text)))));
        }
    }
    count
}

/// The spec in which `text`, a call of `value`, is what the key has.
fn with_key(kind: SettingsKind, key: &str, value: &Signature, text: &str) -> Spec {
    let spec = Spec::of_classes();
    let set = DataSource::ALL.into_iter().find(|set| set.name() == value.name);
    let input =
        |input: &str| Spec::with_model(&format!("input {input}; default point; head: linear(10); output categorical"));
    let spec = match (key, value.name, set) {
        // Nothing can be trained on it; `ood` has the row, too.
        ("source", "notmnist", _) => return spec,
        ("source", _, Some(set)) => return Spec::of_set(set, text),
        ("source", "csv" | "npy" | "parquet" | "synthetic", _) => return Spec::of_values(text),
        ("targets", "normalize", _) => Spec::of_values("synthetic(sine)"),
        ("metrics", "rmse" | "mae" | "coverage", _) => Spec::of_values("synthetic(sine)"),
        ("transform", "pad", _) => input("image[1, 10, 10]; flatten"),
        ("transform", "resize", _) => input("image[1, 2, 2]; flatten"),
        ("transform", "flatten", _) => input("vector[64]"),
        ("transform", "rows", _) => input("sequence[8, 8]; flatten"),
        // Scored on a network that is trained on another set of this shape.
        ("ood", _, Some(DataSource::Cifar10)) => Spec::of_set(DataSource::Cifar100, "cifar100()"),
        ("ood", _, Some(DataSource::Cifar100)) => Spec::of_set(DataSource::Cifar10, "cifar10()"),
        ("ood", _, Some(set)) => {
            let other = if set == DataSource::Mnist { "fashion_mnist()" } else { "mnist()" };
            spec.entry(SettingsKind::Dataset, "source", Some(other)).entry(
                SettingsKind::Dataset,
                "transform",
                Some("[resize(8)]"),
            )
        }
        _ => spec,
    };
    match key {
        // A bare name of a set would be that of a dataset.
        "ood" => {
            let brackets = if text.contains('(') { "" } else { "()" };
            spec.entry(kind, key, Some(&format!("[{text}{brackets}]")))
        }
        "transform" | "augment" | "metrics" => spec.entry(kind, key, Some(&format!("[{text}]"))),
        _ => spec.entry(kind, key, Some(text)),
    }
}

/// Every row that may stand for the keys of a block, and every default of the keys and of these rows.
fn block(kind: SettingsKind) -> usize {
    let mut count = 0;
    for key in keys(kind) {
        if let Some(default) = written(kind.keyword(), key, &|_| unreachable!("keys stand for themselves")) {
            let spec = |value| Spec::of_classes().entry(kind, key.name, value);
            count += compare(kind.keyword(), key, &spec(None), &spec(Some(default)));
        }
        for value in key.values {
            count += row(value, &|text| with_key(kind, key.name, value, text));
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
        count += row(layer, &|text| {
            let named = if needs_name(layer.name) { format!("x: {text}") } else { text.to_owned() };
            let rest = "head: linear(10); output categorical";
            match layer.name {
                "linear" => Spec::with_model(&format!("input image[1, 8, 8]; default point; flatten; {named}; {rest}")),
                "flatten" => Spec::with_model(&format!("input image[1, 8, 8]; default point; {named}; {rest}")),
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
        count += row(mark, &|text| marked(text));
    }
    for prior in PRIORS {
        count += row(prior, &|text| marked(&format!("bayes(prior={text})")));
    }
    for posterior in POSTERIORS {
        count += row(posterior, &|text| marked(&format!("bayes(posterior={text})")));
    }
    for output in OUTPUTS {
        count += row(output, &|text| match output.name {
            "categorical" => Spec::with_model(&format!(
                "input image[1, 8, 8]; default point; flatten; head: linear(10); output {text}"
            )),
            "poisson" => {
                let model = format!("input vector[1]; default point; head: linear(1); output {text}");
                Spec { model, ..Spec::of_values("csv(\"a.csv\", target=\"y\", features=\"a\")") }
            }
            _ => {
                let outputs = if text.contains("heteroscedastic") { 2 } else { 1 };
                let model = format!("input vector[1]; default point; head: linear({outputs}); output {text}");
                Spec { model, ..Spec::of_values("synthetic(sine)") }
            }
        });
    }
    assert!(count >= 35, "only {count} defaults were compared");
}

#[test]
fn words_that_have_no_defaults_compile() {
    for input in INPUTS {
        let (sizes, transform) = match input.name {
            "image" => ("[1, 8, 8]; flatten", "[]"),
            "sequence" => ("[8, 8]; flatten", "[rows()]"),
            "vector" => ("[64]", "[flatten()]"),
            other => panic!("no spec exercises `input {other}`"),
        };
        row(input, &|text| {
            Spec::with_model(&format!("input {text}{sizes}; default point; head: linear(10); output categorical"))
                .entry(SettingsKind::Dataset, "transform", Some(transform))
        });
    }
    for estimand in ESTIMANDS {
        row(estimand, &|text| Spec {
            further: format!(
                "sweep seeds {{ run = trial; vary.train.seed = [0, 1, 2] }}\n\
                 claim \"good\": accuracy(seeds) > 0.5 of {text}\n"
            ),
            ..Spec::of_classes()
        });
    }
    for metric in METRICS {
        row(metric, &|text| with_key(SettingsKind::Report, "metrics", metric, text));
    }
    let vary = keys(SettingsKind::Sweep).iter().find(|key| key.name == "vary").expect("sweeps vary something");
    for values in vary.values {
        let text = match values.name {
            "range" => "vary.train.epochs = range(from=1, to=3)",
            "logspace" => "vary.train.optimizer.lr = logspace(from=1e-4, to=1e-2, count=3)",
            other => panic!("no spec exercises `{other}`"),
        };
        let further = format!("sweep some {{ run = trial; {text} }}\n");
        Spec { further, ..Spec::of_classes() }.run().unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn defaults_in_words_are_those_documented() {
    let same = |left: &Spec, right: &Spec| {
        let json = |spec: &Spec| to_json(&spec.run().unwrap_or_else(|error| panic!("{error}")));
        assert_eq!(json(left), json(right));
    };
    let split = |text: &str| Spec::of_classes().entry(SettingsKind::Dataset, "split", Some(text));
    for (train, validation) in [("0.8", "0.2"), ("0.9", "0.1"), ("0.7", "0.3"), ("0.95", "0.05"), ("1", "0")] {
        let written = split(&format!("fraction(train={train}, validation={validation})"));
        same(&split(&format!("fraction(train={train})")), &written);
    }
    let bayes = |mark: &str| {
        Spec::with_model(&format!(
            "input image[1, 8, 8]; default {mark}; flatten; head: linear(10); output categorical"
        ))
    };
    let report = |entry: Option<&str>| {
        bayes("bayes").entry(SettingsKind::Report, "samples", Some("25")).entry(SettingsKind::Report, "metrics", entry)
    };
    same(&report(None), &report(Some("[accuracy, nll, brier, ece, aleatoric, epistemic]")));
    let trained = |spec: Spec| spec.entry(SettingsKind::Train, "estimator", Some("flipout"));
    same(&trained(bayes("bayes")), &trained(bayes("bayes(estimator=flipout)")));
    let ood = |text: &str| Spec::of_classes().entry(SettingsKind::Report, "ood", Some(text));
    let kinds: Vec<&str> = elbo_compiler::ir::Corruption::ALL.iter().map(|kind| kind.name()).collect();
    same(&ood("[corruptions()]"), &ood(&format!("[corruptions(kinds=[{}])]", kinds.join(", "))));
}
