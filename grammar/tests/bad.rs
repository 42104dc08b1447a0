//! Files that must not parse: each ends with the errors it should give, one a line, as
//! `#! error KIND line:column message`, a `#!   help: …` and `#!   see line:column: …` and `#!   edit: …` below where there is one.
//!
//! `ELBO_UPDATE=1 cargo test -p elbo-grammar --test bad` rewrites these lines; read the difference.

mod support;

use std::fmt::Write as _;

use elbo_grammar::parse;

#[test]
fn bad_files_give_the_errors_they_should() {
    let update = std::env::var_os("ELBO_UPDATE").is_some();
    let mut wrong = String::new();
    for (name, path) in support::files("bad") {
        let source = support::text(&path);
        let code: String = source.split_inclusive('\n').filter(|line| !line.starts_with("#!")).collect();
        let expected: String = source.split_inclusive('\n').filter(|line| line.starts_with("#!")).collect();
        let actual = described(&code);
        assert!(!actual.is_empty(), "{name} parses without errors");
        if update {
            std::fs::write(&path, code + &actual).expect("the folder is writable");
        } else if actual != expected {
            let _ = write!(wrong, "\n{name}: expected\n{expected}{name}: but got\n{actual}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn described(code: &str) -> String {
    let mut out = String::new();
    for error in parse(code).1 {
        let (line, column) = support::line_column(code, error.span.start);
        let _ = writeln!(out, "#! error {:?} {line}:{column} {}", error.kind, error.message);
        let _ = writeln!(out, "#!   {:?}: {}", error.span.text(code), error.label);
        if let Some((span, text)) = error.related {
            let (line, column) = support::line_column(code, span.start);
            let _ = writeln!(out, "#!   see {line}:{column}: {text}");
        }
        if let Some(help) = error.help {
            let _ = writeln!(out, "#!   help: {help}");
        }
        for (span, text) in error.edits {
            let _ = writeln!(out, "#!   edit: {:?} becomes {text:?}", span.text(code));
        }
    }
    out
}
