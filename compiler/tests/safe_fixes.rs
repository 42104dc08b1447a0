//! `--fix` never changes what a spec means: over every explain page, every bad spec and a list of mistakes that have
//! more than one reading, a file is left as it is, or becomes what an independent source says was meant. (The edits of
//! `mutation.rs` are held to the unedited specs in the same way.)

mod support;

use elbo_compiler::codes::Code;
use elbo_compiler::diagnostic::Severity;
use elbo_compiler::page::{Example, Page, Shows};
use elbo_compiler::sources::MemorySources;
use std::path::Path;
use support::{corpus, fixed, meaning};

/// A network with these layers between its default and its head.
fn network(layers: &str) -> String {
    format!(
        "model net {{\n  input image[3, 32, 32]\n  default point\n{layers}  flatten\n  head: linear(10)\n  \
         output categorical\n}}\n"
    )
}

/// A whole experiment with one line of it replaced.
fn experiment(line: &str, by: &str) -> String {
    let text = "\
model net {
  input image[1, 8, 8]
  default point
  flatten
  head: linear(10)
  output categorical
}
dataset data {
  source = digits()
  split = fraction(train=0.9, validation=0.1)
}
train regime {
  objective = maximum_likelihood
  optimizer = adam(lr=1e-3)
  epochs = 1
  batch = 32
}
report page { samples = 1 }
run trial { model = net; data = data; train = regime; report = page }
";
    assert!(text.contains(line), "{line}");
    text.replace(line, by)
}

/// Mistakes with several readings, each with a part of what is said instead.
fn ambiguous() -> Vec<(&'static str, String, &'static str)> {
    let layer = |layer: &str| network(&format!("  {layer}\n"));
    let table = "dataset table { source = csv(\"t.csv\", features=[\"a\", \"b\"], target=\"y\", test_share=0.2) }\n";
    vec![
        ("another optimizer", experiment("adam(lr=1e-3)", "sgld(lr=1e-5)"), "Markov chains"),
        ("another data set", experiment("digits()", "cifar10_c()"), "corruptions()"),
        ("another pool", layer("global_maxpool"), "`maxpool(32)`"),
        ("another activation", layer("relu6"), "`relu`"),
        ("another convolution", layer("up: deconv2d(8, kernel=3)"), "a transposed convolution is `conv_transpose2d`"),
        ("an argument by position", layer("conv1: conv2d(3, 32)"), "the incoming channels are inferred"),
        ("a number for another", layer("conv1: conv2d(8, kernel=3, stride=1.5)"), "1.5"),
        (
            "a name of one's own in capitals",
            format!("{}claim \"more\": accuracy(Trial) > accuracy(trial)\n", experiment("digits()", "digits()")),
            "`trial`",
        ),
        (
            "a layer that a file of weights names",
            network("  flatten\n  Fc1: linear(4)\n").replace("default point", "default point(init=weights(\"w.safetensors\"))"),
            "`fc1`",
        ),
        ("a convolution behind", layer("head1: linear(8); conv: conv2d(8, kernel=3)"), "flatten"),
        (
            "one of two layers",
            format!(
                "{}model variant extends net {{\n  mark fc3 as bayes\n}}\n",
                layer("flatten; fc1: linear(8); fc2: linear(8)")
            ),
            "`fc1` or `fc2`",
        ),
        (
            "a repeated layer",
            format!(
                "{}model variant extends net {{\n  mark s as bayes\n}}\n",
                layer("flatten; repeat 2 { s: linear(4) }; u: linear(4)")
            ),
            "`s[0]` and `s[1]`",
        ),
        (
            "a block instance",
            format!(
                "block part {{\n  a: conv2d(4, kernel=3)\n  b: conv2d(4, kernel=3)\n}}\n{}model variant extends net {{\n  \
                 mark s as bayes\n}}\n",
                layer("s: part")
            ),
            "`s.*`",
        ),
        ("a model of another name", experiment("model = net", "model = nett"), "did you mean `net`?"),
        ("a regime of another name", experiment("train = regime", "train = regmie"), "did you mean `regime`?"),
        ("kinds of output", experiment("output categorical", "output gaussian(noise=learned)"), "output categorical"),
        (
            "a table without classes",
            format!(
                "{table}{}",
                experiment("data = data", "data = table").replace("input image[1, 8, 8]", "input vector[2]").replace("  flatten\n", "")
            ),
            "classes=N",
        ),
        ("an objective without a KL", experiment("default point", "default bayes"), "elbo(kl=exact)"),
        ("weight decay beside a KL", experiment("default point", "default bayes")
            .replace("maximum_likelihood", "elbo(kl=exact)").replace("lr=1e-3", "lr=1e-3, weight_decay=0.1"), "weight_decay=0"),
        ("the test split", experiment("epochs = 1", "epochs = 1\n  select = best(test.accuracy)"), "validation.accuracy"),
        ("a split that does not sum", experiment("validation=0.1", "validation=0.3"), "validation=0.1"),
        ("a unit", experiment("epochs = 1", "epochs = 5min"), "remove `min`"),
        ("another unit", experiment("epochs = 1", "epochs = 1\n  checkpoint = 5mni"), "`min`"),
        ("a crop", experiment("validation=0.1)", "validation=0.1)\n  augment = [crop(6)]"), "crop(8"),
        ("sizes", experiment("input image[1, 8, 8]", "input image[1, 16, 16]"), "resize"),
        ("a mark on an activation", layer("dropout(p=0.5) relu"), "remove the mark"),
        ("a `×` between numbers", layer("conv1: conv2d(8, kernel=3×3)"), "`[3, 3]`"),
        ("a bracket with two places", layer("dropout(p=0.1 conv1: conv2d(8, kernel=3)"), "`)`"),
        (
            "a bracket that may end earlier",
            layer("bayes(prior=normal(mean=0, std=1) conv1: conv2d(8, kernel=3)"),
            "`)`",
        ),
        ("a name for a repeat", layer("s: repeat 2 { relu }"), "`repeat` alone"),
        ("a statement that lacks a letter", layer("conv1: conv2d(8, kernel=3)\n  outpt categorical"), "output"),
        ("a warning's number", format!("@allow(W0016)\n{}", layer("relu")), "W0106"),
        (
            "a sequence",
            "model net {\n  input sequence[3, 32]\n  default point\n  head: linear(10)\n  output categorical\n}\n".to_owned(),
            "the mean over time",
        ),
        (
            "an image after a normalisation",
            network("  conv1: conv2d(8, kernel=3)\n  norm: batchnorm()\n").replace("  flatten\n", ""),
            "global_avgpool",
        ),
        (
            "an image after a sum",
            network("  residual { conv1: conv2d(3, kernel=3, pad=1) }\n").replace("  flatten\n", ""),
            "global_avgpool",
        ),
        (
            "a label for each pixel",
            "model net {\n  input image[3, 32, 32]\n  default point\n  c: conv2d(2, kernel=1)\n  output categorical\n}\n".to_owned(),
            "segmentation",
        ),
        ("a sweep without `vary`", format!("{}sweep s {{ run = trial; train.seed = range(0, 3) }}\n", experiment("x", "x")), "vary.train.seed"),
        ("a path of Windows", format!("prior p = normal(std=1)\nclaim \"C:\\data\\new\": 1 < 2\n{}", layer("relu")), "backslash"),
    ]
}

#[test]
fn what_may_mean_several_things_is_said_and_never_edited() {
    let mut failures = Vec::new();
    for (what, text, said) in ambiguous() {
        let result = fixed("a.elbo", &MemorySources::single("a.elbo", text.clone()));
        if let Some(changed) = result.texts.get("a.elbo") {
            failures.push(format!("{what} is edited:\n{changed}"));
        }
        let found = &result.findings.diagnostics;
        if !found.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
            failures.push(format!("{what} is no error"));
        }
        let shown: String = found.iter().map(|d| format!("{}\n{:?}\n{:?}\n", d.message, d.help, d.notes)).collect();
        if !shown.contains(said) {
            failures.push(format!("{what}: nothing about {said} in\n{shown}"));
        }
        if found.iter().any(|diagnostic| !diagnostic.edits.is_empty()) {
            failures.push(format!("{what}: a fix is offered"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// Mistakes with one reading, and the text that was meant.
#[test]
fn what_can_only_mean_one_thing_is_fixed() {
    let plain = network("  conv1: conv2d(8, kernel=3)\n  maxpool(2)\n  leaky_relu(0.1)\n");
    let mistakes = [
        ("maxpool(2)", "maxPool(2)"),
        ("maxpool(2)", "max_pool(2)"),
        ("maxpool(2)", "mapxool(2)"),
        ("conv2d", "Conv2d"),
        ("leaky_relu", "LeakyReLU"),
        ("leaky_relu", "leakyrelu"),
        ("conv1: conv2d", "conv1 conv2d"),
        ("kernel=3)\n", "kernel=3\n"),
        ("kernel=3)\n", "kernel=3))\n"),
        ("kernel=3)", "kernel=3]"),
        ("kernel=3", "kernel: 3"),
        ("kernel=3", "kernel=3.0"),
        ("kernel=3", "kernel=\"3\""),
        ("kernel=3", "kenrel=3"),
        ("leaky_relu(0.1)", "leaky_relu(.1)"),
        ("  flatten\n", ""),
        ("model net {", "modle net {"),
        ("model net {", "model net\n{"),
        ("output", "outptu"),
        ("categorical", "Categorical"),
        ("head: linear(10)", "head: point linear(10)"),
    ];
    for (right, wrong) in mistakes {
        let text = plain.replacen(right, wrong, 1);
        assert_ne!(text, plain, "{right}");
        let result = fixed("a.elbo", &MemorySources::single("a.elbo", text));
        let found = &result.findings.diagnostics;
        let shown: Vec<String> = found.iter().map(|diagnostic| diagnostic.message.clone()).collect();
        let changed = result.texts.get("a.elbo").unwrap_or_else(|| panic!("{wrong} is not fixed: {shown:?}"));
        let expected = plain.replace(
            "head: linear(10)",
            if wrong.contains("point l") { "point head: linear(10)" } else { right_head() },
        );
        let written = changed.replace("model net {\n\n", "model net {\n");
        assert_eq!(written.replace(" {\n\n", " {\n"), expected, "{wrong}: {shown:?}");
        assert!(found.is_empty(), "{wrong}: {shown:?}");
    }
}

fn right_head() -> &'static str {
    "head: linear(10)"
}

/// The failing example of each page is left alone, or becomes what its fixed example means.
#[test]
fn examples_of_pages_are_left_alone_or_mean_what_their_fixed_examples_mean() {
    let (mut changed, mut failures) = (Vec::new(), Vec::new());
    for code in Code::ALL {
        let examples = Page::of(*code).examples().expect("the fences are well formed");
        let mut intended: Vec<_> =
            examples.iter().filter(|example| example.shows == Shows::Fixed).map(|e| meaning(&e.compile())).collect();
        intended.dedup();
        for example in examples.iter().filter(|example| example.shows == Shows::Fails) {
            let result = fixed(Example::PATH, example.sources());
            if result.texts.is_empty() {
                continue;
            }
            let mut sources = example.sources().clone();
            for (path, text) in &result.texts {
                sources.insert(path.clone(), text.clone());
            }
            let found = meaning(&example.compile_over(&sources));
            changed.push(code.identifier());
            if found.is_none() || !intended.contains(&found) {
                failures.push(format!("{code}:\n{:?}\nmeans {found:?}\nfor {intended:?}", result.texts));
            }
        }
    }
    println!("the examples of {} pages are fixed: {}", changed.len(), changed.join(", "));
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// What the bad specs that are fixed become, read off each case by hand (others have a fix, too, and errors beside it that
/// leave it in doubt): `(case, [(what it says, what it meant), …])`.
const INTENDED: &[(&str, &[(&str, &str)])] = &[
    ("after_brace.elbo", &[("} model b {", "}\nmodel b {")]),
    ("bad_strings.elbo", &[("a\\qb", "a\\\\qb")]),
    ("branches_of_unknown_word.elbo", &[("concta", "concat")]),
    ("capitals.elbo", &[("AlexNet", "alex_net"), ("Conv1: Conv2d(64)", "conv1: conv2d(64)")]),
    (
        "concat_written_otherwise.elbo",
        &[
            ("concat() {", "concat {"),
            ("Branch { a", "branch { a"),
            ("Branch { b", "branch { b"),
            ("Branch { b", "branch { b"),
        ],
    ),
    ("dotted_arguments.elbo", &[("train.Seed", "train.seed")]),
    ("file_uses_itself.elbo", &[("use \"file_uses_itself.elbo\"\n", "")]),
    ("linear_on_image.elbo", &[("  head", "  flatten\n  head")]),
    ("mark_behind_name.elbo", &[("a: bayes linear", "bayes a: linear")]),
    ("misspelt_declaration.elbo", &[("modle", "model")]),
    ("no_colon.elbo", &[("bayes b linear(10)", "bayes b: linear(10)")]),
    ("noise_without_call.elbo", &[("[noise]", "[noise()]")]),
    ("out_of_distribution_source_without_call.elbo", &[("[fashion_mnist]", "[fashion_mnist()]")]),
    ("sweep_path_unknown_root.elbo", &[("vary.trian", "vary.train")]),
    ("syntax_costs_one_statement.elbo", &[("kernel=3\n", "kernel=3)\n")]),
    ("unknown_declaration.elbo", &[("modle", "model")]),
    ("unknown_statement.elbo", &[("repaet", "repeat")]),
    ("unopened_brace.elbo", &[("  relu\n}\n}", "  relu\n}\n")]),
];

/// Every bad spec is left alone, or becomes the text of the table above.
#[test]
fn bad_specs_are_left_alone_or_become_what_the_table_says() {
    let mut failures = Vec::new();
    for (path, sources) in corpus() {
        let result = fixed(&path, &sources);
        let text = |name: &str| elbo_compiler::sources::Sources::read(&sources, name).expect("it is in the corpus");
        let intended = INTENDED.iter().find(|(case, _)| *case == path).map(|(_, changes)| *changes);
        let mut expected = text(&path);
        for (says, meant) in intended.unwrap_or_default() {
            assert!(expected.contains(says), "{path} does not say {says:?}");
            expected = expected.replacen(says, meant, 1);
        }
        let found = result.texts.get(&path).cloned().unwrap_or_else(|| text(&path));
        if found != expected || result.texts.keys().any(|changed| *changed != path) {
            let before = text(&path);
            let changes: Vec<String> = before
                .lines()
                .zip(found.lines())
                .filter(|(before, after)| before != after)
                .map(|(before, after)| format!("  {before:?} → {after:?}"))
                .collect();
            failures.push(format!("{path}:\n{}", changes.join("\n")));
        }
    }
    assert!(failures.is_empty(), "{} cases\n{}", failures.len(), failures.join("\n"));
}

/// Over the corpus of the fuzzers: fixing ends, and is done after one call.
#[test]
fn fixing_any_text_ends_and_is_done_at_once() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    let mut texts = 0;
    for kind in ["parse", "format"] {
        for entry in std::fs::read_dir(root.join(kind)).expect("the corpus is part of the sources") {
            let bytes = std::fs::read(entry.expect("it can be read").path()).expect("it can be read");
            let Ok(text) = String::from_utf8(bytes) else { continue };
            texts += 1;
            let sources = MemorySources::single("a.elbo", text.clone());
            let once = fixed("a.elbo", &sources);
            let Some(new) = once.texts.get("a.elbo") else { continue };
            let twice = fixed("a.elbo", &MemorySources::single("a.elbo", new.clone()));
            assert!(twice.texts.is_empty(), "{text:?} becomes {new:?} and then {:?}", twice.texts);
        }
    }
    assert!(texts > 500, "the corpus has shrunk to {texts}");
}
