//! What must hold of a text and its canonical layout.

use elbo_grammar::{SyntaxErrorKind, format, parse};

use super::dump;

/// Formats a text and asserts that nothing was lost, and that formatting again changes nothing.
pub fn assert_kept(source: &str) -> String {
    let text = format(source);
    let (before, errors) = parse(source);
    let (after, errors_after) = parse(&text);
    let kinds = |errors: &[elbo_grammar::SyntaxError]| -> Vec<(SyntaxErrorKind, String)> {
        errors.iter().map(|error| (error.kind, error.message.clone())).collect()
    };
    assert_eq!(kinds(&errors), kinds(&errors_after), "other errors:\n{source}\n-- became --\n{text}");
    assert_eq!(dump::file(&before), dump::file(&after), "another tree:\n{source}\n-- became --\n{text}");
    let comments = |file: &elbo_grammar::ast::File| -> Vec<(bool, String)> {
        file.comments.iter().map(|comment| (comment.doc, comment.text.trim_end().to_owned())).collect()
    };
    assert_eq!(comments(&before), comments(&after), "other comments:\n{source}\n-- became --\n{text}");
    assert_eq!(content(source), content(&text), "bytes were lost:\n{source}\n-- became --\n{text}");
    assert_eq!(format(&text), text, "not the last word:\n{source}");
    text
}

/// What a layout may not change: all but white space, a byte order mark, and commas and `;`, which the tree and
/// the comments tell of where they matter.
fn content(source: &str) -> String {
    source.chars().filter(|c| !c.is_whitespace() && !matches!(c, ';' | ',' | '\u{FEFF}')).collect()
}
