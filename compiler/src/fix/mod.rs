//! Applies the machine-applicable fixes of diagnostics.
//!
//! [`apply`] is one pass over texts; [`fix_all`] checks and applies again until nothing changes. Neither
//! writes anything: the new texts are given back to whoever may.
//!
//! A fix is an edit that cannot change what a spec means: it turns what has no meaning into the one thing that can have
//! been meant. These are attached, and no others:
//!
//! | what is written | what the edit does | why nothing else can be meant |
//! |---|---|---|
//! | a word of the language in other case, with other separators, or with two letters swapped | writes the word | one word alone is spelt so (`suggest::certain`); words that are merely near are asked for in the help |
//! | a name with capital letters | writes it in lower case, where it is declared and where it is used | names have none, and the name in lower case exists (`capitals`) |
//! | a bracket, `:`, `=` or newline that is missing, doubled or of another kind | sets it right | there is one place for it; where there are two, nothing is edited |
//! | `.5`, `1.`, `10.0` or `"10"` where a whole number belongs | writes the same number | its value stays |
//! | `−`, a no-break space, a backslash in a text without other escapes | writes the character that looks the same | the language does not use them |
//! | `name: bayes linear(…)` | moves the mark in front | a mark stands nowhere else |
//! | `cifar10` for a source | adds `()` | no dataset is called so, and a source is |
//! | `concat() {` | removes the brackets | there is nothing in them |
//! | a file that uses itself | removes the `use` | its declarations are known in it anyway |
//! | `linear` on an image, right after a convolution, a pool or the input | adds `flatten` | see `check::network::flow`; on sequences, after normalisations and in residual networks there are other readings |
//!
//! Never edited: one name of the author's into another, one word of the language into another that is merely near,
//! numbers, arguments and units, marks, priors, estimators and objectives, transforms and splits, kinds of output.
//! What could be meant there is asked in the help.
//!
//! Before a diagnostic offers its edits, they are tried (`verify.rs`): the diagnostic must be gone, and no error may
//! stand in what was written. What fails is offered as help alone.

mod apply;
mod overlay;
mod verify;

use crate::diagnostic::{Diagnostic, SourceId};
use crate::findings::Findings;
use crate::sources::{SourceMap, Sources};
use std::collections::{BTreeMap, BTreeSet};

pub use apply::{Applied, apply};
use overlay::Overlay;
pub(crate) use verify::keep_verified;

/// How often [`fix_all`] checks and applies: a fix may reveal what another one fixes, but no chain is longer.
const MOST_ROUNDS: usize = 10;

/// Files after everything that has a fix was fixed.
#[derive(Debug, Clone, Default)]
pub struct Fixed {
    /// What is left to report, over the new texts.
    pub findings: Findings,
    /// The new text of every file that changed, by the path it was read under.
    pub texts: BTreeMap<String, String>,
    /// How many diagnostics were fixed.
    pub fixes: usize,
}

/// Checks by `check` and applies every fix, again and again until none is left. Only files for which
/// `may_change` holds are changed; it is asked with the path the file was read under.
///
/// What was applied is checked at once: a fix that leaves its diagnostic standing, or an error in what it wrote, is
/// taken back, and is not tried again.
pub fn fix_all(
    sources: &dyn Sources,
    check: impl Fn(&dyn Sources) -> Findings,
    may_change: impl Fn(&str) -> bool,
) -> Fixed {
    let mut fixed = Fixed { findings: check(sources), ..Fixed::default() };
    let mut refused: BTreeSet<Attempt> = BTreeSet::new();
    let mut seen = BTreeSet::from([fixed.texts.clone()]);
    for _ in 0..MOST_ROUNDS {
        let Some((texts, findings, fixes)) = round(sources, &check, &may_change, &fixed, &mut refused) else { break };
        // Fixes that undo each other would go in a cycle.
        if !seen.insert(texts.clone()) {
            break;
        }
        fixed = Fixed { findings, texts, fixes: fixed.fixes + fixes };
    }
    fixed
}

/// One pass of [`fix_all`]: the new texts, what is found in them, and the number of fixes; `None` where no fix is left.
fn round(
    sources: &dyn Sources,
    check: &impl Fn(&dyn Sources) -> Findings,
    may_change: &impl Fn(&str) -> bool,
    before: &Fixed,
    refused: &mut BTreeSet<Attempt>,
) -> Option<(BTreeMap<String, String>, Findings, usize)> {
    let found = &before.findings;
    let path = |source: SourceId| found.sources.get(source).path.as_str();
    loop {
        let mut diagnostics = found.diagnostics.clone();
        for diagnostic in diagnostics.iter_mut().filter(|diagnostic| !diagnostic.edits.is_empty()) {
            if refused.contains(&Attempt::of(&found.sources, diagnostic)) {
                diagnostic.edits.clear();
            }
        }
        let applied = apply(&found.sources, &diagnostics, |source| may_change(path(source)));
        if applied.fixed.is_empty() {
            return None;
        }
        let mut texts = before.texts.clone();
        texts.extend(applied.texts.iter().map(|(source, text)| (path(*source).to_owned(), text.clone())));
        let after = check(&Overlay { texts: &texts, read: &found.sources, under: sources });
        let failed =
            verify::failed((&found.sources, &diagnostics), &applied.fixed, (&after.sources, &after.diagnostics));
        if failed.is_empty() {
            return Some((texts, after, applied.fixed.len()));
        }
        refused.extend(failed.into_iter().map(|index| Attempt::of(&found.sources, &diagnostics[index])));
    }
}

/// A fix that was tried, known again after other fixes have moved it: its file, code and message, the line it is
/// reported at, and what it would write.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Attempt {
    path: String,
    code: &'static str,
    message: String,
    line: String,
    writes: Vec<String>,
}

impl Attempt {
    fn of(sources: &SourceMap, diagnostic: &Diagnostic) -> Self {
        let label = diagnostic.labels.first();
        let file = label.map(|label| sources.get(label.source));
        let text = file.map_or("", |file| file.text.as_str());
        let start = label.map_or(0, |label| label.span.start.min(text.len()));
        Self {
            path: file.map(|file| file.path.clone()).unwrap_or_default(),
            code: diagnostic.code.identifier(),
            message: diagnostic.message.clone(),
            line: text[verify::line_around(text, start)].to_owned(),
            writes: diagnostic.edits.iter().map(|edit| edit.text.clone()).collect(),
        }
    }
}
