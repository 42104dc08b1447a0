//! Whether fixes did what they promise.
//!
//! A fix is judged by what a compilation of the new texts says: its diagnostic is gone, and what it wrote holds no
//! error of its own. What only comes to light because a mistake in front of it is gone is no fault of a fix: a
//! declaration whose keyword is put right is read for the first time.

use super::apply::{apply, fits};
use super::overlay::Overlay;
use crate::codes::Code;
use crate::compilation::Compilation;
use crate::diagnostic::{Diagnostic, Edit, Label, Severity, SourceId, Span};
use crate::sources::{SourceMap, Sources};
use std::collections::{BTreeMap, HashMap};
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
    let mut known: HashMap<(&str, Code, usize), usize> = HashMap::new();
    for (index, diagnostic) in diagnostics.iter().enumerate() {
        let Some(label) = diagnostic.labels.first() else { continue };
        let path = sources.get(label.source).path.as_str();
        known.entry((path, diagnostic.code, shifts.moved(path, label.span).start)).or_insert(index);
    }
    let mut found = BTreeMap::new();
    for diagnostic in after.1 {
        let Some(label) = diagnostic.labels.first() else { continue };
        let path = after.0.get(label.source).path.as_str();
        let before = known.get(&(path, diagnostic.code, label.span.start)).copied();
        let file = found.entry(path).or_insert_with(FoundInFile::default);
        file.all.push(Found { diagnostic, label, before });
    }
    found.values_mut().for_each(FoundInFile::sort);
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
        let due = |written: &Written<'_>| found.get(written.path).is_some_and(|found| found.is_due_to(written, kind));
        standing || written.iter().any(due)
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
    found: &BTreeMap<&str, FoundInFile<'_>>,
) -> bool {
    let Some(label) = diagnostic.labels.first() else { return false };
    let path = sources.get(label.source).path.as_str();
    let Some(found) = found.get(path) else { return false };
    let place = shifts.moved(path, label.span);
    let within = written
        .iter()
        .filter(|written| written.path == path)
        .fold(place, |place, written| place.start.min(written.range.start)..place.end.max(written.range.end));
    found.touching(&within).any(|found| {
        let (start, end) = (found.label.span.start, found.label.span.end);
        let touches = if start == end || within.is_empty() {
            start <= within.end && within.start <= end
        } else {
            start < within.end && within.start < end
        };
        found.diagnostic.code == diagnostic.code && touches && found.before.is_none_or(|before| before == index)
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
    /// Which diagnostic of the old texts it is.
    before: Option<usize>,
}

/// The diagnostics of one new text, so that those near a place are found without asking each.
#[derive(Default)]
struct FoundInFile<'d> {
    /// By where they start.
    all: Vec<Found<'d>>,
    /// The furthest end of each and of those before it.
    furthest: Vec<usize>,
    /// Whether an error is of the form of the text.
    has_syntax_errors: bool,
    /// Whether an error was not there before,
    has_new_errors: bool,
    /// and whether one of these is of the form of the text.
    has_new_syntax_errors: bool,
    /// Places of every label of names that were declared twice, and were not before.
    taken: Vec<Span>,
}

impl<'d> FoundInFile<'d> {
    /// Makes the lists from `all`.
    fn sort(&mut self) {
        self.all.sort_by_key(|found| found.label.span.start);
        let mut furthest = 0;
        for found in &self.all {
            furthest = furthest.max(found.label.span.end);
            self.furthest.push(furthest);
            if found.diagnostic.severity == Severity::Error {
                self.has_syntax_errors |= found.diagnostic.code.is_syntax();
                self.has_new_errors |= found.before.is_none();
                self.has_new_syntax_errors |= found.before.is_none() && found.diagnostic.code.is_syntax();
                if found.before.is_none() && found.diagnostic.code == Code::DuplicateName {
                    self.taken.extend(found.diagnostic.labels.iter().map(|label| label.span));
                }
            }
        }
        self.taken.sort_unstable();
    }

    /// Those that start in a range of offsets, its end included.
    fn starting(&self, range: &Range<usize>) -> impl Iterator<Item = &Found<'d>> {
        let first = self.all.partition_point(|found| found.label.span.start < range.start);
        let last = self.all.partition_point(|found| found.label.span.start <= range.end);
        self.all.get(first..last).unwrap_or_default().iter()
    }

    /// Those that overlap or touch a range, and perhaps a few before it.
    fn touching(&self, range: &Range<usize>) -> impl Iterator<Item = &Found<'d>> {
        let last = self.all.partition_point(|found| found.label.span.start <= range.end);
        let reach = |(_, furthest): &(&Found<'_>, &usize)| **furthest >= range.start;
        let near = self.all[..last].iter().zip(&self.furthest[..last]).rev().take_while(reach);
        near.map(|(found, _)| found).collect::<Vec<_>>().into_iter()
    }

    /// Whether an error comes from what a fix of this kind wrote, or makes it doubtful.
    fn is_due_to(&self, written: &Written<'_>, kind: Kind) -> bool {
        match kind {
            Kind::Closer if self.has_syntax_errors => return true,
            Kind::Shape if self.has_new_errors => return true,
            Kind::Meaning if self.has_new_syntax_errors => return true,
            Kind::Closer | Kind::Punctuation | Kind::Word | Kind::Shape | Kind::Meaning => {}
        }
        let token = written.token();
        let inside = |span: Span| span.start < span.end && token.start <= span.start && span.end <= token.end;
        // A name that was taken already is reported where it stands first or last.
        let first_taken = self.taken.partition_point(|span| span.start < token.start);
        let mut taken = self.taken[first_taken..].iter().take_while(|span| span.start <= token.end);
        if taken.any(|span| inside(*span)) {
            return true;
        }
        let first = line_around(written.text, written.range.start);
        let last = line_around(written.text, written.range.end);
        self.starting(&(first.start..last.end)).any(|found| {
            if found.diagnostic.severity != Severity::Error {
                return false;
            }
            let syntax = found.diagnostic.code.is_syntax();
            let new = found.before.is_none();
            let of_kind = match kind {
                Kind::Closer => new,
                Kind::Punctuation => syntax || new,
                Kind::Word => new && syntax && found.label.span.start < written.range.end,
                // What counts for these counts wherever it stands.
                Kind::Shape | Kind::Meaning => false,
            };
            new && inside(found.label.span) || of_kind
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
    /// By path, the edits in order, none of which touches another, each with how far those before it move it.
    edits: BTreeMap<&'d str, Vec<(&'d Edit, isize)>>,
}

impl<'d> Shifts<'d> {
    fn of((sources, diagnostics): State<'d>, fixed: &[usize]) -> Self {
        let mut edits: BTreeMap<&str, Vec<(&Edit, isize)>> = BTreeMap::new();
        for edit in fixed.iter().flat_map(|index| &diagnostics[*index].edits) {
            edits.entry(sources.get(edit.source).path.as_str()).or_default().push((edit, 0));
        }
        for edits in edits.values_mut() {
            edits.sort_by_key(|(edit, _)| (edit.span.start, edit.span.end));
            let mut moved = 0;
            for (edit, before) in edits {
                *before = moved;
                moved += growth(edit);
            }
        }
        Self { edits }
    }

    fn of_path(&self, path: &str) -> &[(&'d Edit, isize)] {
        self.edits.get(path).map_or(&[][..], Vec::as_slice)
    }

    /// Where an offset of the old text is in the new one; what is inserted right there stands before it.
    fn offset(&self, path: &str, offset: usize) -> usize {
        let edits = self.of_path(path);
        let before = edits.partition_point(|(edit, _)| edit.span.end <= offset);
        let moved = before.checked_sub(1).map_or(0, |last| edits[last].1 + growth(edits[last].0));
        offset.saturating_add_signed(moved)
    }

    /// Where a range of the old text is in the new one; of what was replaced, its start.
    fn moved(&self, path: &str, span: Span) -> Range<usize> {
        let edits = self.of_path(path);
        let before = edits.partition_point(|(edit, _)| edit.span.start <= span.start);
        let replaced = before.checked_sub(1).map(|last| edits[last].0).filter(|edit| span.start < edit.span.end);
        let start = match replaced {
            Some(edit) => self.written(path, edit).start,
            None => self.offset(path, span.start),
        };
        start..self.offset(path, span.end).max(start)
    }

    /// Where the text of an edit stands.
    fn written(&self, path: &str, edit: &Edit) -> Range<usize> {
        let edits = self.of_path(path);
        let before = edits.partition_point(|(other, _)| other.span.start < edit.span.start);
        let moved = edits.get(before).map_or(0, |(_, moved)| *moved);
        let start = edit.span.start.saturating_add_signed(moved);
        start..start + edit.text.len()
    }
}

/// By how many bytes an edit makes its text longer.
fn growth(edit: &Edit) -> isize {
    edit.text.len() as isize - (edit.span.end - edit.span.start) as isize
}
