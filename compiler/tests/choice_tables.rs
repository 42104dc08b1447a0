//! What the reference says of priors and outputs is what the compiler's tables say.
//! `ELBO_UPDATE=1 cargo test -p elbo-compiler --test choice_tables` writes it.

use elbo_compiler::vocabulary::{OUTPUTS, PRIORS, Parameter, Signature};
use std::path::Path;

/// A text with what stands between two others replaced by these lines.
fn replaced(text: &str, begin: &str, end: &str, lines: &[String]) -> String {
    let start = text.find(begin).unwrap_or_else(|| panic!("`{begin}` is missing")) + begin.len();
    let stop = start + text[start..].find(end).unwrap_or_else(|| panic!("`{end}` is missing"));
    format!("{}{}\n{}", &text[..start], lines.join("\n"), &text[stop..])
}

/// A function with every argument: its default, or `…` where it must be given.
fn call(signature: &Signature) -> String {
    let argument = |parameter: &Parameter| {
        let default = parameter.default.map_or_else(|| "…".to_owned(), |default| default.to_string());
        format!("{}={default}", parameter.name)
    };
    let arguments: Vec<String> = signature.parameters.iter().map(argument).collect();
    if arguments.is_empty() {
        signature.name.to_owned()
    } else {
        format!("{}({})", signature.name, arguments.join(", "))
    }
}

/// A text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// Every prior.
fn priors() -> Vec<String> {
    let mut lines = vec!["| prior | what it is |".to_owned(), "|---|---|".to_owned()];
    lines.extend(PRIORS.iter().map(|prior| format!("| `{}` | {} |", call(prior), cell(prior.documentation))));
    lines
}

/// Every output, with what stands in its arguments.
fn outputs() -> Vec<String> {
    let of = |parameter: &Parameter| -> Vec<String> {
        let words = parameter.values.iter().map(|word| format!("`{}`: {}", word.name, word.documentation));
        std::iter::once(format!("`{}`: {}", parameter.name, parameter.documentation)).chain(words).collect()
    };
    let said = |output: &Signature| {
        let further = output.parameters.iter().flat_map(of);
        std::iter::once(output.documentation.to_owned()).chain(further).collect::<Vec<_>>().join(" ")
    };
    let mut lines = vec!["| output | what it predicts |".to_owned(), "|---|---|".to_owned()];
    lines.extend(OUTPUTS.iter().map(|output| format!("| `{}` | {} |", call(output), cell(&said(output)))));
    lines
}

#[test]
fn the_reference_says_what_the_tables_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../grammar/REFERENCE.md");
    let text = std::fs::read_to_string(&path).expect("the file is part of the sources");
    let mut wanted = replaced(&text, "### Priors\n\n", "\n### Layers", &priors());
    let (begin, end) = ("says what the numbers of the last layer mean:\n\n", "\nThe logarithms of learned variances");
    wanted = replaced(&wanted, begin, end, &outputs());
    if std::env::var_os("ELBO_UPDATE").is_some() {
        std::fs::write(&path, wanted).expect("the folder is writable");
    } else {
        assert!(text == wanted, "the reference differs from the compiler's tables; ELBO_UPDATE=1 writes it");
    }
}
