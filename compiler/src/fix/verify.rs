//! Whether fixes did what they promise.
//!
//! A fix is judged by what a compilation of the new texts says: its diagnostic is gone, and what it wrote holds no
//! error of its own. What only comes to light because a mistake in front of it is gone is no fault of a fix: a
//! declaration whose keyword is put right is read for the first time.

use super::{Overlay, apply, fits};
use crate::codes::Code;
use crate::compile::Compilation;
use crate::diagnostic::{Diagnostic, Edit, Label, Severity, SourceId, Span};
use crate::sources::{SourceMap, Sources};
use std::collections::BTreeMap;
use std::ops::Range;

/// How many compilations are spent on one text. Fixes that touch each other take one each; what is left then is offered
/// as help alone.
const MOST_TRIALS: usize = 8;

/// Diagnostics with the texts they are about.
type State<'s> = (&'s SourceMap, &'s [Diagnostic]);

/// Takes the edits away from diagnostics of `compilation` that they would leave standing, or that would leave an error
/// in what they wrote. `compile` does the same compilation over other texts; `files` is how many of the sources are
/// files, which come first.
pub(crate) fn keep_verified(
    compilation: &mut Compilation,
    files: usize,
    sources: &dyn Sources,
    compile: impl Fn(&dyn Sources) -> Compilation,
) {
    let of_files = |map: &SourceMap, edits: &[Edit]| edits.iter().all(|edit| edit.source.0 < files && fits(map, edit));
    for diagnostic in &mut compilation.diagnostics {
        if !of_files(&compilation.sources, &diagnostic.edits) {
            diagnostic.edits.clear();
        }
    }
    let mut untried = compilation.diagnostics.clone();
    for _ in 0..MOST_TRIALS {
        let applied = apply(&compilation.sources, &untried, |_| true);
        if applied.fixed.is_empty() {
            return;
        }
        let path = |source: &SourceId| compilation.sources.get(*source).path.clone();
        let texts: BTreeMap<String, String> =
            applied.texts.iter().map(|(source, text)| (path(source), text.clone())).collect();
        let after = compile(&Overlay { texts: &texts, read: &compilation.sources, under: sources });
        let failed = failed((&compilation.sources, &untried), &applied.fixed, (&after.sources, &after.diagnostics));
        for index in failed {
            compilation.diagnostics[index].edits.clear();
        }
        for index in applied.fixed {
            untried[index].edits.clear();
        }
    }
    for (diagnostic, untried) in compilation.diagnostics.iter_mut().zip(&untried) {
        if !untried.edits.is_empty() {
            diagnostic.edits.clear();
        }
    }
}

/// Which of the diagnostics that were `fixed` together, by their places in `before`, were not: the same one stands there
/// still, or an error that was not there before stands in what was written.
pub(super) fn failed(before: State<'_>, fixed: &[usize], after: State<'_>) -> Vec<usize> {
    let shifts = Shifts::of(before, fixed);
    let (sources, diagnostics) = before;
    let known: Vec<(&str, Code, usize, usize)> = diagnostics
        .iter()
        .enumerate()
        .filter_map(|(index, diagnostic)| {
            let label = diagnostic.labels.first()?;
            let path = sources.get(label.source).path.as_str();
            Some((path, diagnostic.code, shifts.moved(path, label.span).start, index))
        })
        .collect();
    let found: Vec<Found<'_>> = after
        .1
        .iter()
        .filter_map(|diagnostic| {
            let label = diagnostic.labels.first()?;
            let path = after.0.get(label.source).path.as_str();
            let was_there = |known: &&(&str, Code, usize, usize)| {
                (known.0, known.1, known.2) == (path, diagnostic.code, label.span.start)
            };
            Some(Found { diagnostic, label, path, before: known.iter().find(was_there).map(|known| known.3) })
        })
        .collect();
    let fails = |index: &usize| {
        let diagnostic = &diagnostics[*index];
        let written: Vec<Written<'_>> = diagnostic
            .edits
            .iter()
            .map(|edit| {
                let path = sources.get(edit.source).path.as_str();
                let text = after.0.find(path).map_or("", |id| after.0.get(id).text.as_str());
                Written { path, text, range: shifts.written(path, edit) }
            })
            .collect();
        let standing = stands_still(sources, diagnostic, *index, &shifts, &written, &found);
        let kind = Kind::of(diagnostic.code);
        standing || found.iter().any(|found| found.is_due_to(&written, kind))
    };
    fixed.iter().copied().filter(|index| fails(index)).collect()
}

/// Whether a diagnostic of this code is within what the fix was about: the place reported and the places written.
fn stands_still(
    sources: &SourceMap,
    diagnostic: &Diagnostic,
    index: usize,
    shifts: &Shifts<'_>,
    written: &[Written<'_>],
    found: &[Found<'_>],
) -> bool {
    let Some(label) = diagnostic.labels.first() else { return false };
    let path = sources.get(label.source).path.as_str();
    let place = shifts.moved(path, label.span);
    let within = written
        .iter()
        .filter(|written| written.path == path)
        .fold(place, |place, written| place.start.min(written.range.start)..place.end.max(written.range.end));
    found.iter().any(|found| {
        let (start, end) = (found.label.span.start, found.label.span.end);
        let touches = if start == end || within.is_empty() {
            start <= within.end && within.start <= end
        } else {
            start < within.end && within.start < end
        };
        let same = found.path == path && found.diagnostic.code == diagnostic.code;
        same && touches && found.before.is_none_or(|before| before == index)
    })
}

/// What a fix is about, which says which further errors are its fault.
#[derive(Clone, Copy)]
enum Kind {
    /// A closing bracket too many. Its partner may be what is missing as long as anything in the file cannot be read.
    Closer,
    /// Brackets, signs and numbers: what was put right must then be right as a whole, since a bracket may as well have
    /// been one too many as one too few.
    Punctuation,
    /// The letters of a word: what follows it is read for the first time, perhaps with mistakes of its own.
    Word,
    /// A layer between two shapes: what comes after it must take what it gives.
    Shape,
    /// Anything that could be read: it must stay so.
    Meaning,
}

impl Kind {
    fn of(code: Code) -> Self {
        match code {
            Code::UnknownDeclaration | Code::UnknownStatement | Code::BadCharacter => Self::Word,
            Code::Unopened => Self::Closer,
            Code::ShapeMismatch => Self::Shape,
            code if code.is_syntax() => Self::Punctuation,
            _ => Self::Meaning,
        }
    }
}

/// A diagnostic of the new texts.
struct Found<'d> {
    diagnostic: &'d Diagnostic,
    label: &'d Label,
    path: &'d str,
    /// Which diagnostic of the old texts it is.
    before: Option<usize>,
}

impl Found<'_> {
    /// Whether it is an error that comes from what a fix of this kind wrote, or that makes it doubtful.
    fn is_due_to(&self, written: &[Written<'_>], kind: Kind) -> bool {
        if self.diagnostic.severity != Severity::Error {
            return false;
        }
        let span = self.label.span;
        written.iter().filter(|written| written.path == self.path).any(|written| {
            let token = written.token();
            let inside = |span: Span| span.start < span.end && token.start <= span.start && span.end <= token.end;
            // A name that was taken already is reported where it stands first or last.
            let taken = self.diagnostic.code == Code::DuplicateName
                && self.diagnostic.labels.iter().any(|label| inside(label.span));
            let first = line_around(written.text, written.range.start);
            let last = line_around(written.text, written.range.end);
            let on_line = (first.start..=last.end).contains(&span.start);
            let syntax = self.diagnostic.code.is_syntax();
            let new = self.before.is_none();
            let of_kind = match kind {
                Kind::Closer => syntax || new && on_line,
                Kind::Punctuation => on_line && (syntax || new),
                Kind::Word => new && syntax && on_line && span.start < written.range.end,
                Kind::Shape => new,
                Kind::Meaning => new && syntax,
            };
            new && (inside(span) || taken) || of_kind
        })
    }
}

/// What an edit wrote, in the new text.
struct Written<'t> {
    path: &'t str,
    text: &'t str,
    range: Range<usize>,
}

impl Written<'_> {
    /// The range with the rest of the words it touches; empty where nothing was written.
    fn token(&self) -> Range<usize> {
        let part_of_word = |character: char| character.is_alphanumeric() || character == '_';
        let (Some(before), Some(inner), Some(after)) =
            (self.text.get(..self.range.start), self.text.get(self.range.clone()), self.text.get(self.range.end..))
        else {
            return self.range.clone();
        };
        let mut range = self.range.clone();
        if inner.starts_with(part_of_word) {
            range.start = before.trim_end_matches(part_of_word).len();
        }
        if inner.ends_with(part_of_word) {
            range.end = self.text.len() - after.trim_start_matches(part_of_word).len();
        }
        range
    }
}

/// The line around an offset, without its end.
pub(super) fn line_around(text: &str, offset: usize) -> Range<usize> {
    let (before, after) = (text.get(..offset).unwrap_or_default(), text.get(offset..).unwrap_or_default());
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    start..before.len() + after.find('\n').unwrap_or(after.len())
}

/// How far edits move what follows them.
struct Shifts<'d> {
    /// By path, the edits in order.
    edits: BTreeMap<&'d str, Vec<&'d Edit>>,
}

impl<'d> Shifts<'d> {
    fn of((sources, diagnostics): State<'d>, fixed: &[usize]) -> Self {
        let mut edits: BTreeMap<&str, Vec<&Edit>> = BTreeMap::new();
        for edit in fixed.iter().flat_map(|index| &diagnostics[*index].edits) {
            edits.entry(sources.get(edit.source).path.as_str()).or_default().push(edit);
        }
        Self { edits }
    }

    /// Where an offset of the old text is in the new one; what is inserted right there stands before it.
    fn offset(&self, path: &str, offset: usize) -> usize {
        let edits = self.edits.get(path).map_or(&[][..], Vec::as_slice);
        edits
            .iter()
            .filter(|edit| edit.span.end <= offset)
            .fold(offset, |place, edit| (place + edit.text.len()).saturating_sub(edit.span.end - edit.span.start))
    }

    /// Where a range of the old text is in the new one; of what was replaced, its start.
    fn moved(&self, path: &str, span: Span) -> Range<usize> {
        let edits = self.edits.get(path).map_or(&[][..], Vec::as_slice);
        let replaced = edits.iter().find(|edit| edit.span.start <= span.start && span.start < edit.span.end);
        let start = match replaced {
            Some(edit) => self.written(path, edit).start,
            None => self.offset(path, span.start),
        };
        start..self.offset(path, span.end).max(start)
    }

    /// Where the text of an edit stands.
    fn written(&self, path: &str, edit: &Edit) -> Range<usize> {
        let edits = self.edits.get(path).map_or(&[][..], Vec::as_slice);
        let start = edits
            .iter()
            .filter(|other| **other != edit && other.span.end <= edit.span.start)
            .fold(edit.span.start, |place, other| {
                (place + other.text.len()).saturating_sub(other.span.end - other.span.start)
            });
        start..start + edit.text.len()
    }
}
