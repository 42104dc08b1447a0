//! The lines of one source that a report shows, in the form they are shown in.
//!
//! miette drops labels at the end of a file, panics past it, prints control characters as they are,
//! and prints lines whole, however long. So it is never given a source: it is given an excerpt, a text
//! made for showing, and labels moved to where their characters are in that text.

use super::escape;
use crate::line_index::{LineIndex, Position};
use elbo_grammar::Span;
use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A line of more characters than this is shown in parts.
const LONGEST_LINE: usize = 120;
/// How many characters of a long line are shown on each side of where a label starts or ends.
const SURROUNDINGS: usize = 30;
/// A label over more lines than this is shown on its first line only.
const MOST_LINES: usize = 8;

/// A label as an excerpt takes it: a range of the source, what it shows, and whether it is primary.
pub(super) struct Mark<'diagnostic> {
    pub(super) span: Span,
    pub(super) message: &'diagnostic str,
    pub(super) primary: bool,
}

/// The shown text of the lines around some labels of one source.
#[derive(Debug)]
pub(super) struct Excerpt {
    path: String,
    /// The shown lines, each ended by `\n`, also the last one: miette shows no label on a line's very end otherwise.
    text: String,
    lines: Vec<ShownLine>,
    /// In the order of their offsets in the shown text, in which miette colours them.
    labels: Vec<LabeledSpan>,
    /// Where in the source a label stands that starts at an offset of the shown text.
    positions: BTreeMap<usize, Position>,
}

#[derive(Debug)]
struct ShownLine {
    /// In the source, from 1.
    number: usize,
    /// Offset in the shown text.
    start: usize,
}

impl Excerpt {
    pub(super) fn new(path: &str, index: &LineIndex<'_>, marks: &[Mark<'_>], ellipsis: &str) -> Self {
        let mut excerpt = Self {
            path: escape::line(path),
            text: String::new(),
            lines: Vec::new(),
            labels: Vec::new(),
            positions: BTreeMap::new(),
        };
        let marks: Vec<_> = marks.iter().map(|mark| PlacedMark::new(mark, index)).collect();
        let maps = excerpt.write_lines(index, &marks, ellipsis);
        for mark in marks {
            let shown = |line: usize, offset: usize| maps.get(&line).map_or(0, |map| map.shown(offset));
            let start = shown(mark.first_line, mark.span.start);
            let end = shown(mark.last_line, mark.span.end).max(start);
            let message = (!mark.message.is_empty()).then_some(mark.message);
            let span = SourceSpan::from((start, end - start));
            excerpt.labels.push(match mark.primary {
                true => LabeledSpan::new_primary_with_span(message, span),
                false => LabeledSpan::new_with_span(message, span),
            });
            excerpt.positions.entry(start).or_insert_with(|| index.position(mark.span.start));
        }
        excerpt.labels.sort_by_key(LabeledSpan::offset);
        excerpt
    }

    pub(super) fn labels(&self) -> &[LabeledSpan] {
        &self.labels
    }

    /// Writes the lines the marks are on, and one more on each side; gives where their characters went.
    fn write_lines(&mut self, index: &LineIndex<'_>, marks: &[PlacedMark], ellipsis: &str) -> BTreeMap<usize, LineMap> {
        let mut numbers = BTreeSet::new();
        let mut points: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for mark in marks {
            numbers.extend(mark.first_line..=mark.last_line);
            let neighbours = [mark.first_line.saturating_sub(1), mark.last_line + 1];
            // The empty line after the last terminator is there for labels only.
            numbers.extend(neighbours.into_iter().filter(|line| {
                index.line_range(*line).is_some_and(|range| *line < index.line_count() || !range.is_empty())
            }));
            points.entry(mark.first_line).or_default().push(mark.span.start);
            points.entry(mark.last_line).or_default().push(mark.span.end);
        }
        let mut maps = BTreeMap::new();
        for number in primary_first(numbers, marks) {
            let range = index.line_range(number).unwrap_or_default();
            let points = points.get(&number).map_or(&[][..], Vec::as_slice);
            self.lines.push(ShownLine { number, start: self.text.len() });
            maps.insert(number, write_line(&mut self.text, index.text(), range, points, ellipsis));
        }
        maps
    }

    /// Which of the shown lines an offset of the shown text is in.
    fn line_at(&self, offset: usize) -> usize {
        self.lines.partition_point(|line| line.start <= offset).saturating_sub(1)
    }

    /// Whether a shown line and the one after it are neighbours in the source, too.
    fn continues(&self, line: usize) -> bool {
        self.lines.get(line + 1).is_some_and(|next| next.number == self.lines[line].number + 1)
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        if span.offset() + span.len() > self.text.len() || self.lines.is_empty() {
            return Err(MietteError::OutOfBounds);
        }
        let mut first = self.line_at(span.offset());
        // No label covers the end of a line, so one that ends where a line starts is an empty one there.
        let mut last = self.line_at(span.offset() + span.len());
        // miette asks whether two labels can be shown together; not across a gap.
        if !(first..last).all(|line| self.continues(line)) {
            return Err(MietteError::OutOfBounds);
        }
        for _ in 0..lines_before {
            if first > 0 && self.continues(first - 1) {
                first -= 1;
            }
        }
        for _ in 0..lines_after {
            if self.continues(last) {
                last += 1;
            }
        }
        let start = self.lines[first].start;
        let end = self.lines.get(last + 1).map_or(self.text.len(), |line| line.start);
        // miette asks without surrounding lines only to learn the position it writes above the lines.
        let column = match self.positions.get(&span.offset()) {
            Some(position) if lines_before == 0 => position.column - 1,
            _ => 0,
        };
        Ok(Box::new(MietteSpanContents::new_named(
            self.path.clone(),
            &self.text.as_bytes()[start..end],
            SourceSpan::from((start, end - start)),
            self.lines[first].number - 1,
            column,
            last - first + 1,
        )))
    }
}

/// A mark whose span is inside the source and ends where something can be underlined.
struct PlacedMark {
    span: Span,
    message: String,
    primary: bool,
    first_line: usize,
    last_line: usize,
}

impl PlacedMark {
    fn new(mark: &Mark<'_>, index: &LineIndex<'_>) -> Self {
        let mut span = index.clamp(mark.span);
        // A line break at the end of a span is not a thing to point at, least of all on the next line.
        let covered = &index.text()[span.start..span.end];
        if covered.ends_with('\n') {
            span.end = span.start + covered.trim_end_matches(['\r', '\n']).len();
        }
        let mut message = escape::text(mark.message).into_owned();
        let first_line = index.position(span.start).line;
        let mut last_line = index.position(span.end).line;
        if last_line - first_line >= MOST_LINES {
            let separator = if message.is_empty() { "" } else { " " };
            message.push_str(&format!("{separator}(until line {last_line})"));
            last_line = first_line;
            span.end = index.line_range(first_line).unwrap_or_default().end.max(span.start);
        }
        Self { span, message, primary: mark.primary, first_line, last_line }
    }
}

/// The lines in the order they are shown: the run of neighbouring lines around the primary mark, where
/// a reader should look first, before the others.
fn primary_first(numbers: BTreeSet<usize>, marks: &[PlacedMark]) -> Vec<usize> {
    let mut numbers: Vec<usize> = numbers.into_iter().collect();
    if let Some(primary) = marks.iter().find(|mark| mark.primary) {
        let at = numbers.partition_point(|number| *number < primary.first_line);
        let start = (1..=at).rev().find(|at| numbers[at - 1] + 1 != numbers[*at]).unwrap_or(0);
        let end = (at + 1..numbers.len()).find(|at| numbers[at - 1] + 1 != numbers[*at]).unwrap_or(numbers.len());
        numbers[..end].rotate_left(start);
    }
    numbers
}

/// Where the characters of one line of the source went in the shown text.
struct LineMap {
    /// Pairs of an offset in the source and the one in the shown text, rising.
    offsets: Vec<(usize, usize)>,
}

impl LineMap {
    fn shown(&self, offset: usize) -> usize {
        let after = self.offsets.partition_point(|(source, _)| *source <= offset);
        self.offsets[after.saturating_sub(1)].1
    }
}

fn write_line(shown: &mut String, source: &str, line: Range<usize>, points: &[usize], ellipsis: &str) -> LineMap {
    let mut offsets = Vec::new();
    let mut written = line.start;
    for part in shown_parts(source, &line, points) {
        if written < part.start {
            offsets.push((written, shown.len()));
            shown.push_str(ellipsis);
        }
        for (at, character) in source[part.clone()].char_indices() {
            offsets.push((part.start + at, shown.len()));
            // miette sets tabs itself, at every fourth column.
            if character != '\t' && escape::is_hidden(character) {
                shown.extend(character.escape_unicode());
            } else {
                shown.push(character);
            }
        }
        written = part.end;
    }
    if written < line.end {
        offsets.push((written, shown.len()));
        shown.push_str(ellipsis);
    }
    offsets.push((line.end, shown.len()));
    shown.push('\n');
    LineMap { offsets }
}

/// Which parts of a line are shown: all of it, or what is around the points where labels start and end.
fn shown_parts(source: &str, line: &Range<usize>, points: &[usize]) -> Vec<Range<usize>> {
    let Some((cut, _)) = source[line.clone()].char_indices().nth(LONGEST_LINE) else {
        return vec![line.clone()];
    };
    if points.is_empty() {
        return std::iter::once(line.start..line.start + cut).collect();
    }
    let mut points: Vec<usize> = points.iter().map(|point| (*point).clamp(line.start, line.end)).collect();
    points.sort_unstable();
    let mut parts: Vec<Range<usize>> = Vec::new();
    for point in points {
        let before = source[line.start..point].char_indices().rev().nth(SURROUNDINGS - 1);
        let after = source[point..line.end].char_indices().nth(SURROUNDINGS);
        let start = before.map_or(line.start, |(at, _)| line.start + at);
        let end = after.map_or(line.end, |(at, _)| point + at);
        match parts.last_mut() {
            Some(last) if start <= last.end => last.end = last.end.max(end),
            _ => parts.push(start..end),
        }
    }
    parts
}
