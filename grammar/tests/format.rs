//! The canonical layout: what it looks like, and that nothing is lost on the way to it.

mod support;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use elbo_grammar::{TokenKind, format, parse, tokens};
use proptest::prelude::*;
use support::layout::assert_kept;

/// Cases are pairs of files, `NAME.elbo` and `NAME.formatted.elbo`; `ELBO_UPDATE=1` rewrites the second.
#[test]
fn texts_are_laid_out_as_their_cases_show() {
    let update = std::env::var_os("ELBO_UPDATE").is_some();
    let mut wrong = String::new();
    for (name, path) in support::files("format").into_iter().filter(|(name, _)| !name.ends_with(".formatted")) {
        let actual = assert_kept(&support::text(&path));
        let formatted = path.with_extension("formatted.elbo");
        if update {
            std::fs::write(&formatted, actual).expect("the folder is writable");
        } else if std::fs::read_to_string(&formatted).unwrap_or_default() != actual {
            let _ = write!(wrong, "\n{name} became\n{actual}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_file_keeps_its_meaning() {
    for folder in ["good", "bad"] {
        support::files(folder).iter().for_each(|(_, path)| drop(assert_kept(&support::text(path))));
    }
    support::specs().iter().for_each(|path| drop(assert_kept(&support::text(path))));
}

#[test]
fn the_specs_are_canonical() {
    for path in support::specs() {
        if path.parent().is_some_and(|folder| folder.ends_with("specs") || folder.ends_with("examples")) {
            let source = support::text(&path);
            assert_eq!(format(&source), source, "{}", path.display());
        }
    }
}

/// What is inserted before every token.
const GARBAGE: &[&str] =
    &["%", "foo", "3x3", "\"", "=", ",", ":", ".", "@", "(", ")", "[", "]", "{", "}", ";", "model", "# c\n", "\n"];

/// How the edits of a file came out.
#[derive(Default)]
struct Tally {
    edits: usize,
    broken: usize,
    left: usize,
}

impl Tally {
    /// `source` is not canonical, so that a text which stays as it is was given up on.
    fn edit(&mut self, source: &str) {
        let text = assert_kept(source);
        self.edits += 1;
        if !parse(source).1.is_empty() {
            self.broken += 1;
            self.left += usize::from(text == source);
        }
    }
}

/// From the beginning of the declaration before the one at `offset` to the end of the one behind it.
fn neighbourhood(source: &str, offset: usize) -> (usize, usize) {
    let start = source[..offset].rmatch_indices("\n}\n").nth(1).map_or(0, |(edge, _)| edge + 3);
    let end = source[offset..].match_indices("\n}\n").nth(1).map_or(source.len(), |(edge, _)| offset + edge + 3);
    (start, end)
}

/// Edits every token of a file; `turn` is which garbage comes first.
fn edit_everywhere(path: &Path, turn: usize) -> Tally {
    let mut tally = Tally::default();
    let mut garbage = GARBAGE.iter().cycle().skip(turn);
    // Another indentation than the canonical one.
    let source = support::text(path).replace("\n  ", "\n   ");
    for token in tokens(&source).filter(|token| token.kind != TokenKind::Space) {
        // The declaration the token is in and its neighbours: the rest of a file is further copies of the same.
        let (start, end) = neighbourhood(&source, token.span.start);
        let (before, text, after) =
            (&source[start..token.span.start], token.span.text(&source), &source[token.span.end..end]);
        tally.edit(&format!("{before}{after}"));
        tally.edit(&format!("{before}{text} {text}{after}"));
        // A part of the garbage at each token keeps this fast; over the files all of it meets all tokens.
        for garbage in garbage.by_ref().take(2) {
            tally.edit(&format!("{before} {garbage} {text}{after}"));
        }
    }
    tally
}

#[test]
fn single_token_edits_keep_their_meaning() {
    let good = support::files("good").into_iter().map(|(_, path)| path);
    let in_specs = |path: &PathBuf| path.parent().is_some_and(|folder| folder.ends_with("specs"));
    let files: Vec<PathBuf> = good.chain(support::specs().into_iter().filter(in_specs)).collect();
    let tallies: Vec<Tally> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (1..).zip(&files).map(|(turn, path)| scope.spawn(move || edit_everywhere(path, turn))).collect();
        threads.into_iter().map(|thread| thread.join().expect("the edits of a file keep their meaning")).collect()
    });
    let sum = |part: fn(&Tally) -> usize| tallies.iter().map(part).sum::<usize>();
    let (edits, broken, left) = (sum(|tally| tally.edits), sum(|tally| tally.broken), sum(|tally| tally.left));
    println!("{edits} edits, {broken} of them broken, {left} of these left as they are");
    // A text whose only part that is not canonical is broken is left as it is, too.
    assert!(left * 50 <= broken, "{left} of {broken} broken texts are left as they are");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_string_is_kept(source in "(?s).{0,200}") {
        assert_kept(&source);
    }

    #[test]
    fn any_soup_of_tokens_is_kept(
        picks in prop::collection::vec((0..support::PIECES.len(), any::<bool>()), 0..120)
    ) {
        let piece = |(pick, space): (usize, bool)| format!("{}{}", support::PIECES[pick], if space { " " } else { "" });
        let source: String = picks.into_iter().map(piece).collect();
        assert_kept(&source);
    }

    #[test]
    fn any_end_of_a_good_file_is_kept(cut in 0.0..1.0f64) {
        let source = include_str!("good/network.elbo");
        let mut end = (source.len() as f64 * cut) as usize;
        while !source.is_char_boundary(end) {
            end -= 1;
        }
        assert_kept(&source[..end]);
    }
}
