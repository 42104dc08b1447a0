//! Applies the machine-applicable fixes of diagnostics.
//!
//! [`apply`] is one pass over texts; [`mend`] checks and applies again until nothing changes. Neither
//! writes anything: the new texts are given back to whoever may.

use crate::check_files::Findings;
use crate::diagnostic::{Diagnostic, Edit, SourceId};
use crate::sources::{SourceMap, Sources};
use std::collections::{BTreeMap, BTreeSet};

/// How often [`mend`] checks and applies: a fix may reveal what another one mends, but no chain is longer.
const MOST_ROUNDS: usize = 10;

/// What one pass changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// The new text of every source that changed.
    pub texts: BTreeMap<SourceId, String>,
    /// How many diagnostics were mended.
    pub fixes: usize,
}

/// Applies the edits of `diagnostics` to the texts they are about: all edits of a diagnostic or none. Of two
/// fixes that touch the same text the first holds; the other waits for a pass over the new text. Fixes that
/// reach into a source that `may_change` refuses, or past its end, are left out.
pub fn apply(sources: &SourceMap, diagnostics: &[Diagnostic], may_change: impl Fn(SourceId) -> bool) -> Applied {
    let mut accepted: BTreeMap<SourceId, Accepted<'_>> = BTreeMap::new();
    let mut fixes = 0;
    for diagnostic in diagnostics.iter().filter(|diagnostic| !diagnostic.edits.is_empty()) {
        let edits = &diagnostic.edits;
        let possible = edits.iter().enumerate().all(|(index, edit)| {
            may_change(edit.source)
                && fits(sources, edit)
                && accepted.get(&edit.source).is_none_or(|accepted| accepted.has_room_for(edit))
                && !edits[..index].iter().any(|other| collide(other, edit))
        });
        if possible {
            fixes += 1;
            for edit in edits {
                accepted.entry(edit.source).or_default().insert(edit);
            }
        }
    }
    let texts = accepted.into_iter().map(|(source, edits)| (source, edits.over(&sources.get(source).text))).collect();
    Applied { texts, fixes }
}

/// The edits of one source that were accepted, by where they start; none touches another.
#[derive(Default)]
struct Accepted<'d>(BTreeMap<usize, &'d Edit>);

impl<'d> Accepted<'d> {
    /// Only the neighbours on either side can collide, as none of those accepted touches another.
    fn has_room_for(&self, edit: &Edit) -> bool {
        let before = self.0.range(..=edit.span.start).next_back();
        let after = self.0.range(edit.span.start..).next();
        before.into_iter().chain(after).all(|(_, other)| !collide(other, edit))
    }

    fn insert(&mut self, edit: &'d Edit) {
        self.0.insert(edit.span.start, edit);
    }

    fn over(&self, text: &str) -> String {
        let mut result = String::with_capacity(text.len());
        let mut position = 0;
        for edit in self.0.values() {
            result.push_str(&text[position..edit.span.start]);
            result.push_str(&edit.text);
            position = edit.span.end;
        }
        result.push_str(&text[position..]);
        result
    }
}

/// Whether the edit's range is one of its source.
fn fits(sources: &SourceMap, edit: &Edit) -> bool {
    let known = edit.source.0 < sources.len();
    known
        && edit.span.start <= edit.span.end
        && sources.get(edit.source).text.get(edit.span.start..edit.span.end).is_some()
}

/// Whether two edits touch: then the one cannot know what the other makes of their common text.
fn collide(left: &Edit, right: &Edit) -> bool {
    left.source == right.source && left.span.start <= right.span.end && right.span.start <= left.span.end
}

/// Files after everything that could be mended was.
#[derive(Debug, Clone, Default)]
pub struct Mended {
    /// What is left to report, over the new texts.
    pub findings: Findings,
    /// The new text of every file that changed, by the path it was read under.
    pub texts: BTreeMap<String, String>,
    /// How many diagnostics were mended.
    pub fixes: usize,
}

/// Checks by `check` and applies every fix, again and again until none is left. Only files for which
/// `may_change` holds are changed; it is asked with the path the file was read under.
pub fn mend(
    sources: &dyn Sources,
    check: impl Fn(&dyn Sources) -> Findings,
    may_change: impl Fn(&str) -> bool,
) -> Mended {
    let mut mended = Mended::default();
    let mut seen: BTreeSet<BTreeMap<String, String>> = BTreeSet::new();
    loop {
        let findings = check(&Overlay { texts: &mended.texts, under: sources });
        let path = |source: SourceId| findings.sources.get(source).path.as_str();
        let applied = apply(&findings.sources, &findings.diagnostics, |source| may_change(path(source)));
        // Fixes that undo each other would go in a circle.
        if applied.fixes == 0 || seen.len() == MOST_ROUNDS || !seen.insert(mended.texts.clone()) {
            return Mended { findings, ..mended };
        }
        mended.fixes += applied.fixes;
        let texts = applied.texts.into_iter().map(|(source, text)| (path(source).to_owned(), text));
        mended.texts.extend(texts.collect::<Vec<_>>());
    }
}

/// New texts over those on disk.
struct Overlay<'s> {
    texts: &'s BTreeMap<String, String>,
    under: &'s dyn Sources,
}

impl Sources for Overlay<'_> {
    fn resolve(&self, from: Option<&str>, path: &str) -> Result<String, String> {
        self.under.resolve(from, path)
    }

    fn read(&self, resolved: &str) -> Result<String, String> {
        match self.texts.get(resolved) {
            Some(text) => Ok(text.clone()),
            None => self.under.read(resolved),
        }
    }
}
