//! Single-token edits of every spec that ships: each deletion, duplication and insertion of garbage must cost
//! at most two findings, the first of them where the edit is.
//!
//! A finding counts if the unedited file does not have it. An edit that gives none has made another valid spec.

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
}

/// A finding without its place, by which it is known again in the unedited file.
fn essence(diagnostic: &Diagnostic) -> (String, String) {
    (diagnostic.code.to_string(), diagnostic.message.clone())
}

fn line(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())].iter().filter(|byte| **byte == b'\n').count()
}

impl Tally {
    fn edit(&mut self, what: &str, name: &str, folder: &Folder, text: String, at: usize, known: &[(String, String)]) {
        let edited = Edited { folder, name, text };
        let compilation = compile(name, &edited, None, &[]);
        let mut known = known.to_vec();
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

#[test]
fn single_token_edits_cost_little_and_are_found_where_they_are() {
    let (paths, folder) = specs();
    assert!(paths.len() >= 4, "the specs are part of the sources");
    let mut tally = Tally::default();
    let mut turn = 0;
    for (name, text) in &folder.texts {
        let unedited = Edited { folder: &folder, name, text: text.clone() };
        let known: Vec<(String, String)> =
            compile(name, &unedited, None, &[]).diagnostics.iter().map(essence).collect();
        for token in tokens(text).filter(|token| !matches!(token.kind, TokenKind::Space | TokenKind::Comment)) {
            let (before, token_text, after) =
                (&text[..token.span.start], token.span.text(text), &text[token.span.end..]);
            let at = token.span.start;
            let mut edit =
                |what: String, edited: String, at: usize| tally.edit(&what, name, &folder, edited, at, &known);
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
    assert!(tally.many.is_empty(), "{} edits give more than {MOST} findings", tally.many.len());
    assert!(share >= NEAR, "the first finding is near the edit in {:.2} % only", 100.0 * share);
}
