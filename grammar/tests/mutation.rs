//! Single-token edits of the good files: a broken token must cost little and be reported where it is.

mod support;

use std::collections::BTreeMap;

use elbo_grammar::{TokenKind, parse, tokens};

/// What is inserted before every token.
const GARBAGE: &[&str] =
    &["%", "foo", "3x3", "\"", "=", ",", ":", ".", "@", "(", ")", "[", "]", "{", "}", ";", "model"];

/// What came of the edits.
#[derive(Default)]
struct Tally {
    edits: usize,
    silent: usize,
    near: usize,
    shown: usize,
    by_count: BTreeMap<usize, usize>,
    far: Vec<String>,
    many: Vec<String>,
}

impl Tally {
    fn edit(&mut self, what: &str, name: &str, source: &str, at: usize) {
        let (_, errors) = parse(source);
        self.edits += 1;
        *self.by_count.entry(errors.len()).or_default() += 1;
        let line = |offset: usize| support::line_column(source, offset).0;
        let place = format!("{name}:{}: {what}: {:?}", line(at), errors.iter().map(|e| &e.message).collect::<Vec<_>>());
        if errors.len() > 2 {
            self.many.push(place.clone());
        }
        let Some(first) = errors.first() else {
            self.silent += 1;
            return;
        };
        let near = |offset: usize| line(offset).abs_diff(line(at)) <= 1;
        let by_span = near(first.span.start);
        let by_related = first.related.as_ref().is_some_and(|(span, _)| near(span.start) || near(span.end));
        self.near += usize::from(by_span);
        self.shown += usize::from(by_span || by_related);
        if !by_span {
            self.far.push(place);
        }
    }
}

#[test]
fn single_token_edits_cost_little_and_are_found_where_they_are() {
    let mut tally = Tally::default();
    let mut turn = 0;
    for (name, path) in support::files("good") {
        let source = support::text(&path);
        for token in tokens(&source).filter(|token| !matches!(token.kind, TokenKind::Space | TokenKind::Comment)) {
            let (before, text, after) =
                (&source[..token.span.start], token.span.text(&source), &source[token.span.end..]);
            tally.edit(&format!("without {text:?}"), &name, &format!("{before}{after}"), token.span.start);
            tally.edit(&format!("{text:?} twice"), &name, &format!("{before}{text} {text}{after}"), token.span.start);
            // A quarter of the garbage at each token keeps this fast; over the files all of it meets all tokens.
            for _ in 0..GARBAGE.len().div_ceil(4) {
                let garbage = GARBAGE[turn % GARBAGE.len()];
                turn += 1;
                let edited = format!("{before} {garbage} {text}{after}");
                tally.edit(&format!("{garbage:?} before {text:?}"), &name, &edited, token.span.start + 1);
            }
        }
    }
    let wrong = tally.edits - tally.silent;
    let share = |part: usize| 100.0 * part as f64 / wrong as f64;
    println!("{} edits, {} still valid; errors per edit: {:?}", tally.edits, tally.silent, tally.by_count);
    println!(
        "first error within a line of the edit: {:.2} %, or a place it shows: {:.2} %",
        share(tally.near),
        share(tally.shown)
    );
    for far in &tally.far {
        println!("far: {far}");
    }
    for many in &tally.many {
        println!("many: {many}");
    }
    assert!(tally.many.is_empty(), "{} edits give more than two errors", tally.many.len());
    assert!(share(tally.near) >= 97.0, "the first error is near the edit in {:.2} % only", share(tally.near));
}
