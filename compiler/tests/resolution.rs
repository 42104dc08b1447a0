//! Which name stands for what is read off the trees; what the checker misses once a name is another says whether that is
//! what it looks up. Both ways: every place the table lists is one the checker looks at, and no other is.

mod support;

use elbo_compiler::codes::Code;
use elbo_compiler::diagnostic::{Severity, SourceId};
use elbo_compiler::resolution::{Names, Occurrence, Symbol};
use elbo_compiler::sources::MemorySources;
use elbo_compiler::vocabulary::LAYERS;
use elbo_compiler::{Compilation, compile};
use elbo_grammar::Span;
use std::path::Path;

/// The largest specs that are tried: each is compiled once for each of its names.
const MOST_BYTES: u64 = 2_500;

/// Good specs that use no other file.
fn specs() -> Vec<(String, String)> {
    let mut specs = Vec::new();
    for folder in ["../tests/ui/good", "../examples"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for entry in std::fs::read_dir(&folder).expect("the corpus is part of the sources") {
            let path = entry.expect("the folder can be read").path();
            let small = path.metadata().is_ok_and(|metadata| metadata.len() <= MOST_BYTES);
            if small && path.extension().is_some_and(|extension| extension == "elbo") {
                let text = std::fs::read_to_string(&path).expect("a spec is UTF-8");
                // A block that no model has in it is not checked.
                if !text.contains("\nuse ") && !compiled(&text).models.is_empty() {
                    specs.push((path.display().to_string(), text));
                }
            }
        }
    }
    specs.sort();
    assert!(specs.len() > 40, "{} specs", specs.len());
    specs
}

fn compiled(text: &str) -> Compilation {
    compile("spec.elbo", &MemorySources::single("spec.elbo", text), None, &[])
}

fn occurrences(text: &str) -> Vec<Occurrence> {
    let (file, errors) = elbo_grammar::parse(text);
    assert!(errors.is_empty());
    Names::new([&file]).occurrences()
}

/// The text with another name of the same length in a place, so that nothing moves; `None` of a layer's number.
fn renamed(text: &str, span: Span) -> Option<String> {
    let name = span.text(text);
    if name.contains('[') {
        return None;
    }
    let other: String = std::iter::once('q').chain("z".repeat(name.len()).chars().skip(1)).collect();
    (!text.contains(&other)).then(|| format!("{}{other}{}", &text[..span.start], &text[span.end..]))
}

/// What errors are, what they say, and where they point at.
fn errors(compilation: &Compilation) -> Vec<(Code, &str, Span)> {
    let found = compilation.diagnostics.iter().filter(|found| found.severity == Severity::Error);
    found.filter_map(|found| Some((found.code, found.message.as_str(), found.labels.first()?.span))).collect()
}

fn touch(one: Span, other: Span) -> bool {
    one.start < other.end && other.start < one.end
}

#[test]
fn every_place_that_is_listed_is_looked_up() {
    let mut tried = 0;
    for (path, text) in specs() {
        let all = occurrences(&text);
        let meaning = support::meaning(&compiled(&text));
        for place in all.iter().filter(|place| !place.defines) {
            let Some(changed) = renamed(&text, place.span) else { continue };
            let compilation = compiled(&changed);
            let seen = errors(&compilation).iter().any(|(.., span)| touch(*span, place.span));
            // What a variant or a sweep hands on may be reported where it arrives.
            let lost = support::meaning(&compilation) != meaning;
            assert!(seen || lost, "{path}: {} at {:?} means nothing", place.span.text(&text), place.span);
            tried += 1;
        }
    }
    assert!(tried > 200, "{tried} places");
}

#[test]
fn no_place_that_is_looked_up_is_missing() {
    let unknown =
        [Code::UnknownName, Code::UnknownArgument, Code::UnknownLayer, Code::UnknownLayerPath, Code::NoSuchPath];
    let mut tried = 0;
    for (path, text) in specs() {
        let all = occurrences(&text);
        for definition in all.iter().filter(|place| place.defines) {
            let Some(changed) = renamed(&text, definition.span) else { continue };
            let listed: Vec<Span> =
                all.iter().filter(|place| place.symbol == definition.symbol).map(|place| place.span).collect();
            let name = definition.span.text(&text);
            if LAYERS.iter().any(|layer| layer.name == name) {
                // Where the declaration is gone, the language's own layer of this name is meant.
                continue;
            }
            for (code, message, span) in errors(&compiled(&changed)) {
                // What a sweep gives to a model is reported where its values stand, and those are numbers.
                let is_value = span.text(&text).starts_with(|first: char| first.is_ascii_digit());
                if unknown.contains(&code) && message.contains(&format!("`{name}`")) && !is_value {
                    let known = listed.iter().any(|listed| touch(*listed, span));
                    assert!(known, "{path}: `{name}` is looked up at {:?}, `{}`", span, span.text(&text));
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 100, "{tried} places");
}

#[test]
fn of_two_declarations_the_first_counts() {
    let text = "prior a = normal(mean=0, std=1)\nprior a = laplace(scale=1)\nmodel m { default bayes(prior=a) }\n";
    let places = occurrences(text);
    let of_a: Vec<&Occurrence> =
        places.iter().filter(|place| place.symbol == Symbol::Declaration("a".to_owned())).collect();
    assert_eq!(of_a.len(), 2);
    assert!(of_a[0].defines && of_a[0].source == SourceId(0) && of_a[0].span.start == 6);
    assert!(!of_a[1].defines);
}

#[test]
fn a_variant_sees_its_own_parameters_alone() {
    let text =
        "model a(width: int = 4) {\n  fc: linear(width)\n}\nmodel b extends a {\n  replace fc with linear(width)\n}\n";
    let parameter = Symbol::Parameter { owner: "a".to_owned(), name: "width".to_owned() };
    let found: Vec<usize> = occurrences(text)
        .into_iter()
        .filter(|place| place.symbol == parameter)
        .map(|place| text[..place.span.start].matches('\n').count())
        .collect();
    assert_eq!(found, [0, 1]);
    assert!(errors(&compiled(text)).iter().any(|(code, ..)| *code == Code::UnknownName));
}

#[test]
fn a_base_takes_no_more_what_its_own_base_is_given() {
    let text = "model a(width: int, depth: int) {\n}\nmodel b(kind: mark) extends a(width=3) {\n}\n";
    let (file, _) = elbo_grammar::parse(text);
    let names: Vec<&str> =
        Names::new([&file]).parameters("b").iter().map(|parameter| parameter.name.value.as_str()).collect();
    assert_eq!(names, ["kind", "depth"]);
}

#[test]
fn many_layers_are_read_in_time_that_grows_with_their_number() {
    let count = 20_000;
    let layers: String = (0..count).map(|at| format!("  c{at}: linear(8)\n  relu\n")).collect();
    let marks: String = (0..count).map(|at| format!("  mark c{at} as bayes\n")).collect();
    let text = format!("model m {{\n  input vector[8]\n{layers}{marks}  output categorical\n}}\n");
    let (file, _) = elbo_grammar::parse(&text);
    let start = std::time::Instant::now();
    assert_eq!(Names::new([&file]).occurrences().len(), 2 * count + 1);
    // Some 50 ms on a machine that does nothing else; were each name looked for among all, it would be minutes.
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}
