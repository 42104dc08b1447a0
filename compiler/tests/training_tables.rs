//! What the reference says of optimizers and schedules is what the compiler's tables say. `ELBO_UPDATE=1 cargo test
//! --workspace --test training_tables` writes it.

use elbo_compiler::vocabulary::{DefaultValue, Signature, keys};
use elbo_grammar::ast::SettingsKind;
use std::path::Path;

/// A function as the reference writes it, such as `step(every, factor=0.1)`.
fn written(function: &Signature) -> String {
    let parameters: Vec<String> = function
        .parameters
        .iter()
        .map(|parameter| match parameter.default {
            Some(DefaultValue::Written(default)) => format!("{}={default}", parameter.name),
            Some(DefaultValue::SameAs(_) | DefaultValue::InWords(_)) | None => parameter.name.to_owned(),
        })
        .collect();
    format!("`{}({})`", function.name, parameters.join(", "))
}

#[test]
fn the_reference_lists_optimizers_and_schedules() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../grammar/REFERENCE.md");
    let mut text = std::fs::read_to_string(&path).expect("the reference is part of the sources");
    let found = text.clone();
    for (key, end) in [("optimizer", " | needed |"), ("learning_rate", "; monitors are")] {
        let parameter = keys(SettingsKind::Train).iter().find(|parameter| parameter.name == key);
        let values = parameter.expect("it is a key of a training regime").values;
        let begin = format!("| `{key}` | ");
        let start = text.find(&begin).unwrap_or_else(|| panic!("the reference has no line of `{key}`")) + begin.len();
        let length = text[start..].find(end).unwrap_or_else(|| panic!("the line of `{key}` has no `{end}`"));
        let all: Vec<String> = values.iter().map(written).collect();
        text.replace_range(start..start + length, &all.join(", "));
    }
    if std::env::var_os("ELBO_UPDATE").is_some() {
        std::fs::write(&path, text).expect("the folder is writable");
    } else {
        assert!(text == found, "REFERENCE.md differs from the compiler's tables; ELBO_UPDATE=1 writes it");
    }
}
