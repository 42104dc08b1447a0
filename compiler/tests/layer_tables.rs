//! What other files say of layers is what the compiler's table says: the reference, the colours of editors, the words
//! for fuzzing and what parse errors propose. `ELBO_UPDATE=1 cargo test -p elbo-compiler --test layer_tables` writes
//! them.

use elbo_compiler::compile;
use elbo_compiler::diagnostic::Severity;
use elbo_compiler::ir::Shape;
use elbo_compiler::sources::MemorySources;
use elbo_compiler::vocabulary::{ESTIMANDS, LAYERS, Signature, carries_mark, needs_name};
use elbo_grammar::RESERVED;
use std::collections::BTreeSet;
use std::path::Path;

/// Compares a file with what `written` makes of it.
fn check(file: &str, written: impl Fn(&str) -> String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    let text = std::fs::read_to_string(&path).expect("the file is part of the sources");
    let wanted = written(&text);
    if std::env::var_os("ELBO_UPDATE").is_some() {
        std::fs::write(&path, wanted).expect("the folder is writable");
    } else {
        assert!(text == wanted, "{file} differs from the compiler's table of layers; ELBO_UPDATE=1 writes it");
    }
}

/// A text with what stands between two others replaced.
fn replaced(text: &str, begin: &str, end: &str, new: &str) -> String {
    let start = text.find(begin).unwrap_or_else(|| panic!("`{begin}` is missing")) + begin.len();
    let stop = start + text[start..].find(end).unwrap_or_else(|| panic!("`{end}` is missing"));
    format!("{}{new}{}", &text[..start], &text[stop..])
}

fn names(filter: impl Fn(&str) -> bool) -> Vec<&'static str> {
    LAYERS.iter().map(|layer| layer.name).filter(|name| filter(name)).collect()
}

#[test]
fn the_reference_lists_the_layers() {
    let rows: Vec<String> = LAYERS.iter().map(row).collect();
    let table =
        format!("| layer | what it does | arguments | takes → gives |\n|---|---|---|---|\n{}\n", rows.join("\n"));
    check("grammar/REFERENCE.md", |text| replaced(text, "### Layers\n\n", "\nA size is one number", &table));
}

/// A line of the reference's table.
fn row(layer: &Signature) -> String {
    let (required, further) = layer.parameters.split_at(layer.required);
    let needed: Vec<String> = required
        .iter()
        .enumerate()
        .map(
            |(place, parameter)| {
                if place < layer.positional { parameter.name.to_owned() } else { format!("{}=…", parameter.name) }
            },
        )
        .collect();
    let call = if layer.parameters.is_empty() {
        layer.name.to_owned()
    } else {
        format!("{}({})", layer.name, needed.join(", "))
    };
    let further: Vec<String> = further
        .iter()
        .map(|parameter| {
            let default = parameter.default.map(|default| default.to_string()).unwrap_or_default();
            format!("{}={default}", parameter.name)
        })
        .collect();
    let further = if further.is_empty() { " ".to_owned() } else { format!(" `{}` ", further.join(" ")) };
    let said = layer.documentation.split(" Has weights").next().unwrap_or_default();
    format!("| `{call}` | {said} |{further}| {} |", flow(layer))
}

/// The kinds of input, as specs write them.
const INPUTS: [(&str, &str); 3] =
    [("image", "image[4, 4, 4]"), ("sequence", "sequence[4, 4]"), ("vector", "vector[4]")];

/// Which kinds of shape a layer takes, and which it gives.
fn flow(layer: &Signature) -> String {
    let kinds: Vec<(&str, &str)> =
        INPUTS.iter().filter_map(|(kind, input)| Some((*kind, given(layer, input)?))).collect();
    let taken: Vec<&str> = kinds.iter().map(|(taken, _)| *taken).collect();
    let takes = if kinds.len() == INPUTS.len() { "any".to_owned() } else { taken.join(" or ") };
    let keeps = kinds.iter().all(|(taken, given)| taken == given);
    let gives = match kinds.as_slice() {
        [] => panic!("`{}` takes nothing", layer.name),
        [(_, given)] => given,
        _ if keeps => "the same kind",
        [(_, first), rest @ ..] => {
            assert!(rest.iter().all(|(_, given)| given == first), "`{}` gives several kinds of shape", layer.name);
            first
        }
    };
    format!("{takes} → {gives}")
}

/// The kind of shape that a layer gives for an input, if it takes it.
fn given(layer: &Signature, input: &str) -> Option<&'static str> {
    let arguments: Vec<String> =
        layer.parameters[..layer.required].iter().map(|parameter| format!("{}=1", parameter.name)).collect();
    // What gives no vector is flattened, which a vector cannot be.
    ["flatten; ", ""].into_iter().find_map(|flatten| {
        let text = format!(
            "model net {{ input {input}; default point; x: {}({}); {flatten}head: linear(1); output gaussian }}\n",
            layer.name,
            arguments.join(", ")
        );
        let compilation = compile("spec.elbo", &MemorySources::single("spec.elbo", text.as_str()), None, &[]);
        // A warning says that the layer has nothing to do there.
        let fits = compilation.diagnostics.iter().all(|found| found.severity == Severity::Note);
        let shape = compilation.models.first().filter(|_| fits)?.network.layers.first()?.output;
        Some(match shape {
            Shape::Image { .. } => "image",
            Shape::Sequence { .. } => "sequence",
            Shape::Vector { .. } => "vector",
        })
    })
}

#[test]
fn editors_colour_the_layers() {
    let all = names(|_| true).join("|");
    check("grammar/editors/vscode/syntaxes/elbo.tmLanguage.json", |text| {
        replaced(text, "\"support.function.layer.elbo\",\n          \"match\": \"\\\\b(", ")", &all)
    });
}

#[test]
fn fuzzing_knows_the_words() {
    let words: BTreeSet<&str> = RESERVED
        .into_iter()
        .chain(names(|_| true))
        .chain(ESTIMANDS.iter().map(|estimand| estimand.name))
        .chain(["of", "within", "points", "@allow"])
        .collect();
    let lines: String = words.iter().map(|word| format!("\"{word}\"\n")).collect();
    check("fuzz/elbo.dict", |text| replaced(text, "-dict=elbo.dict.\n", "\"~\"\n", &lines));
}

#[test]
fn parse_errors_know_the_layers() {
    let list = |names: Vec<&str>| names.iter().map(|name| format!("    \"{name}\",\n")).collect::<String>();
    check("grammar/src/layer_names.rs", |text| {
        let named = replaced(text, "NAMED_LAYERS: &[&str] = &[\n", "];", &list(names(needs_name)));
        replaced(&named, "NAMELESS_LAYERS: &[&str] = &[\n", "];", &list(names(|name| !needs_name(name))))
    });
}

#[test]
fn pages_name_the_layers_that_learn() {
    let page = |code: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/pages/{code}.md"));
        std::fs::read_to_string(path).expect("the page is part of the sources")
    };
    for (code, layers) in [("E0306", names(carries_mark)), ("E0308", names(needs_name))] {
        let text = page(code);
        for layer in layers {
            assert!(text.contains(&format!("`{layer}`")), "the page of {code} does not name `{layer}`");
        }
    }
}
