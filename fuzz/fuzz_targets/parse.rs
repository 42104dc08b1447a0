//! Any text parses: no panic, and every place an error speaks of lies within the text.
//!
//! `cargo +nightly fuzz run parse` in this repository.

#![no_main]

use elbo_grammar::{MAXIMUM_ERRORS, Span, parse, parse_expression};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    let (file, errors) = parse(source);
    assert!(errors.len() <= MAXIMUM_ERRORS + 1);
    let check = |span: Span| assert!(span.start <= span.end && source.get(span.start..span.end).is_some(), "{span:?}");
    for error in &errors {
        check(error.span);
        error.related.iter().for_each(|(span, _)| check(*span));
    }
    file.declarations.iter().for_each(|declaration| check(declaration.span));
    if let Err(error) = parse_expression(source) {
        check(error.span);
    }
});
