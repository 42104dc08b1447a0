//! The words that editors colour by the TextMate grammar are those of the language.

use elbo_compiler::vocabulary;
use elbo_grammar::reserved::{CONNECTIVES, DECLARATIONS, MARKS, STATEMENTS};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// Every regular expression of a grammar with the scopes that it gives.
fn patterns(value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(object) => {
            if let Some(expression) = object.get("match").and_then(Value::as_str) {
                found.push((expression.to_owned(), value.to_string()));
            }
            object.values().for_each(|value| patterns(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| patterns(item, found)),
        _ => {}
    }
}

/// The words that alternate in an expression.
fn words(expression: &str) -> BTreeSet<&str> {
    expression.split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_').collect()
}

#[test]
fn every_reserved_word_is_coloured_as_what_it_is() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../grammar/editors/vscode/syntaxes/elbo.tmLanguage.json");
    let grammar: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut found = Vec::new();
    patterns(&grammar, &mut found);
    let coloured = |word: &str, scope: &str| {
        found.iter().any(|(expression, rule)| words(expression).contains(word) && rule.contains(scope))
    };
    let layers: Vec<&str> = vocabulary::LAYERS.iter().map(|layer| layer.name).collect();
    for (all, scope) in [
        (DECLARATIONS, "keyword."),
        (STATEMENTS, "keyword.control.elbo"),
        (MARKS, "storage.modifier.mark.elbo"),
        (&layers, "support.function.layer.elbo"),
    ] {
        for word in all {
            assert!(coloured(word, scope), "`{word}` is not coloured as `{scope}`");
        }
    }
    for word in CONNECTIVES {
        assert!(coloured(word, "keyword.other.elbo") || coloured(word, "constant.language"), "`{word}`");
    }
    // And nothing is coloured as a layer or mark that is none.
    let branches = vocabulary::CONTAINERS.iter().map(|word| word.name).chain(["branch"]);
    let layers: BTreeSet<&str> = layers.into_iter().chain(branches).collect();
    let (expression, _) = found.iter().find(|(_, rule)| rule.contains("support.function.layer.elbo")).unwrap();
    let others: Vec<&str> = words(expression).into_iter().filter(|word| word.len() > 1).collect();
    assert_eq!(others.into_iter().collect::<BTreeSet<_>>(), layers);
}
