//! What other files say of layers and of sources is what the compiler's table says: the reference, the colours of editors, the words
//! for fuzzing and what parse errors propose. `ELBO_UPDATE=1 cargo test -p elbo-compiler --test layer_tables` writes
//! them.

use elbo_compiler::compile;
use elbo_compiler::diagnostic::Severity;
use elbo_compiler::ir::{DataSource, Shape};
use elbo_compiler::sources::MemorySources;
use elbo_compiler::vocabulary::{CONTAINERS, ESTIMANDS, LAYERS, Signature, carries_mark, keys, needs_name};
use elbo_grammar::RESERVED;
use elbo_grammar::ast::SettingsKind;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Held while a file is compared: several tests may write the same one, each a part of it.
static WRITING: Mutex<()> = Mutex::new(());

/// Compares a file with what `written` makes of it.
fn check(file: &str, written: impl Fn(&str) -> String) {
    let _alone = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    let text = std::fs::read_to_string(&path).expect("the file is part of the sources");
    let wanted = written(&text);
    if std::env::var_os("ELBO_UPDATE").is_some() {
        std::fs::write(&path, wanted).expect("the folder is writable");
    } else {
        assert!(text == wanted, "{file} differs from the compiler's table; ELBO_UPDATE=1 writes it");
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
    let containers: String =
        CONTAINERS.iter().map(|word| format!("| `{}` | {} |\n", word.name, word.documentation)).collect();
    let header = "| `NAME` | how it joins two branches or more |\n|---|---|\n";
    check("grammar/REFERENCE.md", |text| {
        let text = replaced(text, header, "\nAn empty branch", &containers);
        replaced(&text, "### Layers\n\n", "\nA size is one number", &table)
    });
}

#[test]
fn the_reference_lists_the_sources() {
    let sources = keys(SettingsKind::Dataset).iter().find(|key| key.name == "source").expect("datasets have a source");
    let is_published = |name: &str| DataSource::ALL.into_iter().any(|set| set.name() == name);
    let rows: Vec<String> = sources
        .values
        .iter()
        .filter(|source| !is_published(source.name))
        .map(|source| {
            let (call, further) = call(source);
            format!("| `{call}` | {} |{further}|", source.documentation)
        })
        .collect();
    let table = format!("| source | what it holds | arguments |\n|---|---|---|\n{}\n", rows.join("\n"));
    let heading = "### Sources of one's own\n\n";
    check("grammar/REFERENCE.md", |text| replaced(text, heading, "\n`target` and `features`", &table));
}

/// A line of the reference's table.
fn row(layer: &Signature) -> String {
    let (call, further) = call(layer);
    let said = layer.documentation.split(" Has weights").next().unwrap_or_default();
    format!("| `{call}` | {said} |{further}| {} |", flow(layer))
}

/// A function with what must be given, and the cell of what may be given beside that.
fn call(layer: &Signature) -> (String, String) {
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
    (call, further)
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
    let words = CONTAINERS.iter().map(|word| word.name).chain(["branch"]);
    let all = names(|_| true).into_iter().chain(words).collect::<Vec<&str>>().join("|");
    check("grammar/editors/vscode/syntaxes/elbo.tmLanguage.json", |text| {
        replaced(text, "\"support.function.layer.elbo\",\n          \"match\": \"\\\\b(", ")", &all)
    });
}

#[test]
fn fuzzing_knows_the_words() {
    let words: BTreeSet<&str> = RESERVED
        .into_iter()
        .chain(names(|_| true))
        .chain(CONTAINERS.iter().map(|word| word.name))
        .chain(ESTIMANDS.iter().map(|estimand| estimand.name))
        .chain(["branch", "of", "within", "points", "@allow"])
        .collect();
    let lines: String = words.iter().map(|word| format!("\"{word}\"\n")).collect();
    check("fuzz/elbo.dict", |text| replaced(text, "-dict=elbo.dict.\n", "\"~\"\n", &lines));
}

#[test]
fn parse_errors_know_the_layers() {
    let list = |names: Vec<&str>| names.iter().map(|name| format!("    \"{name}\",\n")).collect::<String>();
    let containers = list(CONTAINERS.iter().map(|word| word.name).collect());
    check("grammar/src/layer_names.rs", |text| {
        let named = replaced(text, "NAMED_LAYERS: &[&str] = &[\n", "];", &list(names(needs_name)));
        let all = replaced(&named, "NAMELESS_LAYERS: &[&str] = &[\n", "];", &list(names(|name| !needs_name(name))));
        replaced(&all, "CONTAINERS: &[&str] = &[\n", "];", &containers)
    });
}

#[test]
fn pages_name_the_layers_that_learn() {
    let quoted = |names: Vec<&str>| names.iter().map(|name| format!("`{name}`")).collect::<Vec<String>>();
    check("compiler/src/pages/E0306.md", |text| {
        let names = quoted(names(carries_mark));
        let (last, first) = names.split_last().expect("some layers have weights");
        replaced(text, "Only ", " have weights", &format!("{} and {last}", first.join(", ")))
    });
    check("compiler/src/pages/E0308.md", |text| {
        replaced(text, "its name. So ", " and instances", &quoted(names(needs_name)).join(", "))
    });
}
