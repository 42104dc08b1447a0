//! Single-token edits of every spec that ships: each deletion, duplication and insertion of garbage must cost
//! at most two findings, the first of them where the edit is.
//!
//! A finding counts if the unedited file does not have it. An edit that gives none has made another valid spec.
//!
//! Where a fix is offered for what an edit has broken, applying every fix must give back what the unedited file means:
//! the same runs, members, models and claims.

mod support;

use elbo_compiler::compile;
use elbo_compiler::diagnostic::Diagnostic;
use elbo_compiler::sources::{MemorySources, Sources};
use elbo_grammar::{TokenKind, tokens};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is inserted before a token; each token meets some of it in turn, over the files all of it.
const GARBAGE: &[&str] =
    &["%", "foo", "3x3", "\"", "=", ",", ":", ".", "@", "(", ")", "[", "]", "{", "}", ";", "model"];

/// How many kinds of garbage each token meets.
const GARBAGE_A_TOKEN: usize = 3;

/// Most findings an edit may give.
const MOST: usize = 2;

/// The share of edits whose first finding is within a line of the edit, at least.
const NEAR: f64 = 0.97;

/// The folders of specs, with the files that a spec may use.
fn specs() -> (Vec<PathBuf>, Folder) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut paths = Vec::new();
    for folder in ["specs", "examples"] {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else { continue };
        paths.extend(entries.map(|entry| entry.expect("the folder can be read").path()));
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "elbo"));
    paths.sort();
    let mut folder = Folder::default();
    for path in &paths {
        let name = path.file_name().expect("it has an extension").to_string_lossy().into_owned();
        folder.texts.insert(name, std::fs::read_to_string(path).expect("specs are UTF-8"));
    }
    (paths, folder)
}

/// Sources in one flat folder; one of them is edited.
#[derive(Default)]
struct Folder {
    texts: BTreeMap<String, String>,
}

struct Edited<'f> {
    folder: &'f Folder,
    name: &'f str,
    text: String,
}

impl Sources for Edited<'_> {
    fn resolve(&self, from: Option<&str>, path: &str) -> Result<String, String> {
        MemorySources::default().resolve(from, path)
    }

    fn read(&self, resolved: &str) -> Result<String, String> {
        if resolved == self.name {
            return Ok(self.text.clone());
        }
        self.folder.texts.get(resolved).cloned().ok_or_else(|| "there is no such file".to_owned())
    }
}

/// What came of the edits.
#[derive(Default)]
struct Tally {
    edits: usize,
    by_count: BTreeMap<usize, usize>,
    near: usize,
    far: Vec<String>,
    many: Vec<String>,
    fixed: usize,
    /// What fixes have made something else of than it was.
    misread: Vec<String>,
}

/// An unedited file.
struct Original<'f> {
    name: &'f str,
    folder: &'f Folder,
    /// What is found in it.
    known: Vec<(String, String)>,
    meaning: Option<BTreeMap<String, String>>,
}

/// A finding without its place, by which it is known again in the unedited file.
fn essence(diagnostic: &Diagnostic) -> (String, String) {
    (diagnostic.code.to_string(), diagnostic.message.clone())
}

fn line(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())].iter().filter(|byte| **byte == b'\n').count()
}

impl Tally {
    fn edit(&mut self, what: &str, original: &Original<'_>, text: String, at: usize) {
        let Original { name, folder, known, .. } = original;
        let edited = Edited { folder, name, text };
        let compilation = compile(name, &edited, None, &[]);
        if compilation.diagnostics.iter().any(|diagnostic| !diagnostic.edits.is_empty()) {
            self.fix(what, original, &edited);
        }
        let mut known = known.clone();
        let found: Vec<&Diagnostic> = compilation
            .diagnostics
            .iter()
            .filter(|diagnostic| {
                let position = known.iter().position(|other| *other == essence(diagnostic));
                position.map(|position| known.swap_remove(position)).is_none()
            })
            .collect();
        self.edits += 1;
        *self.by_count.entry(found.len()).or_default() += 1;
        let shown = || {
            let found: Vec<String> = found
                .iter()
                .map(|diagnostic| {
                    let place = diagnostic.labels.first().map_or(0, |label| line(&edited.text, label.span.start) + 1);
                    format!("{} {} at {place}", diagnostic.code, diagnostic.message)
                })
                .collect();
            format!("{name}:{}: {what}: {found:?}", line(&edited.text, at) + 1)
        };
        if found.len() > MOST {
            self.many.push(shown());
        }
        let Some(first) = found.first() else { return };
        let is_near = first.labels.first().is_some_and(|label| {
            let place = [label.span.start, label.span.end].map(|end| line(&edited.text, end));
            let edit = line(&edited.text, at);
            place.iter().any(|place| place.abs_diff(edit) <= 1)
        });
        if is_near {
            self.near += 1;
        } else {
            self.far.push(shown());
        }
    }
}

impl Tally {
    /// Applies every fix to an edited file and compares what it means then with what it meant.
    fn fix(&mut self, what: &str, original: &Original<'_>, edited: &Edited<'_>) {
        let result = support::fixed(original.name, edited);
        let Some(text) = result.texts.get(original.name) else { return };
        self.fixed += 1;
        let fixed = Edited { folder: original.folder, name: original.name, text: text.clone() };
        let found = support::meaning(&compile(original.name, &fixed, None, &[]));
        if found != original.meaning {
            let errors: Vec<String> =
                result.findings.diagnostics.iter().map(|diagnostic| diagnostic.message.clone()).collect();
            let changes: Vec<String> = edited
                .text
                .lines()
                .zip(text.lines())
                .filter(|(before, after)| before != after)
                .map(|(before, after)| format!("{before:?} → {after:?}"))
                .collect();
            self.misread.push(format!("{}: {what}: {changes:?}, with {errors:?}", original.name));
        }
    }
}

#[test]
fn single_token_edits_cost_little_and_are_found_where_they_are() {
    let (paths, folder) = specs();
    assert!(paths.len() >= 4, "the specs are part of the sources");
    let mut tally = Tally::default();
    let mut turn = 0;
    for (name, text) in &folder.texts {
        let unedited = compile(name, &Edited { folder: &folder, name, text: text.clone() }, None, &[]);
        let original = Original {
            name,
            folder: &folder,
            known: unedited.diagnostics.iter().map(essence).collect(),
            meaning: support::meaning(&unedited),
        };
        for token in tokens(text).filter(|token| !matches!(token.kind, TokenKind::Space | TokenKind::Comment)) {
            let (before, token_text, after) =
                (&text[..token.span.start], token.span.text(text), &text[token.span.end..]);
            let at = token.span.start;
            let mut edit = |what: String, edited: String, at: usize| tally.edit(&what, &original, edited, at);
            edit(format!("without {token_text:?}"), format!("{before}{after}"), at);
            edit(format!("{token_text:?} twice"), format!("{before}{token_text} {token_text}{after}"), at);
            for _ in 0..GARBAGE_A_TOKEN {
                let garbage = GARBAGE[turn % GARBAGE.len()];
                turn += 1;
                edit(
                    format!("{garbage:?} before {token_text:?}"),
                    format!("{before} {garbage} {token_text}{after}"),
                    at + 1,
                );
            }
        }
    }
    let wrong = tally.near + tally.far.len();
    let share = tally.near as f64 / wrong as f64;
    println!("{} edits of {} specs; findings an edit: {:?}", tally.edits, paths.len(), tally.by_count);
    println!("first finding within a line of the edit: {:.2} % of {wrong}", 100.0 * share);
    for many in &tally.many {
        println!("many: {many}");
    }
    for far in &tally.far {
        println!("far: {far}");
    }
    println!("{} edits are fixed", tally.fixed);
    for misread in &tally.misread {
        println!("misread: {misread}");
    }
    assert!(tally.misread.is_empty(), "fixes of {} edits change what the spec means", tally.misread.len());
    assert!(tally.fixed > 100, "only {} edits are fixed", tally.fixed);
    assert!(tally.many.is_empty(), "{} edits give more than {MOST} findings", tally.many.len());
    assert!(share >= NEAR, "the first finding is near the edit in {:.2} % only", 100.0 * share);
}

/// Misspelt words: each word of every spec with two letters swapped, one left out, one doubled, or a capital. What is
/// fixed means what the unedited spec means; most is only asked for.
#[test]
fn misspelt_words_are_restored_or_left_alone() {
    let (_, folder) = specs();
    let mut tally = Tally::default();
    let mut turn = 0;
    for (name, text) in &folder.texts {
        let unedited = compile(name, &Edited { folder: &folder, name, text: text.clone() }, None, &[]);
        let meaning = support::meaning(&unedited);
        let original = Original { name, folder: &folder, known: Vec::new(), meaning };
        for token in tokens(text).filter(|token| token.kind == TokenKind::Word) {
            let word = token.span.text(text);
            turn += 1;
            let Some(misspelt) = misspelt(word, turn) else { continue };
            let edited = format!("{}{misspelt}{}", &text[..token.span.start], &text[token.span.end..]);
            let edited = Edited { folder: &folder, name, text: edited };
            tally.edits += 1;
            tally.fix(&format!("{word} as {misspelt}"), &original, &edited);
        }
    }
    println!("{} misspelt words, {} fixed", tally.edits, tally.fixed);
    for misread in &tally.misread {
        println!("misread: {misread}");
    }
    assert!(tally.misread.is_empty(), "fixes of {} words change what the spec means", tally.misread.len());
    assert!(tally.fixed > 100, "only {} words are fixed", tally.fixed);
}

/// A word with a slip in it, of a kind and at a place that `turn` decides; none where it would stay the same.
fn misspelt(word: &str, turn: usize) -> Option<String> {
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() < 3 {
        return None;
    }
    let place = (turn / 4) % (letters.len() - 1);
    match turn % 4 {
        0 => letters.swap(place, place + 1),
        1 => drop(letters.remove(place)),
        2 => letters.insert(place, letters[place]),
        _ => letters[0] = letters[0].to_ascii_uppercase(),
    }
    let misspelt: String = letters.into_iter().collect();
    (misspelt != word).then_some(misspelt)
}
