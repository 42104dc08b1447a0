//! One pass over texts: the edits that go together are applied.

use crate::diagnostic::{Diagnostic, Edit, SourceId};
use crate::sources::SourceMap;
use std::collections::BTreeMap;

/// What one pass changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// The new text of every source that changed.
    pub texts: BTreeMap<SourceId, String>,
    /// Which of the diagnostics were fixed, by their places in what was given.
    pub fixed: Vec<usize>,
}

/// Applies the edits of `diagnostics` to the texts they are about: all edits of a diagnostic or none. Of two
/// fixes that touch the same text the first holds; the other waits for a pass over the new text. Fixes that
/// reach into a source that `may_change` refuses, or past its end, are left out.
pub fn apply(sources: &SourceMap, diagnostics: &[Diagnostic], may_change: impl Fn(SourceId) -> bool) -> Applied {
    let mut accepted: BTreeMap<SourceId, Accepted<'_>> = BTreeMap::new();
    let mut fixed = Vec::new();
    for (position, diagnostic) in diagnostics.iter().enumerate() {
        let edits = &diagnostic.edits;
        let possible = edits.iter().enumerate().all(|(index, edit)| {
            may_change(edit.source)
                && fits(sources, edit)
                && accepted.get(&edit.source).is_none_or(|accepted| accepted.has_room_for(edit))
                && !edits[..index].iter().any(|other| collide(other, edit))
        });
        if possible && !edits.is_empty() {
            fixed.push(position);
            for edit in edits {
                accepted.entry(edit.source).or_default().insert(edit);
            }
        }
    }
    let texts = accepted.into_iter().map(|(source, edits)| (source, edits.over(&sources.get(source).text))).collect();
    Applied { texts, fixed }
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
pub(super) fn fits(sources: &SourceMap, edit: &Edit) -> bool {
    let known = edit.source.0 < sources.len();
    known
        && edit.span.start <= edit.span.end
        && sources.get(edit.source).text.get(edit.span.start..edit.span.end).is_some()
}

/// Whether two edits touch: then the one cannot know what the other makes of their common text.
fn collide(left: &Edit, right: &Edit) -> bool {
    left.source == right.source && left.span.start <= right.span.end && right.span.start <= left.span.end
}
