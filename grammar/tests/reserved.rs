//! The grammar's own lists of words agree with the public ones.

use elbo_grammar::layer_names::{NAMED_LAYERS, NAMELESS_LAYERS};
use elbo_grammar::reserved::{DECLARATIONS, MARKS, STATEMENTS};
use elbo_grammar::{RESERVED, SyntaxErrorKind, parse};

fn in_model(line: &str) -> Vec<SyntaxErrorKind> {
    parse(&format!("model m {{\n  {line}\n}}\n")).1.into_iter().map(|error| error.kind).collect()
}

#[test]
fn every_reserved_word_is_refused_as_a_name() {
    for word in RESERVED {
        assert_eq!(in_model(&format!("{word}: linear(1)")), [SyntaxErrorKind::ReservedName], "{word}");
        for text in [
            format!("model {word} {{\n}}\n"),
            format!("train {word} {{\n}}\n"),
            format!("prior {word} = normal()\n"),
            format!("model m({word}: int) {{\n}}\n"),
        ] {
            let kinds: Vec<_> = parse(&text).1.into_iter().map(|error| error.kind).collect();
            assert_eq!(kinds, [SyntaxErrorKind::ReservedName], "{text}");
        }
    }
}

#[test]
fn reserved_words_are_free_as_keys_arguments_and_values() {
    for word in RESERVED.into_iter().filter(|word| !matches!(*word, "true" | "false")) {
        let text = format!("run r {{\n  {word} = a\n  vary.{word} = f({word}=1, {word}, {word}(2))\n}}\n");
        assert_eq!(parse(&text).1, [], "{text}");
    }
}

#[test]
fn marks_are_operations_and_keywords_are_not() {
    for word in MARKS {
        assert_eq!(in_model(&format!("{word} linear(1)")), [], "{word}");
        assert_eq!(in_model(&format!("{word}(0.5)")), [], "{word}");
    }
    for word in DECLARATIONS.iter().chain(STATEMENTS) {
        assert_eq!(in_model(&format!("x: {word}(1)")), [SyntaxErrorKind::Unexpected], "{word} is no layer");
    }
}

/// A layer that is new in the language breaks no spec that calls something by its name.
#[test]
fn names_of_layers_are_free() {
    for word in NAMED_LAYERS.iter().chain(NAMELESS_LAYERS) {
        assert_eq!(in_model(&format!("{word}: {word}(1)")), [], "{word}");
        assert_eq!(in_model(&format!("{word} x: linear(1)")), [], "a mark may be called {word}");
        for text in [format!("block {word}({word}: int) {{\n}}\n"), format!("prior {word} = normal()\n")] {
            assert_eq!(parse(&text).1, [], "{text}");
        }
    }
}
