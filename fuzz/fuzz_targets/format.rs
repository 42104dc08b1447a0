//! Any text can be laid out: the same errors, the same comments, no byte lost, and nothing to do a second time.
//!
//! `cargo +nightly fuzz run format` in this repository.

#![no_main]

use elbo_grammar::{format, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    let text = format(source);
    assert_eq!(format(&text), text);
    assert_eq!(content(source), content(&text));
    let ((before, errors), (after, errors_after)) = (parse(source), parse(&text));
    let kinds = |errors: &[elbo_grammar::SyntaxError]| errors.iter().map(|error| error.kind).collect::<Vec<_>>();
    assert_eq!(kinds(&errors), kinds(&errors_after));
    let comments = |file: &elbo_grammar::ast::File| -> Vec<String> {
        file.comments.iter().map(|comment| comment.text.trim_end().to_owned()).collect()
    };
    assert_eq!(comments(&before), comments(&after));
    assert_eq!(without_places(&before), without_places(&after));
});

/// All but white space, a byte order mark, commas and `;`.
fn content(source: &str) -> String {
    source.chars().filter(|c| !c.is_whitespace() && !matches!(c, ';' | ',' | '\u{FEFF}')).collect()
}

/// The declarations of a file with every place taken out.
fn without_places(file: &elbo_grammar::ast::File) -> String {
    let shown = format!("{:?}", file.declarations);
    let mut parts = shown.split("Span { start: ");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
    }
    kept
}
